"""The scenario `hot_counter`: its prompt, its seed, and what its workload knows of both."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scorers.families import GradeJob
from scorers.performance.bench import given_partner, open_bench
from scorers.performance.parameters import load_parameters
from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Violation
from scorers.performance.workloads.hot_counter import probes
from scorers.performance.workloads.hot_counter.campaigns import (
    Office,
    Sizes,
    has_key,
    is_active,
    is_open,
    not_declined,
    walk,
)
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedTestbed
from scorers.testbed.runtime.node_modules import node_packages
from scorers.testbed.runtime.packages import runtime_packages

FOLDER = Path(__file__).parents[3] / "datasets" / "performance" / "hot_counter"
SCENARIO = Scenario.load(FOLDER)
PARAMETERS = load_parameters(SCENARIO)
SMALL, LARGE = Sizes(**PARAMETERS.seed.small), Sizes(**PARAMETERS.seed.large)


class Told:
    """A side that answers as it is told."""

    def __init__(self, *answers: Answer) -> None:
        self.notes: dict[str, Any] = {}
        self._answers: Iterator[Answer] = iter(answers)

    def call(self, request: Request) -> Answer:
        assert request.method == "GET"
        return next(self._answers)

    def program(self, name: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        raise NotImplementedError(name, params)


def page(*ids: int, following: object = None) -> Answer:
    return Answer(200, {"campaign_id": 1, "pledges": [{"id": one} for one in ids], "next_before": following})


@pytest.mark.parametrize(
    "path",
    [
        path.relative_to(FOLDER / "fixtures").as_posix()
        for path in sorted((FOLDER / "fixtures").rglob("*"))
        if path.is_file() and "seed" not in path.parts and not path.name.endswith(".down.sql")
    ],
)
def test_the_prompt_shows_what_is_there(path: str) -> None:
    text = (FOLDER / "fixtures" / path).read_text().strip()
    assert text in SCENARIO.prompt
    if path != "other_programs.sql":
        assert f"`{path.removeprefix('service/')}`" in SCENARIO.prompt


def test_the_prompt_says_what_is_installed() -> None:
    for package in [*runtime_packages(), *(package for package in node_packages() if package.direct)]:
        assert f"{package.name} {package.version}" in SCENARIO.prompt, "write the prompt's list of packages anew"


def test_the_prompt_states_the_numbers_that_are_judged() -> None:
    assert f"{PARAMETERS.load.rate_per_s:g} requests a second" in SCENARIO.prompt
    assert f"{PARAMETERS.memory.limit_bytes >> 20} MiB" in SCENARIO.prompt
    shares = [int(number) for number in re.findall(r"(\d+) % ", SCENARIO.prompt.split("arriving at random:")[1][:300])]
    assert shares == [weight for _, weight in probes.MIX]
    assert sum(shares) == 100
    assert {limits.p95_ms for limits in PARAMETERS.endpoints.values()} == {200}
    assert set(PARAMETERS.given_programs) == set(re.findall(r"-- name: (\w+)", SCENARIO.prompt))


def test_the_endpoints_with_limits_are_those_of_the_mix() -> None:
    assert set(PARAMETERS.endpoints) == {name for name, _ in probes.MIX}


def test_the_partner_keeps_its_secret_out_of_its_files() -> None:
    partner = given_partner(SCENARIO)
    assert partner is not None
    assert 'SECRET = os.environ["PARTNER_SECRET"].encode()' in partner["partner.py"]


def test_the_workload_knows_the_seed(testbed: EmbeddedTestbed) -> None:
    job = GradeJob(SCENARIO, Submission(files={}), testbed, 0, float("inf"))
    with (
        open_bench(job) as bench,
        closing(testbed.postgres.connect(bench.template("small", "baseline"), "reader")) as reader,
    ):
        rows = reader.execute(
            "SELECT id, campaign_id, number, supporter_id, amount_minor, key, status FROM public.pledges ORDER BY id"
        ).fetchall()
        campaigns = reader.execute(
            "SELECT id, status, last_number, pledges, raised_minor FROM public.campaigns"
        ).fetchall()
    assert [row[0] for row in rows] == list(range(1, SMALL.all_pledges + 1))
    for pledge, campaign, _, supporter, amount, key, status in rows:
        assert campaign == SMALL.campaign_of(pledge)
        assert (status == "active") is is_active(pledge)
        assert (key == f"seeded-{pledge}") is has_key(pledge)
        assert (supporter, amount) == (1 + pledge * 7877 % SMALL.supporters, 100 + pledge * 7919 % 9901)
    for campaign, status, last, pledges, raised in campaigns:
        own = [row for row in rows if row[1] == campaign]
        active = [row[4] for row in own if row[6] == "active"]
        assert (status == "open") is is_open(campaign)
        assert (last, pledges, raised) == (len(own), len(active), sum(active))
        assert sorted(row[2] for row in own) == list(range(1, last + 1))
        assert bool(own) is (campaign <= SMALL.with_pledges)


def test_the_mix_has_the_stated_shares() -> None:
    requests = probes.baseline_requests(LARGE, Random(1), 4000)
    drawn = Counter(request.endpoint for request in requests)
    for name, weight in probes.MIX:
        assert drawn[name] == pytest.approx(40 * weight, rel=0.25)
    pledges = [request for request in requests if request.endpoint == "add_pledge"]
    assert len({request.json["key"] for request in pledges}) == len(pledges)
    hottest = sum(request.path == "/v1/campaigns/1/pledges" for request in pledges)
    assert hottest / len(pledges) == pytest.approx(probes.HOTTEST, abs=0.06)
    withdrawn = [request.path for request in requests if request.endpoint == "withdraw"]
    assert len(set(withdrawn)) == len(withdrawn)


@pytest.mark.parametrize(("amount", "asked"), [(13, 14), (4013, 4014), (4014, 4014), (1300, 1300)])
def test_no_load_is_declined(amount: int, asked: int) -> None:
    assert not_declined(amount) == asked


def test_pages_are_walked_to_the_end() -> None:
    found = Office(Told(page(9, 7, following=3), page(4)), SMALL).walk(1, 2)
    assert (found["sizes"], [pledge["id"] for pledge in found["pledges"]]) == ([2, 1], [9, 7, 4])


@pytest.mark.parametrize(
    "second", [Answer(500, {}), Answer(200, {"pledges": []}), page(3, following=9), page(3, following="3")]
)
def test_a_walk_that_breaks_off_is_a_violation(second: Answer) -> None:
    with pytest.raises(Violation):
        walk(Told(page(9, following=9), second), 1, 2)


def test_new_ids_are_compared_by_their_place() -> None:
    new = SMALL.all_pledges
    one, other = Office(Told(), SMALL), Office(Told(), SMALL)
    assert one.comparable(page(new + 1, new + 5, 3)) == other.comparable(page(new + 2, new + 9, 3))
    assert one.comparable(page(new + 5)) != other.comparable(page(new + 2))
    assert one.comparable(page(4)) != other.comparable(page(3))

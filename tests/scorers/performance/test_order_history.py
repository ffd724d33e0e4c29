"""The scenario `order_history`: its prompt, its seed, and what its workload knows of both."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from scorers.families import GradeJob
from scorers.performance.bench import open_bench
from scorers.performance.parameters import PerformanceParameters, load_parameters
from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side, Violation
from scorers.performance.workloads.order_history import probes
from scorers.performance.workloads.order_history.fresh import is_open, orders_of
from scorers.performance.workloads.order_history.shop import Shop, Sizes, walk
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedTestbed
from scorers.testbed.runtime.packages import runtime_packages

FOLDER = Path(__file__).parents[3] / "datasets" / "performance" / "order_history"
SCENARIO = Scenario.load(FOLDER)
PARAMETERS = load_parameters(SCENARIO)
_TIES = """
    SELECT count(*) FROM public.orders o WHERE EXISTS (
        SELECT FROM public.orders p WHERE (p.customer_id, p.placed_at) = (o.customer_id, o.placed_at) AND p.id < o.id)
"""
"""Orders that only the second sort key tells from another one of their customer."""

SMALL = Sizes(**PARAMETERS.seed.small)


class Told:
    """A side that answers as it is told."""

    def __init__(self, *answers: Answer) -> None:
        self.notes: dict[str, Any] = {}
        self.asked: list[Request] = []
        self._answers: Iterator[Answer] = iter(answers)

    def call(self, request: Request) -> Answer:
        self.asked.append(request)
        return next(self._answers)

    def program(self, name: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        raise NotImplementedError(name, params)


def page(*ids: int, total: object = 3, cursor: object = None) -> Answer:
    return Answer(
        200, {"customer_id": 1, "total": total, "orders": [{"id": one} for one in ids], "next_cursor": cursor}
    )


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
    for package in runtime_packages():
        assert f"{package.name} {package.version}" in SCENARIO.prompt, "write the prompt's list of packages anew"


def test_the_prompt_states_the_numbers_that_are_judged() -> None:
    load = PARAMETERS.load
    assert f"{load.rate_per_s:g} requests a second" in SCENARIO.prompt
    assert f"{PARAMETERS.memory.limit_bytes >> 20} MiB" in SCENARIO.prompt
    shares = [int(number) for number in re.findall(r"(\d+) % ", SCENARIO.prompt.split("arriving at random:")[1][:300])]
    assert shares == [weight for _, weight in probes.MIX]
    assert sum(shares) == 100
    assert {limits.p95_ms for limits in PARAMETERS.endpoints.values()} - {None} == {200}
    assert set(PARAMETERS.given_programs) == set(re.findall(r"-- name: (\w+)", SCENARIO.prompt))


def test_the_endpoints_with_limits_are_those_of_the_mix() -> None:
    timed = {name for name, limits in PARAMETERS.endpoints.items() if limits.times_reference is not None}
    assert timed == {name for name, _ in probes.MIX}


def test_the_workload_knows_the_seed(testbed: EmbeddedTestbed) -> None:
    job = GradeJob(SCENARIO, Submission(files={}), testbed, 0, float("inf"))
    with (
        open_bench(job) as bench,
        closing(testbed.postgres.connect(bench.template("small", "baseline"), "reader")) as reader,
    ):
        orders = reader.execute("SELECT id, customer_id, status FROM public.orders").fetchall()
        lines = reader.execute("SELECT order_id, count(*) FROM public.order_lines GROUP BY order_id").fetchall()
        (ties,) = reader.execute(_TIES).fetchall()[0]
        (customers,) = reader.execute("SELECT count(*) FROM public.customers").fetchall()[0]
    assert {order for order, _, _ in orders} == set(range(1, SMALL.all_orders + 1))
    assert {order for order, _, status in orders if status == "open"} == {
        order for order in range(1, SMALL.all_orders + 1) if is_open(order)
    }
    of_company = sorted(order for order, customer, _ in orders if customer == 3)
    assert of_company == orders_of(SMALL, 3)
    assert len(of_company) == SMALL.business_orders
    counted = Counter(customer for _, customer, _ in orders)
    assert customers == SMALL.customers
    assert ties > SMALL.business * SMALL.business_orders / 2
    assert max(counted) <= SMALL.with_orders
    assert {order for order, _, _ in orders} - {order for order, _ in lines} == {
        order for order in range(1, SMALL.all_orders + 1) if order % 97 == 0
    }


def test_the_mix_has_the_stated_shares() -> None:
    many = Answer(200, {"customer_id": 1, "total": 600, "orders": [], "next_cursor": "c"})
    sizes = Sizes(**PARAMETERS.seed.large)
    cursors = iter(range(10**6))

    class Endless(Told):
        def call(self, request: Request) -> Answer:
            self.asked.append(request)
            return Answer(200, many.fields | {"next_cursor": f"c{next(cursors)}"})

    drawn = Counter(request.endpoint for request in probes.load_requests(sizes, Endless(), Random(1), 4000))
    for name, weight in probes.MIX:
        assert drawn[name] == pytest.approx(40 * weight, rel=0.25)
    assert "orders_page_deep" not in {request.endpoint for request in probes.baseline_requests(sizes, Random(1), 500)}


def test_pages_are_walked_to_the_end() -> None:
    side: Side = Told(page(9, 7, cursor="a"), page(4, total=None))
    found = Shop(side, SMALL).walk(1, limit=2)
    assert (found["sizes"], found["wrong_totals"], [order["id"] for order in found["orders"]]) == (
        [2, 1],
        [],
        [9, 7, 4],
    )


def test_a_wrong_total_on_a_later_page_is_seen() -> None:
    assert Shop(Told(page(9, cursor="a"), page(4, total=99)), SMALL).walk(1)["wrong_totals"] == [99]


@pytest.mark.parametrize(
    "second", [Answer(500, {}), Answer(200, {"orders": []}), page(3, cursor="a"), page(3, cursor=17)]
)
def test_a_walk_that_breaks_off_is_a_violation(second: Answer) -> None:
    with pytest.raises(Violation):
        walk(Told(page(9, cursor="a"), second), 1)


def test_new_ids_are_compared_by_their_place() -> None:
    new = SMALL.all_orders
    one, other = Shop(Told(), SMALL), Shop(Told(), SMALL)
    assert one.comparable(page(new + 1, new + 5, 3)) == other.comparable(page(new + 2, new + 9, 3))
    assert one.comparable(page(new + 5)) != other.comparable(page(new + 2))
    assert one.comparable(page(4)) != other.comparable(page(3))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2024-01-01T10:00:00Z", "2024-01-01T11:00:00+01:00", True),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00.000001Z", False),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00", False),
        ("2024-01-01T10:00:00Z", "yesterday", False),
    ],
)
def test_times_are_compared_as_instants(one: str, other: str, *, same: bool) -> None:
    shop = Shop(Told(), SMALL)
    first, second = (shop.comparable(Answer(200, {"placed_at": text})) for text in (one, other))
    assert (first == second) is same


def test_seeds_must_set_the_same_numbers() -> None:
    raw: dict[str, Any] = yaml.safe_load((FOLDER / "scenario.yaml").read_text())["parameters"]
    raw["seed"]["small"].pop("orders")
    with pytest.raises(ValueError, match="same numbers"):
        PerformanceParameters.model_validate(raw)

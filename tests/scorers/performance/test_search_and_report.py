"""The workload of `search_and_report` against its own seed, and what the scenario says about itself."""

from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scorers.performance.bench import given_programs
from scorers.performance.parameters import load_parameters
from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Violation
from scorers.performance.workloads.registry import workload_of
from scorers.performance.workloads.search_and_report import probes
from scorers.performance.workloads.search_and_report.desk import (
    Desk,
    Sizes,
    has_entries,
    is_open,
    page_request,
    walk,
    word,
    words_of,
)
from scorers.scenario import Scenario
from scorers.testbed.embedded import EmbeddedTestbed

FOLDER = Path(__file__).parents[3] / "datasets" / "performance" / "search_and_report"
SMALL, LARGE = Sizes(teams=4, tickets=240), Sizes(teams=9, tickets=64_000)


class Pages:
    """A side with the same three pages for everybody, the last one as given."""

    def __init__(self, last: Any) -> None:
        self.notes: dict[str, Any] = {}
        self.last = last

    def call(self, request: Request) -> Answer:
        cursor = parse_qs(urlsplit(request.path).query).get("cursor", ["0"])[0]
        if cursor == "2":
            return Answer(200, self.last)
        number = int(cursor)
        ticket = {"id": 241 + number, "created_at": "2024-05-05T10:00:00+02:00"}
        return Answer(200, {"team_id": 1, "total": 3, "tickets": [ticket], "next_cursor": str(number + 1)})

    def program(self, name: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        raise NotImplementedError(name, params)


@pytest.fixture(scope="module")
def shipped() -> Scenario:
    return Scenario.load(FOLDER)


def test_the_seed_is_what_the_workload_takes_it_for(testbed: EmbeddedTestbed, shipped: Scenario) -> None:
    postgres = testbed.postgres
    database = postgres.create_database()
    numbers = load_parameters(shipped).seed.small
    assert Sizes(**numbers) == SMALL
    with closing(postgres.connect(database, "admin")) as admin:
        admin.execute(b"SET search_path = public")
        for path in sorted((FOLDER / "fixtures" / "migrations").glob("*.up.sql")):
            admin.execute(path.read_bytes())
        for name, number in numbers.items():
            admin.execute(f"SET seed.{name} = {number}".encode())
        admin.execute((FOLDER / "fixtures" / "seed" / "seed.sql").read_bytes())
        rows = admin.execute(
            b"SELECT id, team_id, subject, body, status, EXISTS (SELECT FROM entries WHERE ticket_id = t.id) FROM tickets t"
        ).fetchall()
    assert len(rows) == SMALL.tickets
    for ticket, team, subject, body, status, worked in rows:
        words = words_of(ticket)
        assert team == SMALL.team_of(ticket)
        assert (status == "open", worked) == (is_open(ticket), has_entries(ticket))
        assert subject.lower().startswith(f"{words[0]} {words[1]}")
        assert body.lower().replace(",", "").startswith(" ".join(words[2:]) + ".\ninc-")


def test_words_differ() -> None:
    assert len({word(number) for number in range(600)}) == 600
    assert words_of(7) != words_of(8)


def test_pages_are_walked_to_their_end_and_made_comparable() -> None:
    last: dict[str, Any] = {"team_id": 1, "total": None, "tickets": [], "next_cursor": None}
    walked = Desk(Pages(last), SMALL).walk(1)
    assert walked["sizes"] == [1, 1, 0]
    assert [ticket["id"] for ticket in walked["tickets"]] == ["new:0", "new:1"]
    assert walked["tickets"][0]["created_at"] == "2024-05-05T08:00:00+00:00"
    assert walked["wrong_totals"] == []


def test_a_page_that_is_none_or_leads_nowhere_is_told() -> None:
    with pytest.raises(Violation, match="no answer"):
        walk(Pages({"error": "not_found"}), 1)
    with pytest.raises(Violation, match="leads nowhere"):
        walk(Pages({"team_id": 1, "total": 3, "tickets": [], "next_cursor": 5}), 1)
    with pytest.raises(Violation, match="they end before"):
        probes.cursors(Pages({"team_id": 1, "total": 3, "tickets": [], "next_cursor": None}), 1, "bakeri")


def test_a_wrong_total_on_a_later_page_shows() -> None:
    last: dict[str, Any] = {"team_id": 1, "total": 4, "tickets": [], "next_cursor": None}
    assert Desk(Pages(last), SMALL).walk(1)["wrong_totals"] == [4]


class Totals(Pages):
    """A side that counts rightly up to `most`, and has one page for everybody."""

    def __init__(self, most: int) -> None:
        super().__init__(None)
        self.most = most

    def call(self, request: Request) -> Answer:
        address = urlsplit(request.path)
        text = parse_qs(address.query).get("q", [""])[0]
        tickets = SMALL.tickets_of(int(address.path.split("/")[3]))
        total = sum(not text or text in words_of(ticket) for ticket in tickets)
        return Answer(200, {"total": min(total, self.most), "tickets": [], "next_cursor": None})


def test_a_bounded_count_is_no_total() -> None:
    with pytest.raises(Violation, match="80 tickets match, the total is another"):
        probes.probes(SMALL, Totals(79), Random(1))
    with pytest.raises(Violation, match="they end before"):  # the totals are right, and there are too few pages
        probes.probes(SMALL, Totals(80), Random(1))


def test_the_tickets_of_a_team_are_those_that_belong_to_it() -> None:
    for team in range(1, SMALL.teams):
        assert [ticket for ticket in range(1, 241) if SMALL.team_of(ticket) == team] == list(SMALL.tickets_of(team))


def test_special_characters_are_sent_as_they_are() -> None:
    query = parse_qs(urlsplit(page_request(1, q="100% _\\ é").path).query)
    assert query == {"q": ["100% _\\ é"]}


def test_the_stated_mix_is_drawn_and_the_same_for_the_same_seed() -> None:
    drawn = probes.baseline_requests(LARGE, Random(5), 2000)
    assert drawn == probes.baseline_requests(LARGE, Random(5), 2000)
    assert drawn != probes.baseline_requests(LARGE, Random(6), 2000)
    shares = {name: sum(one.endpoint == name for one in drawn) / 2000 for name, _ in probes.MIX}
    assert shares["search_deep"] == 0
    assert shares["search"] == pytest.approx(40 / 90, abs=0.05)
    for one in drawn:
        if one.endpoint == "report":
            since, until = (date.fromisoformat(parse_qs(urlsplit(one.path).query)[end][0]) for end in ("from", "to"))
            assert 0 < (until - since).days < 366


def test_cases_and_steps_ask_in_other_places_each_time(shipped: Scenario) -> None:
    workload = workload_of(load_parameters(shipped))
    first, second = (workload.fresh_cases(Random(seed)) for seed in (1, 2))
    assert [case.name for case in first] == [case.name for case in second]
    assert [case.looks for case in first] != [case.looks for case in second]
    assert sum(case.allowed_s > 0 for case in first) == 1
    assert [step.label for step in workload.steps(Random(1))] != [step.label for step in workload.steps(Random(2))]


def test_the_prompt_prints_what_is_there(shipped: Scenario) -> None:
    files = {path: text for path, text in shipped.given_service().items() if text.strip()}
    migrations = sorted((FOLDER / "fixtures" / "migrations").glob("*.up.sql"))
    for path, text in [*files.items(), *((f"migrations/{one.name}", one.read_text("utf-8")) for one in migrations)]:
        assert f"`{path}`\n```" in shipped.prompt, path
        assert text.strip() in shipped.prompt, path
    assert (FOLDER / "fixtures" / "other_programs.sql").read_text("utf-8").strip() in shipped.prompt


def test_the_prompt_states_load_and_programs(shipped: Scenario) -> None:
    parameters = load_parameters(shipped)
    assert f"{parameters.load.rate_per_s:g} requests a second" in shipped.prompt
    assert sorted(given_programs(shipped)) == sorted(parameters.given_programs)
    assert sum(weight for _, weight in probes.MIX) == 100
    assert {name for name, _ in probes.MIX} <= set(parameters.endpoints)

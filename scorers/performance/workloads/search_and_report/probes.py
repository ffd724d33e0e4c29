"""Requests to count, to weigh, and to put under load, on the large seed."""

from collections.abc import Callable, Sequence
from random import Random

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Probe, Side, Violation, WriteRun
from scorers.performance.workloads.search_and_report.desk import (
    AGENTS_A_TEAM,
    VOCABULARY,
    Sizes,
    add_request,
    close_request,
    create_request,
    has_entries,
    is_open,
    page_request,
    report_request,
    ticket_request,
    walk,
    word,
    words_of,
)

TIMES = 4
"""Requests of a probe, each with other parameters: what happens once in the background does not look like a cost."""

DEPTH = 3
"""Pages of 20 that lie before a deep page of a search."""

FAR = 5
"""Pages of 100 that lie before a deep page of all tickets."""

ENTRIES_A_TICKET = 3
YEAR_DAYS = 366

MIX: tuple[tuple[str, int], ...] = (
    ("search", 40),
    ("search_deep", 10),
    ("tickets", 16),
    ("ticket", 18),
    ("report", 8),
    ("create_ticket", 4),
    ("add_entry", 4),
)
"""The stated load, in per cent."""


def probes(sizes: Sizes, side: Side, random: Random) -> list[Probe]:
    """Every kind of request, with what its answer lists and counts. Looks at totals and walks to the deep pages first. Raises Violation."""
    searches = [(1 + number % sizes.busy, _word(random)) for number in range(2 * TIMES)]
    teams = [team for team, _ in searches]
    known = random.sample([one for one in range(1, sizes.tickets) if is_open(one) and has_entries(one)], 6 * TIMES)
    year = (sizes.of_a_team * ENTRIES_A_TICKET + sizes.of_a_team) // 2

    def probe(label: str, requests: list[Request], rows: int, counted: int = 0, same_as: str | None = None) -> Probe:
        return Probe(requests[0].endpoint, label, requests[:TIMES], requests[TIMES:], rows, counted, same_as)

    def found(**query: object) -> list[Request]:
        status, limit = query.get("status"), query.get("limit")
        return [page_request(team, q=text, status=status, limit=limit) for team, text in searches]

    bodies = [{"subject": f"New {_word(random)}", "body": _body(random)} for _ in range(2 * TIMES)]
    works = [
        add_request(ticket, {"agent_id": _agent(sizes, ticket), "minutes": 5})
        for ticket in known[2 * TIMES : 4 * TIMES]
    ]
    _require_totals(sizes, side, searches)
    deep = [page_request(team, q=text, limit=20, cursor=_after(side, team, text)) for team, text in searches]
    far = [page_request(team, limit=20, cursor=_after(side, team, None)) for team in teams]
    codes = [page_request(sizes.team_of(ticket), q=f"INC-{ticket}") for ticket in known[: 2 * TIMES]]
    return [
        probe("first page of a search", found(limit=20), 20, sizes.found),
        probe("large page of a search", found(limit=100), 100, sizes.found),
        probe("search among the open", found(limit=20, status="open"), 20, sizes.found),
        probe(
            "search for part of a word", [page_request(t, q=q[1:5].upper()) for t, q in searches], 20, 4 * sizes.found
        ),
        probe(
            "search for two words", [_two_words(sizes, ticket) for ticket in known[: 2 * TIMES]], 1, sizes.found // 4
        ),
        probe("search for a number", codes, 11, 11),
        probe("search in vain", [page_request(team, q="xyzzy") for team in teams], 0),
        probe("deep page of a search", deep, 20, sizes.found, same_as="first page of a search"),
        probe("first page of all", [page_request(team, limit=20) for team in teams], 20, sizes.of_a_team),
        probe("large page of all", [page_request(team, limit=100) for team in teams], 100, sizes.of_a_team),
        probe(
            "first page of the open",
            [page_request(team, limit=20, status="open") for team in teams],
            20,
            sizes.of_a_team,
        ),
        probe("deep page of all", far, 20, sizes.of_a_team, same_as="first page of all"),
        probe("a ticket", [ticket_request(ticket) for ticket in known[: 2 * TIMES]], 5),
        probe(
            "report of a year", [report_request(team, "2024-01-01", "2024-12-31") for team in teams], YEAR_DAYS, year
        ),
        probe(
            "report of a month",
            [report_request(team, f"2024-0{1 + team % 8}-01", f"2024-0{1 + team % 8}-28") for team in teams],
            28,
            year // 13,
        ),
        probe("a new ticket", [create_request(team, body) for team, body in zip(teams, bodies, strict=True)], 1),
        probe("work for a ticket", works, 6),
        probe("a ticket closed", [close_request(ticket) for ticket in known[4 * TIMES :]], 5),
    ]


def cursors(side: Side, team: int, text: str | None) -> list[str]:
    """The cursors behind the first pages of something with more of them. Raises Violation when there are none."""
    depth = FAR if text is None else DEPTH
    pages = walk(side, team, q=text, limit=100 if text is None else 20, most_pages=depth)
    found = [] if isinstance(pages, Answer) else [page["next_cursor"] for page in pages]
    if len(found) < depth or any(not isinstance(cursor, str) for cursor in found):
        raise Violation(
            f"team {team} has more than {depth} pages of tickets with {text!r}, but they end before", str(found)
        )
    return found


def write_run(sizes: Sizes, random: Random) -> WriteRun:
    """Some of all that writes."""
    known = random.sample([one for one in range(1, sizes.tickets) if is_open(one) and has_entries(one)], 120)
    run = WriteRun()
    for ticket in known[:20]:
        run.requests.append(
            create_request(random.randint(1, sizes.busy), {"subject": _word(random), "body": _body(random)})
        )
        run.requests.append(add_request(ticket, {"agent_id": _agent(sizes, ticket), "minutes": 9}))
    run.requests += [add_request(ticket, {"agent_id": _agent(sizes, ticket), "minutes": 9}) for ticket in known[20:60]]
    run.requests += [close_request(ticket) for ticket in known[60:70]]
    for ticket in known[70:]:
        agent, minutes = _agent(sizes, ticket), random.randint(1, 1440)
        run.programs.append(("correct_minutes", {"ticket_id": ticket, "agent_id": agent, "minutes": minutes}))
    run.programs += [("close_ticket", {"ticket_id": ticket}) for ticket in known[70:90]]
    for team in range(1, 4):
        imported = {"team_id": team, "subject": f"By mail {_word(random)}", "body": _body(random), "tickets": 100}
        run.programs.append(("import_tickets", imported | {"created_at": "2024-03-01T00:00:00Z"}))
    return run


def memory_requests(sizes: Sizes, random: Random, count: int) -> list[Request]:
    """Large answers, hardly ever the same one twice."""
    kinds: Sequence[Callable[[], Request]] = (
        lambda: page_request(random.randint(1, sizes.busy), q=_word(random), limit=random.randint(60, 100)),
        lambda: page_request(random.randint(1, sizes.busy), limit=random.randint(1, 100)),
        lambda: ticket_request(random.randint(1, sizes.tickets)),
        lambda: _report(sizes, random),
    )
    return [random.choice(kinds)() for _ in range(count)]


def load_requests(sizes: Sizes, side: Side, random: Random, count: int) -> list[Request]:
    """The stated mix. Deep pages start at cursors that `side` handed out. Raises Violation."""
    deep: list[Request] = []
    for _ in range(10):
        team, text = random.randint(1, sizes.busy), _word(random)
        deep += [page_request(team, q=text, limit=20, cursor=cursor) for cursor in cursors(side, team, text)]
    return _mix(sizes, random, count, deep)


def baseline_requests(sizes: Sizes, random: Random, count: int) -> list[Request]:
    """The stated mix without the deep pages, which the baseline is too slow to walk to."""
    return _mix(sizes, random, count, [])


def _mix(sizes: Sizes, random: Random, count: int, deep: list[Request]) -> list[Request]:
    mix = [(name, weight) for name, weight in MIX if deep or name != "search_deep"]
    names, weights = [name for name, _ in mix], [weight for _, weight in mix]
    return [_draw(sizes, random, name, deep) for name in random.choices(names, weights, k=count)]


def _draw(sizes: Sizes, random: Random, name: str, deep: list[Request]) -> Request:
    team = random.randint(1, sizes.busy)
    match name:
        case "search_deep":
            page = random.choice(deep)
            return Request(name, page.method, page.path)
        case "tickets":
            return page_request(team, status=random.choice([None, "open"]))
        case "ticket":
            return ticket_request(random.randint(1, sizes.tickets))
        case "report":
            return _report(sizes, random)
        case "create_ticket":
            return create_request(team, {"subject": f"New {_word(random)}", "body": _body(random)})
        case "add_entry":
            ticket = _an_open_ticket(sizes, random)
            return add_request(ticket, {"agent_id": _agent(sizes, ticket), "minutes": 1})
        case _:
            return page_request(team, q=_word(random))


def _word(random: Random) -> str:
    return word(random.randrange(VOCABULARY))


def _body(random: Random) -> str:
    return " ".join(_word(random) for _ in range(8))


def _require_totals(sizes: Sizes, side: Side, searches: list[tuple[int, str]]) -> None:
    """The totals of large teams are what the seed made them: a small one does not tell a count from a bounded count."""
    for team, text in searches:
        found = sum(text in words_of(ticket) for ticket in sizes.tickets_of(team))
        for q, total in ((text, found), (None, sizes.of_a_team)):
            request = page_request(team, q=q, limit=1)
            answer = side.call(request)
            if answer.fields.get("total") != total:
                raise Violation(f"{total} tickets match, the total is another: {request.label}", answer.label)


def _two_words(sizes: Sizes, ticket: int) -> Request:
    words = words_of(ticket)
    return page_request(sizes.team_of(ticket), q=f"{words[7]} {words[8]}")


def _report(sizes: Sizes, random: Random) -> Request:
    """A report of up to a year."""
    year, month, day = random.choice([2023, 2024]), random.randint(1, 6), random.randint(1, 28)
    return report_request(
        random.randint(1, sizes.busy), f"{year}-{month:02d}-{day:02d}", f"{year}-{random.randint(7, 12):02d}-28"
    )


def _agent(sizes: Sizes, ticket: int) -> int:
    return (sizes.team_of(ticket) - 1) * AGENTS_A_TEAM + 1 + ticket % AGENTS_A_TEAM


def _an_open_ticket(sizes: Sizes, random: Random) -> int:
    while not is_open(ticket := random.randint(1, sizes.tickets)):
        pass
    return ticket


def _after(side: Side, team: int, text: str | None) -> str:
    return cursors(side, team, text)[-1]

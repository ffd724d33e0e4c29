"""Requests drawn at random, done on baseline and candidate alike, with other programs' statements between them."""

from collections.abc import Callable
from random import Random

from scorers.performance.workload import Step
from scorers.performance.workloads.search_and_report.desk import (
    VOCABULARY,
    Sizes,
    page_request,
    report_request,
    word,
)
from scorers.performance.workloads.search_and_report.maker import Maker, imported

GENERATED_STEPS = 160


def generated(sizes: Sizes, random: Random) -> list[Step]:
    """Requests drawn at random, reads and writes mixed with the statements of other programs."""
    make = Maker(sizes)
    drawn: list[Step] = []
    for _ in range(GENERATED_STEPS):
        team = random.randint(1, sizes.busy)
        ticket = random.choice([random.randint(1, sizes.tickets), f"new:{random.randint(0, 12)}"])
        drawn.append(random.choice(_KINDS)(make, random, team, ticket))
    teams = range(1, sizes.teams + 1)
    ends: list[Step] = [make.walks(team, limit=100) for team in teams]
    ends += [
        make.asks(report_request(team, f"{year}-01-01", f"{year}-12-31")) for team in teams for year in (2023, 2024)
    ]
    return drawn + ends + [make.program("ledger", team_id=team, since="2000-01-01T00:00:00Z") for team in teams]


def _text(random: Random) -> str:
    """A word or a part of one, in some spelling."""
    text = word(random.randrange(VOCABULARY))
    return random.choice(
        [text, text.upper(), text.title(), text[:4], text[2:], text[1:5], f"inc-{random.randint(1, 9)}"]
    )


def _search(make: Maker, random: Random, team: int, _: int | str) -> Step:
    status = random.choice([None, None, "open", "closed"])
    return make.walks(team, q=_text(random), status=status, limit=random.choice([2, 5, 20, 100]))


def _page(make: Maker, random: Random, team: int, _: int | str) -> Step:
    limit, status = random.choice([None, *range(1, 101)]), random.choice([None, "open", "closed"])
    return make.asks(page_request(team, q=random.choice([None, _text(random)]), limit=limit, status=status))


def _show(make: Maker, _: Random, __: int, ticket: int | str) -> Step:
    return make.shows(ticket)


def _report(make: Maker, random: Random, team: int, _: int | str) -> Step:
    year, month, day = random.choice([2023, 2024]), random.randint(1, 11), random.randint(1, 28)
    last = random.choice([f"{year}-{month:02d}-{day:02d}", f"{year}-{month + 1:02d}-{day:02d}", f"{year}-12-31"])
    return make.asks(report_request(team, f"{year}-{month:02d}-{day:02d}", last))


def _create(make: Maker, random: Random, team: int, _: int | str) -> Step:
    subject, body = f"{_text(random)} 5% {_text(random)}", ", ".join(_text(random) for _ in range(5))
    return make.creates(team, {"subject": subject, "body": body})


def _add(make: Maker, random: Random, _: int, ticket: int | str) -> Step:
    body = {"agent_id": random.randint(1, make.sizes.agents + 1), "minutes": random.choice([1, 3, 45, 90, 1440])}
    return make.adds(ticket, body)


def _close(make: Maker, _: Random, __: int, ticket: int | str) -> Step:
    return make.closes(ticket)


def _other(make: Maker, random: Random, team: int, ticket: int | str) -> Step:
    match random.randint(0, 6):
        case 0:
            return make.program("close_ticket", ticket_id=ticket)
        case 1:
            return make.program("move_ticket", ticket_id=ticket, team_id=team)
        case 2:
            created_at = f"2024-02-{random.randint(1, 28):02d}T20:00:00Z"
            return make.program("import_tickets", **imported(team, created_at, random.randint(1, 4)))
        case 3:
            agent = random.randint(1, make.sizes.agents)
            return make.program("correct_minutes", ticket_id=ticket, agent_id=agent, minutes=random.randint(1, 1440))
        case 4:
            return make.program("remove_ticket", ticket_id=ticket)
        case 5:
            return make.program("edit_ticket", ticket_id=ticket, subject=_text(random), body=f"x {_text(random)} 7%")
        case _:
            name = f"Renamed {random.randint(1, 99)}"
            return make.program("rename_agent", agent_id=random.randint(1, make.sizes.agents), name=name)


_KINDS: tuple[Callable[[Maker, Random, int, int | str], Step], ...] = (
    _search,
    _search,
    _search,
    _page,
    _show,
    _report,
    _report,
    _create,
    _add,
    _add,
    _close,
    _other,
    _other,
)

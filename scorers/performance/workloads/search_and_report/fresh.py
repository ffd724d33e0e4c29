"""Changes by other programs, and by the service itself, that answers must show."""

from collections.abc import Callable
from random import Random
from typing import Any

from scorers.performance.traffic import Request
from scorers.performance.workload import FreshCase, Side
from scorers.performance.workloads.search_and_report.desk import (
    AGENTS_A_TEAM,
    REPORT_ALLOWED_S,
    Desk,
    Sizes,
    add_request,
    create_request,
    has_entries,
    is_open,
    page_request,
    report_request,
    ticket_request,
    words_of,
)


def fresh_cases(sizes: Sizes, random: Random) -> list[FreshCase]:
    """One case for each thing that changes, in other places on each call."""
    team = random.randint(1, sizes.busy)
    other = 1 + team % sizes.busy
    of_team = [
        ticket for ticket in range(1, sizes.tickets + 1) if sizes.team_of(ticket) == team and has_entries(ticket)
    ]
    to_close, to_work = random.sample([ticket for ticket in of_team if is_open(ticket)], 2)
    edited, corrected, removed, moved = random.sample([ticket for ticket in of_team if not is_open(ticket)], 4)
    year, mark = random.randint(2023, 2024), f"mark{random.randint(1, 10**9)}"
    imported = {
        "team_id": team,
        "subject": f"Mail {mark}",
        "body": "sent by mail",
        "created_at": f"{year}-02-03T04:05:06Z",
        "tickets": 2,
    }
    reports = [report_request(team, f"{year}-01-01", f"{year}-12-31")]

    def found(ticket: int) -> list[Request]:
        return [
            ticket_request(ticket),
            page_request(team, q=words_of(ticket)[0]),
            page_request(team, q=f"inc-{ticket}"),
        ]

    def programs(name: str, calls: list[dict[str, Any]]) -> Callable[[Side], None]:
        def change(side: Side) -> None:
            for params in calls:
                side.program(name, params)

        return change

    def program(name: str, **params: Any) -> Callable[[Side], None]:
        return programs(name, [params])

    def request(asked: Request) -> Callable[[Side], None]:
        def change(side: Side) -> None:
            side.call(asked)

        return change

    def case(name: str, looks: list[Request], change: Callable[[Side], None], allowed_s: float = 0.0) -> FreshCase:
        return FreshCase(name, looks, change, allowed_s, lambda side, answer: Desk(side, sizes).comparable(answer))

    marked = page_request(team, q=mark)
    agents = range(AGENTS_A_TEAM * (team - 1) + 1, AGENTS_A_TEAM * team + 1)
    minutes = random.randint(100, 1440)
    new = {"subject": f"New {mark}x", "body": "nothing"}
    return [
        case(
            "tickets imported by another program",
            [marked, page_request(team, q="by mail"), page_request(team, limit=100)],
            program("import_tickets", **imported),
        ),
        case(
            "a ticket closed by another program",
            [*found(to_close), page_request(team, q=f"inc-{to_close}", status="open")],
            program("close_ticket", ticket_id=to_close),
        ),
        case(
            "a text changed by another program",
            [*found(edited), page_request(team, q=f"{mark}-edited")],
            program("edit_ticket", ticket_id=edited, subject=f"{mark}-edited", body=f"{words_of(edited)[0]} was here"),
        ),
        case(
            "minutes corrected by another program",
            found(corrected),
            programs(
                "correct_minutes",
                [{"ticket_id": corrected, "agent_id": agent, "minutes": minutes} for agent in agents],
            ),
        ),
        case(
            "an agent renamed by another program",
            found(corrected),
            programs("rename_agent", [{"agent_id": agent, "name": f"{mark} {agent}"} for agent in agents]),
        ),
        case(
            "a ticket moved by another program",
            [*found(moved), page_request(other, q=f"inc-{moved}")],
            program("move_ticket", ticket_id=moved, team_id=other),
        ),
        case(
            "a ticket removed by another program",
            [*found(removed), page_request(team, limit=100)],
            program("remove_ticket", ticket_id=removed),
        ),
        case(
            "a ticket created through the service",
            [page_request(team, q=f"{mark}x"), page_request(team)],
            request(create_request(team, new)),
        ),
        case(
            "work entered through the service",
            found(to_work),
            request(add_request(to_work, {"agent_id": agents[0], "minutes": 5})),
        ),
        case(
            "tickets imported by another program, in the report",
            reports,
            program("import_tickets", **imported),
            REPORT_ALLOWED_S,
        ),
    ]

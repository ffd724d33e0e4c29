"""Makes steps that work on both sides, whatever ids they hand out."""

from collections.abc import Callable
from typing import Any

from scorers.performance.traffic import Request
from scorers.performance.workload import Side, Step
from scorers.performance.workloads.search_and_report.desk import (
    REPORT_PATIENCE_S,
    Desk,
    Sizes,
    add_request,
    close_request,
    create_request,
    page_request,
    report_request,
    ticket_request,
)

Act = Callable[[Desk], Any]


def imported(team: int, created_at: str, tickets: int) -> dict[str, Any]:
    """The parameters of an import."""
    return {
        "team_id": team,
        "subject": "Came BY mail",
        "body": "kebari and baker",
        "created_at": created_at,
        "tickets": tickets,
    }


class Maker:
    """Makes steps that work on both sides, whatever ids they hand out."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes

    def step(self, label: str, act: Act, patience_s: float = 0.0) -> Step:
        """Something done at one side's help desk."""

        def run(side: Side) -> Any:
            return act(Desk(side, self.sizes))

        return Step(label, run, patience_s)

    def asks(self, request: Request) -> Step:
        """One request; a report may be a little old."""

        patience_s = REPORT_PATIENCE_S if request.endpoint == "report" else 0.0
        return self.step(request.label, lambda desk: desk.answer(request), patience_s)

    def reports_today(self, team: int) -> Step:
        """What was done since 2025, in all: which day it is today is no matter."""

        def act(desk: Desk) -> Any:
            known = [
                desk.side.call(report_request(team, f"{year}-01-01", f"{year}-12-31")) for year in range(2025, 2040)
            ]
            return [[answer.status, answer.fields.get("in_all")] for answer in known]

        return self.step(f"what team {team} did since 2025", act, REPORT_PATIENCE_S)

    def walks(self, team: object, *, q: str | None = None, status: str | None = None, limit: int | None = None) -> Step:
        """All pages of what is found."""
        label = f"all pages of {page_request(team, q=q, status=status, limit=limit).label}"
        return self.step(label, lambda desk: desk.walk(team, q=q, status=status, limit=limit))

    def creates(self, team: object, body: Any) -> Step:
        """A new ticket, remembered as the next `new:…`."""

        return self.step(
            f"team {team} gets a ticket {str(body)[:120]}", lambda desk: desk.create(create_request(team, body))
        )

    def adds(self, ticket: int | str, body: Any) -> Step:
        """Work for a ticket."""

        return self.step(
            f"ticket {ticket} gets {body}", lambda desk: desk.answer(add_request(desk.known_id(ticket), body))
        )

    def closes(self, ticket: int | str) -> Step:
        """A ticket's end."""

        return self.step(f"close ticket {ticket}", lambda desk: desk.answer(close_request(desk.known_id(ticket))))

    def shows(self, ticket: int | str) -> Step:
        """The details of a ticket."""

        return self.step(f"ticket {ticket}", lambda desk: desk.answer(ticket_request(desk.known_id(ticket))))

    def program(self, name: str, /, **params: Any) -> Step:
        """A statement of another program."""

        def act(desk: Desk) -> Any:
            known = {key: desk.known_id(value) if key == "ticket_id" else value for key, value in params.items()}
            rows = desk.side.program(name, known)
            return [[str(value) for value in row[1:]] for row in rows]  # the ledger's first column is a ticket's id

        return self.step(f"another program: {name} {params}", act)

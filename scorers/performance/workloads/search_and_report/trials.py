"""Questions that only parallel requests can answer."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from scorers.performance.patience import patiently
from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side, Trial, Violation
from scorers.performance.workloads.comparable import Json, good
from scorers.performance.workloads.parallel import in_parallel, together
from scorers.performance.workloads.search_and_report.desk import (
    REPORT_PATIENCE_S,
    Sizes,
    add_request,
    close_request,
    create_request,
    page_request,
    report_request,
    ticket_request,
    walk,
)

PARALLEL = 12
MOST_MINUTES = 6000


def trials(sizes: Sizes) -> Sequence[Trial]:
    """The questions, at a help desk of these sizes."""

    def created(side: Side, team: int, subject: str = "together") -> int:
        return good(side.call(create_request(team, {"subject": subject, "body": "at once"})), 201)["id"]

    def work_adds_up(side: Side, random: Random) -> None:
        """None of several entries for one ticket is lost."""
        ticket = created(side, 1)
        amounts = [random.randint(1, 99) for _ in range(PARALLEL)]
        answers = together(side, [add_request(ticket, {"agent_id": 1, "minutes": amount}) for amount in amounts])
        _require_all(answers, {200}, "entries in parallel")
        _require_minutes(side, ticket, amounts)

    def never_too_many(side: Side, _: Random) -> None:
        """A ticket never gets above its limit."""
        ticket = created(side, 1)
        answers = together(side, [add_request(ticket, {"agent_id": 1, "minutes": 1300})] * PARALLEL)
        _require_all(answers, {200, 409}, "entries in parallel")
        _require_minutes(side, ticket, [1300] * (MOST_MINUTES // 1300))

    def closed_once(side: Side, _: Random) -> None:
        """Of several who close a ticket one succeeds, and no work is entered after it."""
        ticket = created(side, 1)
        add, close = add_request(ticket, {"agent_id": 1, "minutes": 1}), close_request(ticket)
        requests = [add if number % 3 else close for number in range(PARALLEL)]
        answers = together(side, requests)
        _require_all(answers, {200, 409}, "closing and entries in parallel")
        pairs = list(zip(requests, answers, strict=True))
        closed = sum(answer.status == 200 for request, answer in pairs if request is close)
        if closed != 1:
            raise Violation(f"{closed} of several requests closed the ticket, must be 1", _labels(answers))
        _require_minutes(side, ticket, [1] * sum(answer.status == 200 for request, answer in pairs if request is add))

    def nothing_undone(side: Side, _: Random) -> None:
        """What another program does at the same time is not undone."""
        ticket = created(side, 1)
        add = add_request(ticket, {"agent_id": 1, "minutes": 2})

        def close() -> Answer:
            side.program("close_ticket", {"ticket_id": ticket})
            return Answer(200, "closed")

        calls = [lambda: side.call(add) for _ in range(PARALLEL - 1)]
        answers = in_parallel([*calls[:5], close, *calls[5:]])
        _require_all(answers, {200, 409}, "entries while the ticket is closed")
        shown = good(side.call(ticket_request(ticket)), 200)
        if shown["status"] != "closed":
            raise Violation("what another program closed is open again", str(shown))

    def tickets_appear_once(side: Side, random: Random) -> None:
        """Tickets created at the same time are all found, once."""
        mark = f"mark{random.randint(1, 10**9)}"
        requests = [create_request(2, {"subject": f"{mark} {number}", "body": mark}) for number in range(PARALLEL)]
        answers = together(side, requests)
        _require_all(answers, {201}, "tickets in parallel")
        found = _ids(side, 2, q=mark, limit=5)
        _require_same(found, [answer.body["id"] for answer in answers], "tickets found")

    def pages_stand_still(side: Side, random: Random) -> None:
        """Whoever walks through the pages sees each ticket once that was there from first to last."""
        team = random.randint(1, sizes.busy)
        for q in (None, "inc-"):
            before = _ids(side, team, q=q, limit=100)
            seen: list[int] = []
            cursor: str | None = None
            for _ in range(200):
                body = good(side.call(page_request(team, q=q, limit=7, cursor=cursor)), 200)
                seen += [ticket["id"] for ticket in body["tickets"]]
                cursor = body["next_cursor"]
                if cursor is None:
                    break
                created(side, team, "also inc-0")
            known = set(before)
            _require_same([one for one in seen if one in known], before, "tickets met while new ones came in")

    def report_agrees(side: Side, _: Random) -> None:
        """After parallel changes, also by other programs, the report adds up what is there."""
        team = 3
        tickets = [created(side, team) for _ in range(4)]
        before = [add_request(ticket, {"agent_id": 1 + ticket % 3, "minutes": 7}) for ticket in tickets * 3]
        together(side, before)
        adds = [add_request(ticket, {"agent_id": 1 + number, "minutes": 9}) for number, ticket in enumerate(tickets)]

        def correct(ticket: int) -> Answer:
            params = {"ticket_id": ticket, "agent_id": 1 + ticket % 3, "minutes": 5}
            side.program("correct_minutes", params)
            return Answer(200, "corrected")

        def remove() -> Answer:
            side.program("remove_ticket", {"ticket_id": tickets[3]})
            return Answer(200, "removed")

        calls = [lambda add=add: side.call(add) for add in adds[:3] * 3]
        in_parallel([*calls, *(lambda ticket=ticket: correct(ticket) for ticket in tickets[:3]), remove])
        _require_report(side, team)

    return [
        Trial("work adds up", work_adds_up),
        Trial("a ticket keeps its limit", never_too_many),
        Trial("a ticket is closed once", closed_once),
        Trial("other programs' changes stay", nothing_undone),
        Trial("parallel tickets appear once", tickets_appear_once),
        Trial("pages neither repeat nor skip while tickets come in", pages_stand_still, rounds=1),
        Trial("the report agrees with the entries", report_agrees, rounds=2),
    ]


def _ids(side: Side, team: int, *, q: str | None, limit: int) -> list[int]:
    pages = walk(side, team, q=q, limit=limit)
    if isinstance(pages, Answer):
        raise Violation("no page of tickets", pages.label)
    return [ticket["id"] for page in pages for ticket in page["tickets"]]


def _require_all(answers: Sequence[Answer], allowed: set[int], what: str) -> None:
    if any(answer.status not in allowed for answer in answers):
        raise Violation(f"{what}: statuses other than {sorted(allowed)}", _labels(answers))


def _require_minutes(side: Side, ticket: int, expected: list[int]) -> None:
    shown = good(side.call(ticket_request(ticket)), 200)
    found = [entry["minutes"] for entry in shown["entries"]]
    if sorted(found) != sorted(expected) or shown["minutes"] != sum(expected):
        raise Violation(
            "a ticket's entries are not those that were accepted", f"expected: {sorted(expected)}\nfound: {shown}"
        )


def _require_same(found: Sequence[int], expected: Sequence[int], what: str) -> None:
    missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    if missing or extra:
        raise Violation(
            f"{what}: {missing.total()} missing, {extra.total()} too many",
            f"missing: {dict(missing)}\ntoo many: {dict(extra)}",
        )


def _require_report(side: Side, team: int) -> None:
    """The truth is in the other programs' ledger, which reads the tables."""
    today = datetime.now(UTC).date()
    since, until = today - timedelta(days=1), today + timedelta(days=1)
    rows = side.program("ledger", {"team_id": team, "since": f"{since}T00:00:00Z"})
    expected = (len(rows), sum(int(row[2]) for row in rows), len({row[1] for row in rows}))

    def summed(answer: Answer) -> tuple[object, object, object]:
        in_all: Json = answer.fields.get("in_all") or {}
        return in_all.get("entries"), in_all.get("minutes"), in_all.get("agents")

    request: Request = report_request(team, since, until)
    answer, _ = patiently(side, request, lambda answer: summed(answer) == expected, REPORT_PATIENCE_S)
    if summed(answer) != expected:
        raise Violation(f"the report does not add up to {expected} (entries, minutes, agents)", answer.label)


def _labels(answers: Sequence[Answer]) -> str:
    return "\n".join(answer.label for answer in answers)

"""Questions that only parallel requests can answer."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from random import Random
from typing import Any

from scorers.performance.traffic import Answer
from scorers.performance.workload import Side, Trial, Violation
from scorers.performance.workloads.comparable import Json, good
from scorers.performance.workloads.hot_counter.campaigns import (
    Sizes,
    add_request,
    body,
    campaign_request,
    not_declined,
    withdraw_request,
)
from scorers.performance.workloads.parallel import in_parallel, together

PARALLEL = 12
LOOKS = 12
MOST_WAITING = 2
"""Of `LOOKS` looks at the sessions, so many may find a transaction that waits: a thread can lose its processor for a while."""

KEY_REUSED = 409, {"error": "key_reused"}


def trials(sizes: Sizes) -> Sequence[Trial]:
    """The questions, on campaigns of these sizes."""

    def drawn(random: Random, label: str) -> Json:
        amount = not_declined(random.randint(1, 9000))
        return body(random.randint(1, sizes.supporters), amount, f"{label}-{random.getrandbits(60)}")

    def pledges_add_up(side: Side, random: Random) -> None:
        """Each is counted once, with a number of its own, for the service and for others."""
        asked = [drawn(random, "adds-up") for _ in range(PARALLEL)]
        before = _board(side, 1)
        answers = together(side, [add_request(1, one) for one in asked])
        numbers = sorted(good(answer, 201)["number"] for answer in answers)
        expected = list(range(before[0] + 1, before[0] + 1 + PARALLEL))
        if numbers != expected:
            raise Violation(f"{PARALLEL} pledges in parallel did not get the next {PARALLEL} numbers", str(numbers))
        _require_counted(side, 1, before, PARALLEL, PARALLEL, sum(one["amount_minor"] for one in asked))

    def pledged_once(side: Side, random: Random) -> None:
        """A request that is sent several times at once is one pledge."""
        asked, before = drawn(random, "once"), _board(side, 2)
        answers = together(side, [add_request(2, asked)] * PARALLEL)
        bodies = [good(answer, 200, 201) for answer in answers]
        stored = sum(answer.status == 201 for answer in answers)
        if stored != 1 or len({str(one["id"]) for one in bodies}) != 1:
            raise Violation("one request sent several times at once is not one pledge", _labels(answers))
        _require_counted(side, 2, before, 1, 1, asked["amount_minor"])

    def one_request_for_a_key(side: Side, random: Random) -> None:
        """A key that comes with several amounts and supporters at once is one request's; the others are refused."""
        first = drawn(random, "contested")
        other_amount = first | {"amount_minor": not_declined(first["amount_minor"] + 1)}
        other_supporter = first | {"supporter_id": 1 + first["supporter_id"] % sizes.supporters}
        asked, before = [first, other_amount, other_supporter] * (PARALLEL // 3), _board(side, 2)
        answers = together(side, [add_request(2, one) for one in asked])
        stored = [one for one, answer in zip(asked, answers, strict=True) if answer.status == 201]
        if len(stored) != 1 or any(
            answer.status not in {200, 201} if one == stored[0] else (answer.status, answer.body) != KEY_REUSED
            for one, answer in zip(asked, answers, strict=True)
        ):
            raise Violation(
                "a key sent with different requests at once is not one pledge, the others refused", _labels(answers)
            )
        _require_counted(side, 2, before, 1, 1, stored[0]["amount_minor"])

    def counted_when_answered(side: Side, random: Random) -> None:
        """Whoever looks after an answer finds it counted, also while other pledges are under way."""
        before, answered = _board(side, 1), list[int]()

        def pledge_and_look(asked: Json) -> Answer:
            answer = side.call(add_request(1, asked))
            number = good(answer, 201)["number"]
            answered.append(asked["amount_minor"])
            # Copied before the look: what is answered while it is under way need not show.
            known = list(answered)
            least = (max(number, before[0] + len(known)), before[1] + len(known), before[2] + sum(known))
            found = _board(side, 1)
            if any(shown < due for shown, due in zip(found, least, strict=True)):
                raise Violation(
                    "a pledge was answered before it was counted",
                    f"last_number, pledges, raised_minor at least: {least}\nfound: {found}\nafter {answer.label}",
                )
            return answer

        in_parallel([partial(pledge_and_look, drawn(random, "looked-at")) for _ in range(PARALLEL)])

    def withdrawn_once(side: Side, random: Random) -> None:
        """Of several withdrawals of one pledge one succeeds."""
        asked, before = drawn(random, "withdrawn"), _board(side, 1)
        pledge = good(side.call(add_request(1, asked)), 201)["id"]
        answers = together(side, [withdraw_request(pledge)] * PARALLEL)
        if sorted(answer.status for answer in answers) != [200, *[409] * (PARALLEL - 1)]:
            raise Violation("not one of several withdrawals succeeded, the others with 409", _labels(answers))
        _require_counted(side, 1, before, 1, 0, 0)

    def all_at_once(side: Side, random: Random) -> None:
        """Pledges, withdrawals and another program's import, on one campaign."""
        own = [good(side.call(add_request(2, drawn(random, "own"))), 201) for _ in range(4)]
        asked, before = [drawn(random, "mixed") for _ in range(8)], _board(side, 2)
        imported = {"campaign_id": 2, "transfers": 3, "supporter_id": 5, "amount_minor": 77}

        def import_transfers() -> Answer:
            side.program("import_transfers", imported)
            return Answer(200, {"imported": 3})

        calls: list[Callable[[], Answer]] = [import_transfers]
        calls += [partial(side.call, add_request(2, one)) for one in asked]
        calls += [partial(side.call, withdraw_request(one["id"])) for one in own]
        for answer in in_parallel([*calls, import_transfers]):
            good(answer, 200, 201)
        amount = sum(one["amount_minor"] for one in asked) - sum(one["amount_minor"] for one in own) + 2 * 3 * 77
        _require_counted(side, 2, before, len(asked) + 6, len(asked) + 6 - len(own), amount)

    def nothing_waits_locked(side: Side, random: Random) -> None:
        """No transaction stays open while the payment company is asked."""
        waiting: list[int] = []
        requests = [add_request(1, drawn(random, "waits")) for _ in range(2 * PARALLEL)]
        requests += [add_request(2, drawn(random, "waits")) for _ in range(PARALLEL)]
        with ThreadPoolExecutor(PARALLEL) as threads:
            asked: list[Future[Answer]] = [threads.submit(side.call, request) for request in requests]
            while len(waiting) < LOOKS and not all(one.done() for one in asked):
                waiting.append(int(side.program("waiting_transactions", {})[0][0]))
        stored = [good(one.result(), 201)["id"] for one in asked]
        with ThreadPoolExecutor(PARALLEL) as threads:
            back = [threads.submit(side.call, withdraw_request(pledge)) for pledge in stored]
            while len(waiting) < 2 * LOOKS and not all(one.done() for one in back):
                waiting.append(int(side.program("waiting_transactions", {})[0][0]))
        for one in back:
            good(one.result(), 200)
        found = sum(count > 0 for count in waiting)
        if found > MOST_WAITING:
            raise Violation(
                f"transactions were left open and idle: {found} of {len(waiting)} looks found some",
                f"sessions idle in a transaction for more than 30 ms, look by look: {waiting}",
            )

    return [
        Trial("pledges add up", pledges_add_up),
        Trial("a key is pledged once", pledged_once),
        Trial("a key is for one request", one_request_for_a_key),
        Trial("a pledge is counted when it is answered", counted_when_answered),
        Trial("a pledge is withdrawn once", withdrawn_once),
        Trial("pledges, withdrawals and imports add up", all_at_once),
        Trial("no transaction waits for the payment company", nothing_waits_locked, rounds=2),
    ]


def _board(side: Side, campaign: int) -> tuple[int, int, int]:
    """Last number, pledges and amount raised, as another program sees them."""
    rows = side.program("board", {"campaign_id": campaign})
    return int(rows[0][1]), int(rows[0][2]), int(rows[0][3])


def _require_counted(
    side: Side, campaign: int, before: tuple[int, int, int], numbers: int, pledges: int, amount_minor: int
) -> None:
    """The counters grew by just so much, at once and for everybody, and agree with the pledges."""
    expected = (before[0] + numbers, before[1] + pledges, before[2] + amount_minor)
    found = _board(side, campaign)
    if found != expected:
        raise Violation(
            "the counters are wrong for other programs",
            f"last_number, pledges, raised_minor expected: {expected}\nfound: {found}",
        )
    shown = good(side.call(campaign_request(campaign)), 200)
    if (shown["pledges"], shown["raised_minor"]) != expected[1:]:
        raise Violation("the service shows other counters than there are", f"expected {expected[1:]}, found {shown}")
    rows: list[tuple[Any, ...]] = side.program("audit", {"campaign_id": campaign})
    active = [int(row[2]) for row in rows if row[4] == "active"]
    if [int(row[0]) for row in rows] != list(range(1, expected[0] + 1)):
        raise Violation("the pledges' numbers have gaps or repeat", str([row[0] for row in rows][-40:]))
    if (len(active), sum(active)) != expected[1:]:
        raise Violation(
            "the counters do not agree with the pledges", f"{expected[1:]} and {(len(active), sum(active))}"
        )


def _labels(answers: Sequence[Answer]) -> str:
    return "\n".join(answer.label for answer in answers)

"""Questions that only parallel requests can answer."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from scorers.performance.patience import patiently
from scorers.performance.traffic import Answer
from scorers.performance.workload import Side, Trial, Violation
from scorers.performance.workloads.comparable import good
from scorers.performance.workloads.order_history.shop import (
    SUMMARY_PATIENCE_S,
    Sizes,
    add_request,
    cancel_request,
    order_request,
    page_request,
    place_request,
    summary_request,
    walk,
)
from scorers.performance.workloads.parallel import in_parallel, together

PARALLEL = 12


def trials(sizes: Sizes) -> Sequence[Trial]:
    """The questions, in a shop of these sizes."""
    private = sizes.business + 7

    def placed(side: Side, body: Any) -> int:
        return good(side.call(place_request(private, body)), 201)["id"]

    def additions_add_up(side: Side, random: Random) -> None:
        """None of several additions to one line is lost."""
        order = placed(side, {"lines": [{"product_id": 3, "quantity": 1}]})
        amounts = [random.randint(1, 9) for _ in range(PARALLEL)]
        answers = together(side, [add_request(order, {"product_id": 3, "quantity": amount}) for amount in amounts])
        _require_all(answers, {200}, "additions in parallel")
        _require_lines(side, order, {3: 1 + sum(amounts)}, f"after {PARALLEL} additions of {amounts}")

    def one_line_a_product(side: Side, _: Random) -> None:
        """Several additions of a product that is not in the order yet make one line."""
        order = placed(side, {"lines": [{"product_id": 3, "quantity": 1}]})
        requests = [add_request(order, {"product_id": 5 + number % 2, "quantity": 2}) for number in range(PARALLEL)]
        _require_all(together(side, requests), {200}, "additions in parallel")
        _require_lines(side, order, {3: 1, 5: PARALLEL, 6: PARALLEL}, "after additions of two new products")

    def never_too_many(side: Side, _: Random) -> None:
        """A line never gets above its limit."""
        order = placed(side, {"lines": [{"product_id": 3, "quantity": 1}]})
        answers = together(side, [add_request(order, {"product_id": 3, "quantity": 300})] * PARALLEL)
        _require_all(answers, {200, 409}, "additions in parallel")
        accepted = sum(answer.status == 200 for answer in answers)
        if accepted != 3:
            raise Violation(f"{accepted} additions of 300 were accepted where 3 have room", _labels(answers))
        _require_lines(side, order, {3: 901}, "after additions of 300")

    def cancelled_once(side: Side, _: Random) -> None:
        """Of several cancellations one succeeds, and nothing is added after it."""
        order = placed(side, {"lines": [{"product_id": 3, "quantity": 1}]})
        add, cancel = add_request(order, {"product_id": 3, "quantity": 1}), cancel_request(order)
        requests = [add if number % 3 else cancel for number in range(PARALLEL)]
        answers = together(side, requests)
        _require_all(answers, {200, 409}, "cancellations and additions in parallel")
        by_kind = list(zip(requests, answers, strict=True))
        cancelled = sum(answer.status == 200 for request, answer in by_kind if request is cancel)
        if cancelled != 1:
            raise Violation(f"{cancelled} of several cancellations succeeded, must be 1", _labels(answers))
        added = sum(answer.status == 200 for request, answer in by_kind if request is add)
        _require_lines(side, order, {3: 1 + added}, f"after {added} additions that were accepted")

    def nothing_lost_between_programs(side: Side, _: Random) -> None:
        """What another program does at the same time is not undone."""
        order = placed(side, {"lines": [{"product_id": 3, "quantity": 1}]})
        add = add_request(order, {"product_id": 4, "quantity": 1})

        def ship() -> Answer:
            side.program("ship_order", {"order_id": order})
            return Answer(200, "shipped")

        calls: list[Callable[[], Answer]] = [lambda: side.call(add) for _ in range(PARALLEL - 1)]
        answers = in_parallel([*calls[:5], ship, *calls[5:]])
        _require_all(answers, {200, 409}, "additions while the order is shipped")
        shown = good(side.call(order_request(order)), 200)
        if shown["status"] != "shipped":
            raise Violation("a shipment by another program was undone by additions", str(shown))

    def orders_appear_once(side: Side, random: Random) -> None:
        """Orders placed at the same time are all in the history, once, and in the summary."""
        before = _ids(side, private)
        bodies = [{"lines": [{"product_id": random.randint(1, 50), "quantity": 1}]} for _ in range(PARALLEL)]
        answers = together(side, [place_request(private, body) for body in bodies])
        _require_all(answers, {201}, "orders in parallel")
        _require_same(_ids(side, private), before + [answer.body["id"] for answer in answers], "orders in the history")

    def pages_stand_still(side: Side, random: Random) -> None:
        """Whoever walks through the pages sees each order once that was there from first to last."""
        customer = random.randint(1, sizes.business)
        before = _ids(side, customer)
        seen: list[int] = []
        cursor: str | None = None
        for number in range(200):
            body = good(side.call(page_request(customer, limit=10, cursor=cursor)), 200)
            seen += [order["id"] for order in body["orders"]]
            cursor = body["next_cursor"]
            if cursor is None:
                break
            new = {"lines": [{"product_id": 1 + number % 9, "quantity": 1}]}
            good(side.call(place_request(customer, new)), 201)
        known = set(before)
        _require_same([order for order in seen if order in known], before, "orders met while new ones came in")

    def summary_agrees(side: Side, _: Random) -> None:
        """After parallel changes the summary counts what is there."""
        customer = sizes.business + 9
        bodies = [{"lines": [{"product_id": 2, "quantity": 1 + number % 3}]} for number in range(PARALLEL)]
        orders = together(side, [place_request(customer, body) for body in bodies])
        _require_all(orders, {201}, "orders in parallel")
        ids = [answer.body["id"] for answer in orders]
        together(side, [add_request(order, {"product_id": 2, "quantity": 2}) for order in ids[:8] for _ in range(2)])
        together(side, [cancel_request(order) for order in ids[:4]])
        _require_summary(side, customer)

    return [
        Trial("additions to one line add up", additions_add_up),
        Trial("a product has one line", one_line_a_product),
        Trial("a line keeps its limit", never_too_many),
        Trial("an order is cancelled once", cancelled_once),
        Trial("other programs' changes stay", nothing_lost_between_programs),
        Trial("parallel orders appear once", orders_appear_once),
        Trial("pages neither repeat nor skip while orders come in", pages_stand_still, rounds=1),
        Trial("the summary agrees with the orders", summary_agrees, rounds=1),
    ]


def _ids(side: Side, customer: int) -> list[int]:
    pages = walk(side, customer, limit=100)
    if isinstance(pages, Answer):
        raise Violation("no page of orders", pages.label)
    return [order["id"] for page in pages for order in page["orders"]]


def _require_all(answers: Sequence[Answer], allowed: set[int], what: str) -> None:
    if any(answer.status not in allowed for answer in answers):
        raise Violation(f"{what}: statuses other than {sorted(allowed)}", _labels(answers))


def _require_lines(side: Side, order: int, expected: dict[int, int], when: str) -> None:
    shown = good(side.call(order_request(order)), 200)
    lines = [(line["product_id"], line["quantity"]) for line in shown["lines"]]
    numbers = [line["line_no"] for line in shown["lines"]]
    if len(lines) != len(expected) or dict(lines) != expected or len(set(numbers)) != len(numbers):
        raise Violation(
            f"the order's lines are wrong {when}",
            f"products and quantities expected: {expected}\nfound: {shown['lines']}",
        )


def _require_same(found: Sequence[int], expected: Sequence[int], what: str) -> None:
    missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    if missing or extra:
        raise Violation(
            f"{what}: {missing.total()} missing, {extra.total()} too many",
            f"missing: {dict(missing)}\ntoo many: {dict(extra)}",
        )


def _require_summary(side: Side, customer: int) -> None:
    """The truth is in the other programs' ledger, which reads the tables."""
    rows = side.program("ledger", {"customer_id": customer})
    units = sum(int(row[5]) for row in rows if row[1] != "cancelled")

    def agrees(answer: Answer) -> bool:
        return answer.fields.get("units") == units

    answer, _ = patiently(side, summary_request(customer), agrees, SUMMARY_PATIENCE_S)
    if not agrees(answer):
        raise Violation(f"the summary counts other units than the {units} in the orders", answer.label)


def _labels(answers: Sequence[Answer]) -> str:
    return "\n".join(answer.label for answer in answers)

"""What is done on baseline and candidate alike: each clause of the contract, then requests drawn at random."""

from collections.abc import Callable
from random import Random
from typing import Any

from scorers.performance.traffic import Request
from scorers.performance.workload import Side, Step
from scorers.performance.workloads.order_history.shop import (
    SUMMARY_PATIENCE_S,
    Shop,
    Sizes,
    add_request,
    cancel_request,
    order_request,
    page_request,
    place_request,
    summary_request,
)

STATUSES = ("open", "shipped", "delivered", "cancelled")
GENERATED_STEPS = 160

ODD_IDS: tuple[object, ...] = (0, -1, 2**63 - 1, 2**63, "abc", "1.5", "%C3%A9")
ODD_LIMITS: tuple[object, ...] = (0, -1, 1, 100, 101, 100000, "ten", "2.5")
ODD_STATUSES: tuple[object, ...] = ("OPEN", "paid", "open ", "'; --")
ODD_CURSORS = ("!!", "x", "b2Zmc2V0OmFiYw==", "eyJhIjogMX0=", "é", "0", "' OR 1=1", "A" * 300)

Act = Callable[[Shop], Any]


def recorded(sizes: Sizes) -> list[Step]:
    """Each clause once."""
    make = _Maker(sizes)
    business, private, nobody = 1, sizes.business + 3, sizes.customers
    steps = [
        *(make.asks(page_request(customer)) for customer in (business, private, nobody, sizes.customers + 1)),
        *(make.walks(business, limit, None) for limit in (None, 1, 7, 60, 100)),
        *(make.walks(customer, 5, status) for customer in (business, private) for status in STATUSES),
        make.walks(nobody, 10, None),
        *(make.asks(page_request(odd)) for odd in ODD_IDS),
        *(make.asks(order_request(odd)) for odd in ODD_IDS),
        *(make.asks(summary_request(odd)) for odd in ODD_IDS),
        *(make.asks(page_request(business, limit=odd)) for odd in ODD_LIMITS),
        *(make.asks(page_request(business, status=odd)) for odd in ODD_STATUSES),
        *(make.asks(page_request(business, cursor=odd)) for odd in ODD_CURSORS),
        *(make.asks(order_request(order)) for order in (1, 3, 40, 97, 194, sizes.all_orders)),
        *(make.asks(summary_request(customer)) for customer in (business, private, nobody, sizes.customers + 1)),
    ]
    return steps + _writes(make, sizes)


def generated(sizes: Sizes, random: Random) -> list[Step]:
    """Requests drawn at random, reads and writes mixed with the statements of other programs."""
    make = _Maker(sizes)
    drawn: list[Step] = []
    for _ in range(GENERATED_STEPS):
        customer = random.choice([random.randint(1, sizes.business), random.randint(1, sizes.customers)])
        order = random.choice([random.randint(1, sizes.all_orders), f"new:{random.randint(0, 12)}"])
        drawn.append(random.choice(_KINDS)(make, random, customer, order))
    touched = [make.walks(customer, 100, None) for customer in range(1, sizes.business + 1)]
    return drawn + touched + [make.program("ledger", customer_id=customer) for customer in range(1, 12)]


def _writes(make: "_Maker", sizes: Sizes) -> list[Step]:
    """Placing, changing and cancelling, each refusal, and what other programs do in between."""
    line = {"product_id": 7, "quantity": 3}
    bodies: list[Any] = [
        {"lines": [line]},
        {"discount_permille": 125, "lines": [line, {"product_id": 7, "quantity": 1}, {"product_id": 9, "quantity": 4}]},
        {"discount_permille": 1000, "lines": [{"product_id": number, "quantity": 1000} for number in range(1, 51)]},
        {"discount_permille": 1, "lines": [{"product_id": number, "quantity": 500} for number in range(1, 9)]},
    ]
    refused: list[Any] = [
        {"lines": []},
        {"lines": [line] * 51},
        {},
        {"lines": [line], "discount_permille": 1001},
        {"lines": [line], "discount_permille": -1},
        {"lines": [{"product_id": 7, "quantity": 0}]},
        {"lines": [{"product_id": 7, "quantity": 1001}]},
        {"lines": [{"product_id": "7", "quantity": 1}]},
        {"lines": [{"product_id": 7, "quantity": 1.5}]},
        {"lines": [line, {"product_id": sizes.products + 1, "quantity": 1}]},
        [line],
        "text",
    ]
    private = sizes.business + 4
    return [
        *(make.places(private, body) for body in bodies),
        *(make.places(private, body) for body in refused),
        make.places(sizes.customers + 1, {"lines": [line]}),
        make.walks(private, 3, None),
        make.asks(summary_request(private)),
        make.adds("new:0", {"product_id": 7, "quantity": 2}),
        make.adds("new:1", {"product_id": 7, "quantity": 2}),
        make.adds("new:0", {"product_id": 11, "quantity": 5}),
        make.adds("new:0", {"product_id": 7, "quantity": 996}),
        make.adds("new:0", {"product_id": 7, "quantity": 995}),
        make.adds("new:0", {"product_id": sizes.products + 1, "quantity": 1}),
        make.adds("new:0", {"product_id": 7, "quantity": 0}),
        make.adds("new:0", {"product_id": 7}),
        make.adds(sizes.all_orders + 10_000, {"product_id": 7, "quantity": 1}),
        make.program("ship_order", order_id="new:0"),
        make.adds("new:0", {"product_id": 7, "quantity": 1}),
        make.cancels("new:0"),
        make.cancels("new:1"),
        make.cancels("new:1"),
        make.adds("new:1", {"product_id": 7, "quantity": 1}),
        make.cancels(sizes.all_orders + 10_000),
        make.shows("new:0"),
        make.shows("new:1"),
        make.program("correct_quantity", order_id="new:2", line_no=50, quantity=2),
        make.program("remove_order", order_id=5),
        make.asks(order_request(5)),
        make.program("rename_product", product_id=7, title="Ein neuer “Titel”, naïve"),
        make.program("import_orders", customer_id=private, placed_at="2020-05-05T05:05:05Z", orders=7),
        make.walks(private, 4, None),
        make.walks(private, 4, "delivered"),
        make.asks(summary_request(private)),
    ]


class _Maker:
    """Makes steps that work on both sides, whatever ids they hand out."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes

    def step(self, label: str, act: Act, patience_s: float = 0.0) -> Step:
        sizes = self._sizes

        def run(side: Side) -> Any:
            return act(Shop(side, sizes))

        return Step(label, run, patience_s)

    def asks(self, request: Request) -> Step:
        patience_s = SUMMARY_PATIENCE_S if request.endpoint == "summary" else 0.0
        return self.step(request.label, lambda shop: shop.answer(request), patience_s)

    def walks(self, customer: object, limit: int | None, status: str | None) -> Step:
        label = f"all pages of {page_request(customer, limit=limit, status=status).label}"
        return self.step(label, lambda shop: shop.walk(customer, limit=limit, status=status))

    def places(self, customer: object, body: Any) -> Step:
        return self.step(
            f"customer {customer} orders {str(body)[:120]}", lambda shop: shop.create(place_request(customer, body))
        )

    def adds(self, order: int | str, body: Any) -> Step:
        return self.step(
            f"order {order} gets {body}", lambda shop: shop.answer(add_request(shop.known_id(order), body))
        )

    def cancels(self, order: int | str) -> Step:
        return self.step(f"cancel order {order}", lambda shop: shop.answer(cancel_request(shop.known_id(order))))

    def shows(self, order: int | str) -> Step:
        return self.step(f"order {order}", lambda shop: shop.answer(order_request(shop.known_id(order))))

    def program(self, name: str, **params: Any) -> Step:
        def act(shop: Shop) -> Any:
            known = {key: shop.known_id(value) if key == "order_id" else value for key, value in params.items()}
            return [[str(value) for value in row] for row in shop.side.program(name, known)]

        return self.step(f"another program: {name} {params}", act)


def _walk(make: _Maker, random: Random, customer: int, _: int | str) -> Step:
    return make.walks(customer, random.choice([3, 20, 64, 100]), random.choice([None, None, *STATUSES]))


def _page(make: _Maker, random: Random, customer: int, _: int | str) -> Step:
    return make.asks(
        page_request(customer, limit=random.choice([None, *range(1, 101)]), status=random.choice([None, *STATUSES]))
    )


def _show(make: _Maker, _: Random, __: int, order: int | str) -> Step:
    return make.shows(order)


def _sum_up(make: _Maker, _: Random, customer: int, __: int | str) -> Step:
    return make.asks(summary_request(customer))


def _place(make: _Maker, random: Random, customer: int, _: int | str) -> Step:
    lines = [
        {"product_id": random.randint(1, 52), "quantity": random.choice([1, 2, 7, 333, 1000])}
        for _ in range(random.randint(1, 6))
    ]
    return make.places(customer, {"discount_permille": random.choice([0, 5, 15, 125, 333, 500]), "lines": lines})


def _add(make: _Maker, random: Random, _: int, order: int | str) -> Step:
    return make.adds(order, {"product_id": random.randint(1, 52), "quantity": random.choice([1, 3, 400, 1000])})


def _cancel(make: _Maker, _: Random, __: int, order: int | str) -> Step:
    return make.cancels(order)


def _other(make: _Maker, random: Random, customer: int, order: int | str) -> Step:
    match random.randint(0, 5):
        case 0:
            return make.program("ship_order", order_id=order)
        case 1:
            return make.program("deliver_order", order_id=order)
        case 2:
            placed_at = f"2020-01-{random.randint(1, 28):02d}T10:00:00Z"
            return make.program("import_orders", customer_id=customer, placed_at=placed_at, orders=random.randint(1, 4))
        case 3:
            return make.program("correct_quantity", order_id=order, line_no=1, quantity=random.randint(1, 1000))
        case 4:
            return make.program("remove_order", order_id=order)
        case _:
            title = f"Renamed {random.randint(1, 99)}"
            return make.program("rename_product", product_id=random.randint(1, 50), title=title)


_KINDS: tuple[Callable[[_Maker, Random, int, int | str], Step], ...] = (
    _walk,
    _walk,
    _page,
    _show,
    _show,
    _sum_up,
    _place,
    _add,
    _add,
    _cancel,
    _other,
    _other,
)

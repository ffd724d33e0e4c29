"""Changes by other programs, and by the service itself, that answers must show."""

from collections.abc import Callable
from random import Random
from typing import Any

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import FreshCase, Side
from scorers.performance.workloads.order_history.shop import (
    SUMMARY_ALLOWED_S,
    Shop,
    Sizes,
    add_request,
    order_request,
    page_request,
    place_request,
    summary_request,
)

_OPEN = {1, 7}


def is_open(order: int) -> bool:
    """Whether the seed stored the order as open; see `fixtures/seed/seed.sql`."""
    return order * 31 % 9 in _OPEN


def orders_of(sizes: Sizes, company: int) -> list[int]:
    """The seeded orders of one of the companies, by id."""
    return [
        order for order in range(1, sizes.business * sizes.business_orders + 1) if 1 + order % sizes.business == company
    ]


def fresh_cases(sizes: Sizes, random: Random) -> list[FreshCase]:
    """One case for each thing that changes, in other places on each call."""
    company = random.randint(1, sizes.business)
    with_lines = [order for order in orders_of(sizes, company) if order % 97]
    to_ship, to_fill = random.sample([order for order in with_lines if is_open(order)], 2)
    corrected, removed = random.sample([order for order in with_lines if not is_open(order)], 2)
    pages = [page_request(company), page_request(company, limit=100), page_request(company, limit=100, status="open")]
    year = random.randint(2023, 2025)
    imported = {"customer_id": company, "placed_at": f"{year}-02-03T04:05:06Z", "orders": 2}
    renamed = {"product_id": 11, "title": f"Renamed {random.randint(1, 10**9)}"}

    def program(name: str, **params: Any) -> Callable[[Side], None]:
        def change(side: Side) -> None:
            side.program(name, params)

        return change

    def request(asked: Request) -> Callable[[Side], None]:
        def change(side: Side) -> None:
            side.call(asked)

        return change

    def case(name: str, looks: list[Request], change: Callable[[Side], None], allowed_s: float = 0.0) -> FreshCase:
        return FreshCase(name, looks, change, allowed_s, lambda side, answer: _comparable(sizes, side, answer))

    new = {"lines": [{"product_id": 5, "quantity": 2}]}
    return [
        case("orders imported by another program", pages, program("import_orders", **imported)),
        case(
            "an order shipped by another program",
            [order_request(to_ship), *pages],
            program("ship_order", order_id=to_ship),
        ),
        case(
            "a quantity corrected by another program",
            [order_request(corrected), *pages],
            program("correct_quantity", order_id=corrected, line_no=1, quantity=random.randint(10, 1000)),
        ),
        case(
            "a product renamed by another program",
            [order_request(corrected), pages[0]],
            program("rename_product", **renamed),
        ),
        case(
            "an order removed by another program",
            [order_request(removed), *pages],
            program("remove_order", order_id=removed),
        ),
        case("an order placed through the service", pages, request(place_request(company, new))),
        case(
            "a line added through the service",
            [order_request(to_fill), *pages],
            request(add_request(to_fill, {"product_id": 5, "quantity": 2})),
        ),
        case(
            "orders imported by another program, in the summary",
            [summary_request(company)],
            program("import_orders", **imported),
            SUMMARY_ALLOWED_S,
        ),
    ]


def _comparable(sizes: Sizes, side: Side, answer: Answer) -> Any:
    return Shop(side, sizes).comparable(answer)

"""Talking to the order history: its requests, its pages, and its answers in a comparable form."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side
from scorers.performance.workloads.comparable import ComparableSide, Json
from scorers.performance.workloads.paging import MOST_PAGES, Paging, walk_pages

PAGES = Paging("orders", "next_cursor", also=frozenset({"total"}))

SUMMARY_ALLOWED_S = 5.0
"""How old a summary may be, as the prompt says; everything else shows at once."""

SUMMARY_PATIENCE_S = SUMMARY_ALLOWED_S + 1
"""How long a summary is waited for: a little longer, for the request's own time on a busy machine."""


@dataclass(frozen=True)
class Sizes:
    """What the seed stored; see `fixtures/seed/seed.sql`."""

    customers: int
    business: int
    business_orders: int
    orders: int
    products: int

    @property
    def all_orders(self) -> int:
        """The highest id of a seeded order."""
        return self.business * self.business_orders + self.orders

    @property
    def with_orders(self) -> int:
        """Customers up to this id have orders; the last five have none."""
        return self.customers - 5


def page_request(
    customer: object, *, limit: object = None, status: object = None, cursor: str | None = None
) -> Request:
    """A page of a customer's orders."""
    given = {"limit": limit, "status": status, "cursor": cursor}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return Request("orders_page", "GET", f"/v1/customers/{customer}/orders" + (f"?{query}" if query else ""))


def order_request(order: object) -> Request:
    """The details of an order."""
    return Request("order", "GET", f"/v1/orders/{order}")


def summary_request(customer: object) -> Request:
    """A customer's summary."""
    return Request("summary", "GET", f"/v1/customers/{customer}/summary")


def place_request(customer: object, body: Any) -> Request:
    """A new order."""
    return Request("place_order", "POST", f"/v1/customers/{customer}/orders", body)


def add_request(order: object, body: Any) -> Request:
    """More of a product for an order."""
    return Request("add_line", "POST", f"/v1/orders/{order}/lines", body)


def cancel_request(order: object) -> Request:
    """An order's cancellation."""
    return Request("cancel", "POST", f"/v1/orders/{order}/cancel")


class Shop(ComparableSide):
    """One side's shop, with answers made comparable."""

    def __init__(self, side: Side, sizes: Sizes) -> None:
        super().__init__(side, seeded=sizes.all_orders)

    def walk(self, customer: object, *, limit: int | None = None, status: str | None = None) -> Any:
        """All pages of a customer's orders: the sizes of the pages, the totals, and the orders one after the other."""
        pages = walk(self.side, customer, limit=limit, status=status)
        if isinstance(pages, Answer):
            return self.comparable(pages)
        orders = [order for page in pages for order in page["orders"]]
        return {
            "sizes": [len(page["orders"]) for page in pages],
            "total": pages[0].get("total"),
            # After the first page, `total` may be there or null, but never wrong.
            "wrong_totals": [page.get("total") for page in pages if page.get("total") not in {None, pages[0]["total"]}],
            "fields": sorted({name for page in pages for name in page}),
            "customers": sorted({str(page.get("customer_id")) for page in pages}),
            "orders": self.without_ids(orders),
        }


def walk(
    side: Side, customer: object, *, limit: int | None = None, status: str | None = None, most_pages: int = MOST_PAGES
) -> list[Json] | Answer:
    """The pages of a customer's orders, at most `most_pages`, or the first answer that is none. Raises Violation."""
    return walk_pages(
        side,
        PAGES,
        lambda cursor: page_request(customer, limit=limit, status=status, cursor=cursor),
        most_pages=most_pages,
    )

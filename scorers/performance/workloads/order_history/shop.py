"""Talking to the order history: its requests, and its answers in a form that two databases have in common.

Ids that a side hands out, and times at which it placed an order, differ between sides without being wrong. They are
replaced by their place in the order in which they were first seen.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side, Violation

JUST_NOW = timedelta(seconds=120)
MOST_PAGES = 400

SUMMARY_ALLOWED_S = 5.0
"""How old a summary may be, as the prompt says; everything else shows at once."""

SUMMARY_PATIENCE_S = SUMMARY_ALLOWED_S + 1
"""How long a summary is waited for: a little longer, for the request's own time on a busy machine."""

Json = dict[str, Any]


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


class Shop:
    """One side's shop, with answers made comparable."""

    def __init__(self, side: Side, sizes: Sizes) -> None:
        self.side = side
        self._sizes = sizes
        self._seen: dict[int, str] = side.notes.setdefault("seen", {})
        self._created: list[int] = side.notes.setdefault("created", [])

    def order_id(self, reference: int | str) -> object:
        """The id of an order: as seeded, or `new:3`, the one created fourth (on this side)."""
        if isinstance(reference, int) or not reference.startswith("new:"):
            return reference
        number = int(reference.removeprefix("new:"))
        return self._created[number] if number < len(self._created) else 0

    def answer(self, request: Request) -> Any:
        """Send `request` and return its status and body, comparable."""
        return self.comparable(self.side.call(request))

    def comparable(self, answer: Answer) -> Any:
        """Status and body without what may differ between two sides."""
        return {"status": answer.status, "body": self._comparable(answer.body)}

    def place(self, customer: object, body: Any) -> Any:
        """Place an order and remember its id."""
        answer = self.side.call(place_request(customer, body))
        if answer.status == 201:
            order_id = answer.fields.get("id")
            self._created.append(order_id if isinstance(order_id, int) else 0)
        return self.comparable(answer)

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
            "orders": self._comparable(orders),
        }

    def _comparable(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._comparable(inner, key) for key, inner in cast("Json", value).items()}
        if isinstance(value, list):
            return [self._comparable(inner, name) for inner in cast("list[Any]", value)]
        if name == "id" and isinstance(value, int) and value > self._sizes.all_orders:
            return self._seen.setdefault(value, f"new:{len(self._seen)}")
        if name == "next_cursor" and isinstance(value, str):
            return "a cursor"
        if name.endswith("_at") and isinstance(value, str):
            return _instant(value)
        return value


def walk(
    side: Side, customer: object, *, limit: int | None = None, status: str | None = None, most_pages: int = MOST_PAGES
) -> list[Json] | Answer:
    """The pages of a customer's orders, at most `most_pages`, or the first answer that is none. Raises Violation."""
    pages: list[Json] = []
    cursor: str | None = None
    while len(pages) < most_pages:
        request = page_request(customer, limit=limit, status=status, cursor=cursor)
        answer = side.call(request)
        page = page_of(answer)
        if page is None:
            if pages:
                raise Violation(f"a page after the first has no answer: {request.label}", answer.label)
            return answer
        pages.append(page)
        following = page.get("next_cursor")
        if following is None:
            return pages
        if not isinstance(following, str) or following == cursor:
            raise Violation(f"next_cursor leads nowhere: {request.label}", answer.label)
        cursor = following
    return pages


def page_of(answer: Answer) -> Json | None:
    """The body of a good page, None when it is none."""
    body = answer.fields
    good = answer.status == 200 and isinstance(body.get("orders"), list) and {"total", "next_cursor"} <= set(body)
    return body if good else None


def _instant(text: str) -> str:
    """An instant in one spelling; `now` for one that has just been."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return f"no time: {text!r}"
    if instant.tzinfo is None:
        return f"no time zone: {text!r}"
    if abs(datetime.now(UTC) - instant) < JUST_NOW:
        return "now"
    return instant.astimezone(UTC).isoformat()

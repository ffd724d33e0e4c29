"""A shop in plain Python: what the contract of `ecommerce_orders` says the database must answer."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from scorers.database_schema.values import Value

RULE = ["23514"]
TEXT_RULE = ["23514", "22001"]
NULL = ["23502", "23514", "22004"]
DUPLICATE = ["23505"]
ORPHAN = ["23503"]
ORDERED = ["23503", "23001"]
TOO_LARGE = ["23514", "22003"]

MAX_PRICE = 10**16
MAX_QUANTITY = 100
MAX_BIGINT = 2**63 - 1

RowDict = dict[str, Value]


@dataclass
class Variant:
    """A variant with its price and stock."""

    id: Value
    product_id: Value
    category_id: Value
    title: str
    sku: str
    label: str
    price: int
    currency: str
    discontinued: bool = False
    on_hand: int = 0
    reserved: int = 0

    @property
    def available(self) -> int:
        """Pieces that can still be promised."""
        return self.on_hand - self.reserved

    @property
    def key(self) -> str:
        """The SKU as the contract compares and sorts it."""
        return self.sku.lower()


@dataclass(frozen=True)
class Line:
    """An order line, with what was agreed when the order was placed."""

    variant_id: Value
    sku: str
    title: str
    label: str
    quantity: int
    unit_price: int


@dataclass
class Payment:
    """A capture and what went back of it."""

    id: Value
    amount: int
    refunded: int = 0


@dataclass
class Order:
    """An order, its lines and its money."""

    id: Value
    customer: UUID
    key: str
    placed_at: datetime
    currency: str
    lines: list[Line]
    status: str = "pending"
    payments: list[Payment] = field(default_factory=list[Payment])

    @property
    def total(self) -> int:
        """What the customer owes."""
        return sum(line.quantity * line.unit_price for line in self.lines)

    @property
    def captured(self) -> int:
        """What came in; refunds do not lower it."""
        return sum(payment.amount for payment in self.payments)


@dataclass
class Shop:
    """The state of the shop, keyed by the ids that the submission hands out."""

    slugs: dict[Value, str] = field(default_factory=dict[Value, str])
    products: dict[Value, tuple[Value, str]] = field(default_factory=dict[Value, tuple[Value, str]])
    variants: dict[Value, Variant] = field(default_factory=dict[Value, Variant])
    carts: dict[UUID, dict[Value, int]] = field(default_factory=lambda: defaultdict[UUID, dict[Value, int]](dict))
    orders: list[Order] = field(default_factory=list[Order])
    capture_refs: set[str] = field(default_factory=set[str])
    refund_refs: set[str] = field(default_factory=set[str])

    def checkout_refusals(self, customer: UUID) -> list[str]:
        """The SQLSTATEs that checking out this cart may be refused with; none when it must succeed."""
        items = [(self.variants[id_], quantity) for id_, quantity in self.carts[customer].items()]
        if not items or len({variant.currency for variant, _ in items}) > 1:
            return RULE
        if any(variant.discontinued or variant.available < quantity for variant, quantity in items):
            return RULE
        return TOO_LARGE if sum(variant.price * quantity for variant, quantity in items) > MAX_BIGINT else []

    def check_out(self, customer: UUID, key: str, placed_at: datetime, order_id: Value) -> Order:
        """Turn the cart into an order."""
        cart = self.carts.pop(customer)
        lines: list[Line] = []
        for variant, quantity in sorted(((self.variants[i], q) for i, q in cart.items()), key=lambda item: item[0].key):
            variant.reserved += quantity
            lines.append(Line(variant.id, variant.sku, variant.title, variant.label, quantity, variant.price))
        order = Order(order_id, customer, key, placed_at, self.variants[lines[0].variant_id].currency, lines)
        self.orders.append(order)
        return order

    def leave(self, order: Order, status: str) -> None:
        """Ship or cancel: the pieces are no longer reserved."""
        for line in order.lines:
            variant = self.variants[line.variant_id]
            variant.reserved -= line.quantity
            variant.on_hand -= line.quantity if status == "shipped" else 0
        order.status = status

    def order_with_key(self, customer: UUID, key: str) -> Order | None:
        """The customer's order with this idempotency key."""
        return next((order for order in self.orders if (order.customer, order.key) == (customer, key)), None)

    def was_ordered(self, variant: Variant) -> bool:
        """Whether any order ever held the variant."""
        return any(line.variant_id == variant.id for order in self.orders for line in order.lines)

    def catalogue(self, category_id: Value, currency: str, low: int | None, high: int | None) -> list[RowDict]:
        """All pages of list_catalog."""
        found = [
            variant
            for variant in self.variants.values()
            if variant.category_id == category_id
            and variant.currency == currency
            and not variant.discontinued
            and (low is None or variant.price >= low)
            and (high is None or variant.price <= high)
        ]
        return [
            {
                "variant_id": variant.id,
                "product_id": variant.product_id,
                "sku": variant.sku,
                "title": variant.title,
                "label": variant.label,
                "price_minor": variant.price,
                "available": variant.available,
            }
            for variant in sorted(found, key=lambda variant: (variant.price, variant.key))
        ]

    def low_stock(self, threshold: int) -> list[RowDict]:
        """All pages of low_stock."""
        found = [v for v in self.variants.values() if not v.discontinued and v.available <= threshold]
        return [
            {"variant_id": variant.id, "sku": variant.sku, "available": variant.available}
            for variant in sorted(found, key=lambda variant: (variant.available, variant.key))
        ]

    def history(self, customer: UUID) -> list[RowDict]:
        """All pages of list_orders."""
        found = [order for order in self.orders if order.customer == customer]
        return [
            {
                "order_id": order.id,
                "idempotency_key": order.key,
                "status": order.status,
                "currency": order.currency,
                "total_minor": order.total,
                "placed_at": order.placed_at.astimezone(UTC),
            }
            for order in sorted(found, key=lambda order: (order.placed_at, order.key), reverse=True)
        ]

    def cart_rows(self, customer: UUID) -> list[RowDict]:
        """show_cart."""
        items = [(self.variants[id_], quantity) for id_, quantity in self.carts[customer].items()]
        return [
            {
                "variant_id": variant.id,
                "sku": variant.sku,
                "title": variant.title,
                "label": variant.label,
                "quantity": quantity,
                "unit_price_minor": variant.price,
                "currency": variant.currency,
                "line_total_minor": variant.price * quantity,
            }
            for variant, quantity in sorted(items, key=lambda item: item[0].key)
        ]

    def report(self, first: date, last: date) -> list[RowDict]:
        """daily_sales."""
        groups: dict[tuple[date, str], list[Order]] = defaultdict(list)
        for order in self.orders:
            day = order.placed_at.astimezone(UTC).date()
            if order.status != "cancelled" and first <= day <= last:
                groups[day, order.currency].append(order)
        return [
            {
                "day": day,
                "currency": currency,
                "orders": len(orders),
                "units": sum(line.quantity for order in orders for line in order.lines),
                "gross_minor": Decimal(sum(order.total for order in orders)).normalize() + 0,
            }
            for (day, currency), orders in sorted(groups.items())
        ]


def variant_row(variant: Variant) -> RowDict:
    """get_variant."""
    return {
        "variant_id": variant.id,
        "sku": variant.sku,
        "price_minor": variant.price,
        "currency": variant.currency,
        "discontinued": variant.discontinued,
        "on_hand": variant.on_hand,
        "reserved": variant.reserved,
        "available": variant.available,
    }


def order_row(order: Order) -> RowDict:
    """get_order."""
    return {
        "customer_id": order.customer,
        "status": order.status,
        "currency": order.currency,
        "total_minor": order.total,
        "captured_minor": order.captured,
        "refunded_minor": sum(payment.refunded for payment in order.payments),
        "placed_at": order.placed_at.astimezone(UTC),
    }


def line_rows(lines: Iterable[Line]) -> list[RowDict]:
    """list_order_lines."""
    return [
        {
            "variant_id": line.variant_id,
            "sku": line.sku,
            "title": line.title,
            "label": line.label,
            "quantity": line.quantity,
            "unit_price_minor": line.unit_price,
            "line_total_minor": line.quantity * line.unit_price,
        }
        for line in sorted(lines, key=lambda line: line.sku.lower())
    ]


def missing_id(known: Value) -> Value:
    """An id of the same type as `known` that was never handed out."""
    return known + 1_000_003 if isinstance(known, int) else UUID(int=known.int ^ (1 << 40) ^ 0x5EED)

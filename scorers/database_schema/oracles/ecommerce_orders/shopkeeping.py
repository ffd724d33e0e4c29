"""Short ways to set up a shop through the named queries, for populations, integrity cases and trials."""

from datetime import UTC, datetime
from uuid import UUID

from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.values import Value
from scorers.database_schema.violation import Violation

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def done(result: CallResult) -> CallResult:
    """Return `result`. Raises Violation when the call was refused."""
    if result.refused:
        raise Violation(result.query, expected="success", actual=f"error {result.sqlstate} {result.message}")
    return result


def do(session: ContractSession, query: str, params: Params) -> CallResult:
    """Call a query that must succeed."""
    return done(session.call(query, params))


def refused(session: ContractSession, query: str, params: Params, sqlstates: list[str]) -> None:
    """Call a query that must be refused with one of `sqlstates`."""
    result = session.call(query, params)
    if result.sqlstate not in sqlstates:
        actual = f"error {result.sqlstate} {result.message}" if result.refused else f"rows {result.rows!r}"
        shown = f"{query}({', '.join(f'{name}={value!r}' for name, value in params.items())})"
        raise Violation(shown, expected=f"a refusal with SQLSTATE {' or '.join(sqlstates)}", actual=actual)


def same(what: str, expected: object, actual: object) -> None:
    """Raise Violation unless both are equal."""
    if expected != actual:
        raise Violation(what, expected=repr(expected), actual=repr(actual))


def new_category(session: ContractSession, slug: str = "things") -> Value:
    """Create a category."""
    return do(session, "create_category", {"slug": slug, "name": "Things"}).row["category_id"]


def new_product(session: ContractSession, category_id: Value, title: str = "Thing") -> Value:
    """Create a product."""
    return do(session, "create_product", {"category_id": category_id, "title": title}).row["product_id"]


def variant_params(product_id: Value, sku: str, price: int = 500, currency: str = "EUR") -> Params:
    """Parameters of create_variant."""
    return {"product_id": product_id, "sku": sku, "label": "", "price_minor": price, "currency": currency}


def new_variant(session: ContractSession, product_id: Value, sku: str, *, price: int = 500, stock: int = 0) -> Value:
    """Create a variant with stock."""
    variant_id = do(session, "create_variant", variant_params(product_id, sku, price)).row["variant_id"]
    if stock:
        do(session, "adjust_stock", {"variant_id": variant_id, "delta": stock})
    return variant_id


def stocked(session: ContractSession, *, price: int = 500, stock: int = 10, sku: str = "thing-1") -> Value:
    """Create a category, a product and one variant with stock; return the variant's id."""
    return new_variant(session, new_product(session, new_category(session)), sku, price=price, stock=stock)


def add(session: ContractSession, customer: UUID, variant_id: Value, quantity: int = 1) -> CallResult:
    """Put something into a cart."""
    return do(session, "add_to_cart", {"customer_id": customer, "variant_id": variant_id, "quantity": quantity})


def checkout_params(customer: UUID, key: str, placed_at: datetime = NOON) -> Params:
    """Parameters of place_order."""
    return {"customer_id": customer, "idempotency_key": key, "placed_at": placed_at}


def ordered(session: ContractSession, customer: UUID, variant_id: Value, quantity: int = 1, key: str = "k") -> Value:
    """Put something into the cart and check out; return the order's id."""
    add(session, customer, variant_id, quantity)
    return do(session, "place_order", checkout_params(customer, key)).row["order_id"]


def money_params(order_id: Value, amount: int, ref: str) -> Params:
    """Parameters of capture_payment."""
    return {"order_id": order_id, "amount_minor": amount, "provider_ref": ref}


def captured(session: ContractSession, order_id: Value, amount: int, ref: str) -> Value:
    """Capture money; return the payment's id."""
    return do(session, "capture_payment", money_params(order_id, amount, ref)).row["payment_id"]


def stock_of(session: ContractSession, sku: str = "thing-1") -> tuple[int, int, int]:
    """What is on hand, reserved and available. Raises Violation where the three contradict each other or the shop."""
    row = do(session, "get_variant", {"sku": sku}).row
    on_hand, reserved, available = row["on_hand"], row["reserved"], row["available"]
    if min(on_hand, reserved, available) < 0 or available != on_hand - reserved:
        raise Violation(
            f"stock of {sku!r}",
            expected="nothing negative, and available = on_hand - reserved",
            actual=f"on_hand {on_hand}, reserved {reserved}, available {available}",
        )
    return on_hand, reserved, available

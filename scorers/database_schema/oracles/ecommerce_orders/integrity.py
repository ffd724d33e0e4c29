"""Attempts to store what the shop must not store, or to lose what it must keep."""

from collections.abc import Callable
from random import Random
from uuid import UUID

from scorers.database_schema.oracle import IntegrityCase
from scorers.database_schema.oracles.ecommerce_orders.direct_writes import direct_writes_keep_stock
from scorers.database_schema.oracles.ecommerce_orders.model import (
    DUPLICATE,
    MAX_PRICE,
    NULL,
    ORDERED,
    ORPHAN,
    RULE,
    TOO_LARGE,
    missing_id,
)
from scorers.database_schema.oracles.ecommerce_orders.shopkeeping import (
    NOON,
    add,
    captured,
    checkout_params,
    do,
    money_params,
    new_category,
    new_product,
    new_variant,
    ordered,
    refused,
    same,
    stock_of,
    stocked,
    variant_params,
)
from scorers.database_schema.session import ContractSession, Params

ANN, BOB = UUID(int=0xA), UUID(int=0xB)
BIG = 9007199254740993
"""The first integer that a double cannot hold."""

Attempt = Callable[[ContractSession], None]


def cases() -> list[IntegrityCase]:
    """All attempts, grouped by the clause of the contract that they try."""
    return [
        IntegrityCase(f"{group}: {name}", group, _ignoring_chance(attempt))
        for group, attempts in _ATTEMPTS.items()
        for name, attempt in attempts.items()
    ]


def _ignoring_chance(attempt: Attempt) -> Callable[[ContractSession, Random], None]:
    return lambda session, _: attempt(session)


def _sku_twice(session: ContractSession) -> None:
    product = new_product(session, new_category(session))
    new_variant(session, product, "Tee-XL.1")
    for sku in ("Tee-XL.1", "TEE-XL.1", "tee-xl.1"):
        refused(session, "create_variant", variant_params(product, sku), DUPLICATE)


def _slug_twice(session: ContractSession) -> None:
    new_category(session, "shoes")
    refused(session, "create_category", {"slug": "shoes", "name": "Other"}, DUPLICATE)


def _key_twice(session: ContractSession) -> None:
    variant = stocked(session)
    first = ordered(session, ANN, variant, key="Same")
    add(session, ANN, variant, 3)
    again = do(session, "place_order", checkout_params(ANN, "Same")).row
    same("place_order with a key used before", {"order_id": first, "created": False}, again)
    same("stock after a repeated checkout", (10, 1, 9), stock_of(session))
    for customer, key in ((ANN, "same"), (BOB, "Same")):
        other = ordered(session, customer, variant, key=key)
        same(f"whether the key {key!r} of another customer or case gives a new order", True, other != first)


def _provider_reference_twice(session: ContractSession) -> None:
    variant = stocked(session)
    one, two = ordered(session, ANN, variant, key="1"), ordered(session, BOB, variant, key="2")
    payment = captured(session, one, 200, "Ref-1")
    refused(session, "capture_payment", money_params(one, 100, "Ref-1"), DUPLICATE)
    refused(session, "capture_payment", money_params(two, 100, "Ref-1"), DUPLICATE)
    other = captured(session, two, 100, "ref-1")
    do(session, "refund_payment", {"payment_id": payment, "amount_minor": 1, "provider_ref": "Ref-1"})
    refused(session, "refund_payment", {"payment_id": other, "amount_minor": 1, "provider_ref": "Ref-1"}, DUPLICATE)


def _nulls(session: ContractSession) -> None:
    variant = stocked(session)
    order = ordered(session, ANN, variant, 2)
    payment = captured(session, order, 100, "r0")
    add(session, ANN, variant)
    category, product = new_category(session, "n"), new_product(session, new_category(session, "m"))
    calls: list[tuple[str, Params, list[str]]] = [
        ("create_category", {"slug": "x", "name": "X"}, ["slug", "name"]),
        ("create_product", {"category_id": category, "title": "T"}, ["category_id", "title"]),
        (
            "create_variant",
            variant_params(product, "null-1"),
            ["product_id", "sku", "label", "price_minor", "currency"],
        ),
        ("set_price", {"variant_id": variant, "price_minor": 5}, ["price_minor"]),
        ("adjust_stock", {"variant_id": variant, "delta": 5}, ["delta"]),
        ("add_to_cart", {"customer_id": ANN, "variant_id": variant, "quantity": 1}, ["quantity", "variant_id"]),
        ("add_to_cart", {"customer_id": ANN, "variant_id": variant, "quantity": 1}, ["customer_id"]),
        ("set_cart_quantity", {"customer_id": ANN, "variant_id": variant, "quantity": 1}, ["quantity"]),
        ("place_order", checkout_params(ANN, "k2"), ["idempotency_key", "placed_at"]),
        ("capture_payment", money_params(order, 1, "r1"), ["order_id", "amount_minor", "provider_ref"]),
        (
            "refund_payment",
            {"payment_id": payment, "amount_minor": 1, "provider_ref": "r2"},
            ["payment_id", "amount_minor", "provider_ref"],
        ),
    ]
    for query, params, names in calls:
        for name in names:
            refused(session, query, {**params, name: None}, NULL)
    same("stock after refused calls", (10, 2, 8), stock_of(session))


def _orphans(session: ContractSession) -> None:
    variant = stocked(session)
    order = ordered(session, ANN, variant, 2)
    payment = captured(session, order, 100, "r0")
    category = new_category(session, "n")
    product = new_product(session, category)
    refused(session, "create_product", {"category_id": missing_id(category), "title": "T"}, ORPHAN)
    refused(session, "create_variant", variant_params(missing_id(product), "o-1"), ORPHAN)
    cart = {"customer_id": ANN, "variant_id": missing_id(variant), "quantity": 1}
    refused(session, "add_to_cart", cart, ORPHAN)
    refused(session, "capture_payment", money_params(missing_id(order), 1, "r1"), ORPHAN)
    refund = {"payment_id": missing_id(payment), "amount_minor": 1, "provider_ref": "r2"}
    refused(session, "refund_payment", refund, ORPHAN)


def _money_is_exact(session: ContractSession) -> None:
    variant = stocked(session, price=BIG)
    add(session, ANN, variant, 3)
    row = do(session, "show_cart", {"customer_id": ANN}).row
    same("show_cart of a large price", (BIG, 3 * BIG), (row["unit_price_minor"], row["line_total_minor"]))
    order = do(session, "place_order", checkout_params(ANN, "k")).row["order_id"]
    captured(session, order, BIG, "r1")
    line = do(session, "list_order_lines", {"order_id": order}).row
    same("list_order_lines of a large price", (BIG, 3 * BIG), (line["unit_price_minor"], line["line_total_minor"]))
    seen = do(session, "get_order", {"order_id": order}).row
    same("get_order of a large price", (3 * BIG, BIG), (seen["total_minor"], seen["captured_minor"]))
    report = do(session, "daily_sales", {"from_day": NOON.date(), "to_day": NOON.date()}).row
    same("daily_sales of a large price", 3 * BIG, int(report["gross_minor"]))


def _money_has_limits(session: ContractSession) -> None:
    product = new_product(session, new_category(session))
    for price in (0, -1, -BIG, MAX_PRICE + 1):
        refused(session, "create_variant", variant_params(product, "m-1", price), RULE)
    variants = [new_variant(session, product, f"m-{n}", price=MAX_PRICE, stock=1000) for n in range(10)]
    for price in (0, -1, MAX_PRICE + 1):
        refused(session, "set_price", {"variant_id": variants[0], "price_minor": price}, RULE)
    for variant in variants:
        add(session, ANN, variant, 100)
    refused(session, "place_order", checkout_params(ANN, "k"), TOO_LARGE)
    same("stock after a total that does not fit", (1000, 0, 1000), stock_of(session, "m-0"))


def _quantities_have_limits(session: ContractSession) -> None:
    variant = stocked(session, stock=1000)
    cart = {"customer_id": ANN, "variant_id": variant}
    for quantity in (0, -1, 101):
        refused(session, "add_to_cart", {**cart, "quantity": quantity}, RULE)
    add(session, ANN, variant, 60)
    for query, quantity in (("add_to_cart", 41), ("add_to_cart", -1), ("set_cart_quantity", 0)):
        refused(session, query, {**cart, "quantity": quantity}, RULE)
    same("the quantity after refusals", 60, do(session, "show_cart", {"customer_id": ANN}).row["quantity"])
    refused(session, "adjust_stock", {"variant_id": variant, "delta": 0}, RULE)
    refused(session, "adjust_stock", {"variant_id": variant, "delta": -1001}, RULE)


def _wrong_status(session: ContractSession) -> None:
    variant = stocked(session, stock=10)
    order = ordered(session, ANN, variant, 2)
    refused(session, "ship_order", {"order_id": order}, RULE)
    captured(session, order, 999, "r1")
    refused(session, "ship_order", {"order_id": order}, RULE)
    captured(session, order, 1, "r2")
    refused(session, "deliver_order", {"order_id": order}, RULE)
    do(session, "ship_order", {"order_id": order})
    same("stock after shipping", (8, 0, 8), stock_of(session))
    for step in ("ship_order", "cancel_order"):
        refused(session, step, {"order_id": order}, RULE)
    do(session, "deliver_order", {"order_id": order})
    for step in ("ship_order", "cancel_order", "deliver_order"):
        refused(session, step, {"order_id": order}, RULE)
    same("stock after delivery", (8, 0, 8), stock_of(session))


def _cancelled_is_final(session: ContractSession) -> None:
    order = ordered(session, ANN, stocked(session, stock=10), 2)
    do(session, "cancel_order", {"order_id": order})
    same("stock after cancelling", (10, 0, 10), stock_of(session))
    for step in ("cancel_order", "ship_order", "deliver_order"):
        refused(session, step, {"order_id": order}, RULE)
    refused(session, "capture_payment", money_params(order, 1000, "r1"), RULE)
    same("stock after refusals", (10, 0, 10), stock_of(session))


def _never_too_much_money(session: ContractSession) -> None:
    order = ordered(session, ANN, stocked(session), 2)
    for amount in (0, -1, 1001):
        refused(session, "capture_payment", money_params(order, amount, f"r{amount}"), RULE)
    payment = captured(session, order, 600, "r1")
    refused(session, "capture_payment", money_params(order, 401, "r2"), RULE)
    refund = {"payment_id": payment, "provider_ref": "b1"}
    for amount in (0, -1, 601):
        refused(session, "refund_payment", {**refund, "amount_minor": amount}, RULE)
    do(session, "refund_payment", {**refund, "amount_minor": 600})
    refused(session, "refund_payment", {**refund, "provider_ref": "b2", "amount_minor": 1}, RULE)
    refused(session, "capture_payment", money_params(order, 401, "r3"), RULE)
    row = do(session, "get_order", {"order_id": order}).row
    same("get_order after a refund", ("pending", 600, 600), tuple(row[n] for n in _MONEY_COLUMNS))


_MONEY_COLUMNS = ("status", "captured_minor", "refunded_minor")


def _history_stays(session: ContractSession) -> None:
    variant = stocked(session)
    order = ordered(session, ANN, variant, 2)
    before = do(session, "list_order_lines", {"order_id": order}).rows
    do(session, "cancel_order", {"order_id": order})
    refused(session, "delete_variant", {"variant_id": variant}, ORDERED)
    do(session, "set_price", {"variant_id": variant, "price_minor": 7})
    do(session, "discontinue_variant", {"variant_id": variant})
    same("an order's lines after repricing", before, do(session, "list_order_lines", {"order_id": order}).rows)
    same("an order's total after repricing", 1000, do(session, "get_order", {"order_id": order}).row["total_minor"])


def _mistakes_go(session: ContractSession) -> None:
    product = new_product(session, new_category(session))
    variant = new_variant(session, product, "oops", stock=5)
    add(session, ANN, variant)
    do(session, "set_price", {"variant_id": variant, "price_minor": 9})
    same("delete_variant", {"variant_id": variant}, do(session, "delete_variant", {"variant_id": variant}).row)
    same("the cart after a deletion", [], do(session, "show_cart", {"customer_id": ANN}).rows)
    refused(session, "place_order", checkout_params(ANN, "k"), RULE)
    new_variant(session, product, "OOPS")
    same("stock of a SKU that is used again", (0, 0, 0), stock_of(session, "oops"))


_ATTEMPTS: dict[str, dict[str, Attempt]] = {
    "duplicates": {
        "a SKU in another case": _sku_twice,
        "a slug": _slug_twice,
        "an idempotency key": _key_twice,
        "a provider reference": _provider_reference_twice,
    },
    "missing values": {"NULL everywhere": _nulls},
    "orphans": {"unknown parents": _orphans},
    "money": {
        "exact beyond 2^53": _money_is_exact,
        "limits of prices and totals": _money_has_limits,
        "captures and refunds": _never_too_much_money,
    },
    "quantities": {"limits of quantities": _quantities_have_limits},
    "order states": {"in the wrong order": _wrong_status, "cancelled is final": _cancelled_is_final},
    "history": {"an ordered variant": _history_stays, "a variant never ordered": _mistakes_go},
    "stock, whoever writes": {"direct updates": direct_writes_keep_stock},
}

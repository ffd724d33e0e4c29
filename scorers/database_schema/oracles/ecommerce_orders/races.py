"""Questions that only parallel sessions can answer: the last item, the double click, the payment that comes twice."""

from collections import Counter
from random import Random
from uuid import UUID

from scorers.database_schema.oracle import ConcurrencyTrial
from scorers.database_schema.oracles.ecommerce_orders.crowd import Call, Crowd, Sessions, accepted
from scorers.database_schema.oracles.ecommerce_orders.pages import walk_during_changes
from scorers.database_schema.oracles.ecommerce_orders.shopkeeping import (
    add,
    captured,
    checkout_params,
    do,
    done,
    money_params,
    new_category,
    new_product,
    new_variant,
    same,
    stock_of,
)
from scorers.database_schema.session import ContractSession, Params
from scorers.database_schema.values import Value


def trials() -> list[ConcurrencyTrial]:
    """All trials."""
    return [
        ConcurrencyTrial("buyers of the last items", _last_items, rounds=3),
        ConcurrencyTrial("one idempotency key in parallel", _same_key, rounds=3),
        ConcurrencyTrial("several checkouts of one cart", _one_cart, rounds=3),
        ConcurrencyTrial("carts that share articles", _crossing_carts, rounds=3),
        ConcurrencyTrial("additions to one cart", _additions, rounds=3),
        ConcurrencyTrial("additions during a checkout", _add_while_checking_out, rounds=3),
        ConcurrencyTrial("payments of one order", _payments, rounds=3),
        ConcurrencyTrial("refunds of one payment", _refunds, rounds=3),
        ConcurrencyTrial("cancel against ship", _cancel_or_ship, rounds=3),
        ConcurrencyTrial("checkout against breakage", _checkout_or_breakage, rounds=3),
        ConcurrencyTrial("pages during changes", walk_during_changes, rounds=1),
    ]


def _customer(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def _shelf(session: ContractSession, random: Random) -> Value:
    """A product to hang variants on."""
    return new_product(session, new_category(session, f"c-{random.getrandbits(40)}"))


def _last_items(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 6)
    product = _shelf(crowd.first, random)
    for turn in range(10):
        stock = random.choice([1, 1, 2])
        variant = new_variant(crowd.first, product, f"last-{turn}", stock=stock)
        customers = [_customer(random) for _ in crowd.sessions]
        for customer in customers:
            add(crowd.first, customer, variant)
        calls: list[Call] = [("place_order", checkout_params(customer, "k")) for customer in customers]
        results = crowd.at_once(calls)
        same(f"buyers of {stock} pieces who got one", stock, len(accepted(calls, results)))
        same("stock after the last piece", (stock, stock, 0), stock_of(crowd.first, f"last-{turn}"))
        for customer, result in zip(customers, results, strict=True):
            _has_order_or_cart(crowd.first, customer, bought=not result.refused)


def _has_order_or_cart(session: ContractSession, customer: UUID, *, bought: bool) -> None:
    orders = _orders(session, customer)
    cart = do(session, "show_cart", {"customer_id": customer}).rows
    same("orders and cart rows of a buyer", (1, 0) if bought else (0, 1), (len(orders), len(cart)))


def _orders(session: ContractSession, customer: UUID) -> list[dict[str, Value]]:
    params: Params = {"customer_id": customer, "before_placed_at": None, "before_key": None, "page_size": 100}
    return do(session, "list_orders", params).rows


def _same_key(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 4)
    variant = new_variant(crowd.first, _shelf(crowd.first, random), "key", stock=1000)
    reserved = 0
    for turn in range(10):
        customer = _customer(random)
        quantity = random.randint(1, 5)
        add(crowd.first, customer, variant, quantity)
        reserved += quantity
        calls: list[Call] = [("place_order", checkout_params(customer, f"key-{turn}")) for _ in crowd.sessions]
        rows = [done(result).row for result in crowd.at_once(calls)]
        same("different orders for one idempotency key", 1, len({row["order_id"] for row in rows}))
        same("calls that say they created the order", 1, sum(row["created"] for row in rows))
        same("stock after parallel checkouts", (1000, reserved, 1000 - reserved), stock_of(crowd.first, "key"))
        _has_order_or_cart(crowd.first, customer, bought=True)


def _one_cart(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 4)
    variant = new_variant(crowd.first, _shelf(crowd.first, random), "cart", stock=1000)
    for turn in range(1, 9):
        customer = _customer(random)
        add(crowd.first, customer, variant)
        calls: list[Call] = [("place_order", checkout_params(customer, f"k{n}")) for n in range(4)]
        same("orders made of one cart", 1, len(accepted(calls, crowd.at_once(calls))))
        same("stock after parallel checkouts of one cart", (1000, turn, 1000 - turn), stock_of(crowd.first, "cart"))
        _has_order_or_cart(crowd.first, customer, bought=True)


def _crossing_carts(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 5)
    product = _shelf(crowd.first, random)
    for turn in range(6):
        skus = [f"x-{turn}-{n}" for n in range(3)]
        variants = [new_variant(crowd.first, product, sku, stock=5) for sku in skus]
        customers = [_customer(random) for _ in crowd.sessions]
        for customer in customers:
            for variant in random.sample(variants, len(variants)):
                add(crowd.first, customer, variant, 2)
        calls: list[Call] = [("place_order", checkout_params(customer, "k")) for customer in customers]
        won = len(accepted(calls, crowd.at_once(calls)))
        same("orders of 2 pieces each of 5", 2, won)
        for sku in skus:
            same(f"stock of {sku!r}, all or nothing", (5, 4, 1), stock_of(crowd.first, sku))


def _additions(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 5)
    variant = new_variant(crowd.first, _shelf(crowd.first, random), "add")
    for _ in range(8):
        customer = _customer(random)
        quantities = [random.randint(1, 9) for _ in crowd.sessions]
        calls: list[Call] = [
            ("add_to_cart", {"customer_id": customer, "variant_id": variant, "quantity": n}) for n in quantities
        ]
        answers = [done(result).row["quantity"] for result in crowd.at_once(calls)]
        rows = do(crowd.first, "show_cart", {"customer_id": customer}).rows
        same("pieces after parallel additions", [sum(quantities)], [row["quantity"] for row in rows])
        same("the largest quantity returned", sum(quantities), max(answers))


def _add_while_checking_out(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 4)
    product = _shelf(crowd.first, random)
    variants = [new_variant(crowd.first, product, f"w-{n}", stock=1000) for n in range(2)]
    for _ in range(12):
        customer = _customer(random)
        add(crowd.first, customer, variants[0], 2)
        added = Counter({variants[0]: 2})
        calls: list[Call] = [("place_order", checkout_params(customer, "k"))]
        for variant in (variants[0], variants[1], variants[0]):
            quantity = random.randint(1, 5)
            added[variant] += quantity
            calls.append(("add_to_cart", {"customer_id": customer, "variant_id": variant, "quantity": quantity}))
        results = crowd.at_once(calls)
        for result in results:
            done(result)
        lines = do(crowd.first, "list_order_lines", {"order_id": results[0].row["order_id"]}).rows
        cart = do(crowd.first, "show_cart", {"customer_id": customer}).rows
        found: Counter[Value] = Counter()
        for row in (*lines, *cart):
            found[row["variant_id"]] += row["quantity"]
        same("pieces added, against those in the order and in the cart", sorted(added.values()), sorted(found.values()))


def _payments(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 5)
    variant = new_variant(crowd.first, _shelf(crowd.first, random), "pay", price=1000, stock=1000)
    for turn in range(8):
        order = _order(crowd.first, _customer(random), variant)
        amount = random.choice([400, 500, 501, 1000])
        calls: list[Call] = [
            ("capture_payment", money_params(order, amount, f"{turn}-{number}")) for number in range(5)
        ]
        results = accepted(calls, crowd.at_once(calls), ["23514", "22003"])
        row = do(crowd.first, "get_order", {"order_id": order}).row
        same(f"captures of {amount} for a total of 1000", 1000 // amount, len(results))
        status = "paid" if 1000 % amount == 0 else "pending"
        expected = (len(results) * amount, status)
        same("captured sum and status", expected, (row["captured_minor"], row["status"]))


def _order(session: ContractSession, customer: UUID, variant: Value) -> Value:
    add(session, customer, variant)
    return do(session, "place_order", checkout_params(customer, "k")).row["order_id"]


def _refunds(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 5)
    variant = new_variant(crowd.first, _shelf(crowd.first, random), "back", price=1000, stock=1000)
    for turn in range(8):
        order = _order(crowd.first, _customer(random), variant)
        payment = captured(crowd.first, order, 1000, f"in-{turn}")
        amount = random.choice([400, 500, 1000])
        calls: list[Call] = [
            ("refund_payment", {"payment_id": payment, "amount_minor": amount, "provider_ref": f"{turn}-{number}"})
            for number in range(5)
        ]
        won = len(accepted(calls, crowd.at_once(calls), ["23514", "22003"]))
        row = do(crowd.first, "get_order", {"order_id": order}).row
        same(f"refunds of {amount} of a payment of 1000", 1000 // amount, won)
        same("refunded sum", won * amount, row["refunded_minor"])


def _cancel_or_ship(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 4)
    product = _shelf(crowd.first, random)
    for turn in range(10):
        sku = f"cs-{turn}"
        variant = new_variant(crowd.first, product, sku, price=1000, stock=10)
        for _ in range(5):  # other orders, whose reservations must not be given away in place of this one's
            _order(crowd.first, _customer(random), variant)
        order = _order(crowd.first, _customer(random), variant)
        captured(crowd.first, order, 1000, f"r-{turn}")
        queries = random.sample(["cancel_order", "ship_order"] * 2, 4)
        calls: list[Call] = [(query, {"order_id": order}) for query in queries]
        won = [result.row["status"] for result in accepted(calls, crowd.at_once(calls))]
        same("calls that moved the order on", 1, len(won))
        same("the order's status", won[0], do(crowd.first, "get_order", {"order_id": order}).row["status"])
        left = (9, 5, 4) if won[0] == "shipped" else (10, 5, 5)
        same(f"stock after the order was {won[0]}", left, stock_of(crowd.first, sku))


def _checkout_or_breakage(sessions: Sessions, random: Random) -> None:
    crowd = Crowd(sessions, 4)
    product = _shelf(crowd.first, random)
    for turn in range(10):
        sku = f"cb-{turn}"
        variant = new_variant(crowd.first, product, sku, stock=3)
        calls: list[Call] = []
        for number in range(4):
            customer = _customer(random)
            add(crowd.first, customer, variant, 2)
            breakage: Call = ("adjust_stock", {"variant_id": variant, "delta": -2})
            calls.append(("place_order", checkout_params(customer, "k")) if number % 2 else breakage)
        random.shuffle(calls)
        results = crowd.at_once(calls)
        won = [call[0] for call, result in zip(calls, results, strict=True) if not result.refused]
        accepted(calls, results)
        same("calls that took 2 pieces of 3", 1, len(won))
        left = (3, 2, 1) if won[0] == "place_order" else (1, 0, 1)
        same("stock after checkout against breakage", left, stock_of(crowd.first, sku))

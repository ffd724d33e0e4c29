"""The state machine of the whole contract: single steps, and stretches of a shop's life that chance would rarely give."""

from datetime import date
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize  # pyright: ignore[reportUnknownVariableType]

from scorers.database_schema.oracles.ecommerce_orders.catalogue_rules import (
    CUSTOMERS,
    PICK,
    SIZES,
    asked,
    pick,
)
from scorers.database_schema.oracles.ecommerce_orders.model import MAX_PRICE, MAX_QUANTITY, ORPHAN, RULE, missing_id
from scorers.database_schema.oracles.ecommerce_orders.order_rules import CUSTOMER, KEYS, TIMES, OrderRules

LIVES = [
    ["pay rest", "ship_order", "cancel_order", "deliver_order", "cancel_order"],
    ["pay half", "ship_order", "pay rest", "deliver_order", "ship_order", "ship_order"],
    ["pay rest", "cancel_order", "refund too much", "refund rest", "refund one"],
    ["pay half", "refund rest", "pay too much", "cancel_order", "cancel_order", "pay rest"],
]
"""Lives that touch every rule of the status; chance adds others."""

ANY_LIFE = st.lists(
    st.sampled_from(sorted({step for life in LIVES for step in life} | {"pay one"})),
    min_size=2,
    max_size=6,
)
DAYS = [date(2026, 3, day) for day in range(1, 6)]
ORDERLY_CUSTOMER = UUID(int=0x0DE2)
CUSTOMER_WITH_SAME_KEYS = UUID(int=0x0DE3)


class ShopMachine(OrderRules):
    """Compares the whole shop with the model."""

    @initialize(life=st.sampled_from(LIVES), number=PICK, stretch=st.integers(0, 3))
    def open_shop(self, life: list[str], number: int, stretch: int) -> None:
        """Each shop begins with one order's life and one more stretch, so that no run of the machine lacks them."""
        if self.idle:
            return
        self.furnish()
        self.live_through_an_order(number=number, quantity=2, time=number, steps=life)
        if stretch == 0:
            self.order_thrice_at_once(number=number, time=number, names=["B", "a", "c"])
        elif stretch == 1:
            self.mix_currencies(number=number)
        elif stretch == 2:
            self.discontinue_in_cart(customer=CUSTOMERS[0], number=number, other=number + 1, key="k1")
        self.read_pages(number=number, currency="EUR", low=None, high=None, size=2)

    @asked(number=PICK, quantity=st.integers(1, 3), time=PICK, steps=st.sampled_from(LIVES) | ANY_LIFE)
    def live_through_an_order(self, number: int, quantity: int, time: int, steps: list[str]) -> None:
        """A customer who does nothing else buys one thing, and then whatever may happen to an order happens."""
        customer = ORDERLY_CUSTOMER
        variant = self.some_variant(number)
        if variant.discontinued:
            return
        if variant.available < 2 * quantity:
            self.move_stock(variant, 2 * quantity)
        known = len(self.shop.orders)
        # Somebody else's pieces, so that giving back or shipping the same piece twice does not go unnoticed.
        params = {"customer_id": CUSTOMER_WITH_SAME_KEYS, "variant_id": variant.id, "quantity": quantity}
        self.expect_rows("add_to_cart", params, [{"quantity": quantity}])
        self.shop.carts[CUSTOMER_WITH_SAME_KEYS][variant.id] = quantity
        self.check_out(CUSTOMER_WITH_SAME_KEYS, f"beside {known}", TIMES[0])
        wanted = min(variant.available + 1, MAX_QUANTITY)
        params = {"customer_id": customer, "variant_id": variant.id, "quantity": wanted}
        self.expect_rows("add_to_cart", params, [{"quantity": wanted}])
        self.shop.carts[customer][variant.id] = wanted
        self.expect_refusal("add_to_cart", {**params, "quantity": -1}, RULE)
        if wanted > variant.available:
            self.check_out(customer, f"life {known}", pick(TIMES, time))
        self.expect_rows("set_cart_quantity", {**params, "quantity": quantity}, [{"quantity": quantity}])
        self.shop.carts[customer][variant.id] = quantity
        self.check_out(customer, f"life {known}", pick(TIMES, time))
        self.check_out(customer, f"life {known}", pick(TIMES, time + 1))
        order = self.shop.orders[-1]
        for number_of_step, step in enumerate(steps):
            ref = f"life {known}.{number_of_step}"
            if step.endswith("_order"):
                self.move_on(order, step)
            elif step.startswith("pay "):
                self.take_money(order, step.removeprefix("pay "), ref)
            elif order.payments:
                self.give_back(order, order.payments[-1], step.removeprefix("refund "), ref)
        self.take_money(order, "one", f"life {known}.end")
        self.reprice(number=number, price=1999 if variant.price == 500 else 500)
        self.check_order(order)

    @asked(number=PICK, time=PICK, names=st.permutations(["a", "B", "c"]))
    def order_thrice_at_once(self, number: int, time: int, names: list[str]) -> None:
        """Three orders of one instant, whose order is that of their keys, and one of another customer with such a key."""
        variant = self.some_variant(number)
        if variant.discontinued:
            return
        if variant.available <= len(names):
            self.move_stock(variant, len(names) + 1)
        known = len(self.shop.orders)
        for name, customer in [*((name, ORDERLY_CUSTOMER) for name in names), (names[0], CUSTOMER_WITH_SAME_KEYS)]:
            params = {"customer_id": customer, "variant_id": variant.id, "quantity": 1}
            self.expect_rows("add_to_cart", params, [{"quantity": 1}])
            self.shop.carts[customer][variant.id] = 1
            self.check_out(customer, f"{name} of {known}", pick(TIMES, time))
        self.walk_history(ORDERLY_CUSTOMER, 1 + number % 2)

    @asked(number=PICK)
    def mix_currencies(self, number: int) -> None:
        """Two things for sale that cannot be paid in one currency are not ordered together."""
        for_sale = [
            variant for variant in self.shop.variants.values() if variant.available and not variant.discontinued
        ]
        if not for_sale:
            return
        first = pick(for_sale, number)
        others = [variant for variant in for_sale if variant.currency != first.currency]
        if not others:
            return
        chosen = {variant.id: 1 for variant in (first, pick(others, number))}
        for variant_id in chosen:
            params = {"customer_id": ORDERLY_CUSTOMER, "variant_id": variant_id, "quantity": 1}
            self.expect_rows("add_to_cart", params, [{"quantity": 1}])
        self.shop.carts[ORDERLY_CUSTOMER] = chosen
        self.check_out(ORDERLY_CUSTOMER, f"mixed {len(self.shop.orders)}", TIMES[0])
        for variant_id in list(self.shop.carts[ORDERLY_CUSTOMER]):
            params = {"customer_id": ORDERLY_CUSTOMER, "variant_id": variant_id}
            self.expect_rows("remove_from_cart", params, [{"variant_id": variant_id}])
        self.shop.carts[ORDERLY_CUSTOMER] = {}

    @asked(customer=CUSTOMER, number=PICK, other=PICK, key=KEYS)
    def discontinue_in_cart(self, customer: UUID, number: int, other: int, key: str) -> None:
        """What is no longer sold stays in the cart and holds up the checkout until it is removed."""
        for variant in (self.some_variant(number), self.some_variant(other)):
            if variant.available and not variant.discontinued and variant.id not in self.shop.carts[customer]:
                params = {"customer_id": customer, "variant_id": variant.id, "quantity": 1}
                self.expect_rows("add_to_cart", params, [{"quantity": 1}])
                self.shop.carts[customer][variant.id] = 1
        if self.shop.carts[customer]:
            variant = self.shop.variants[pick(list(self.shop.carts[customer]), number)]
            self.expect_rows("discontinue_variant", {"variant_id": variant.id}, [{"variant_id": variant.id}])
            variant.discontinued = True
            self.check_out(customer, key, TIMES[0])
            params = {"customer_id": customer, "variant_id": variant.id}
            if self.shop.carts[customer].pop(variant.id, None):
                self.expect_rows("remove_from_cart", params, [{"variant_id": variant.id}])
            self.check_cart(customer)

    @asked(
        number=PICK,
        currency=st.sampled_from(["EUR", "EUR", "JPY", "CHF"]),
        low=st.sampled_from([None, None, 1, 500, 501]),
        high=st.sampled_from([None, None, 500, 1999, MAX_PRICE]),
        size=SIZES,
    )
    def read_pages(self, number: int, currency: str, low: int | None, high: int | None, size: int) -> None:
        """Every page of a category, of what runs out, and of each customer's orders; and the sales report."""
        self.walk_catalogue(
            pick([*self.shop.slugs, missing_id(max(self.shop.slugs))], number), currency, low, high, size
        )
        variant = self.some_variant(number)
        self.walk_catalogue(variant.category_id, variant.currency, variant.price, variant.price, size)
        self.walk_low_stock(pick([9, 0, 2, 1000, -1], number), size)
        for customer in (*CUSTOMERS, ORDERLY_CUSTOMER):
            self.walk_history(customer, size)
        first, last = DAYS[0], DAYS[number % len(DAYS)]
        self.expect_rows("daily_sales", {"from_day": first, "to_day": last}, self.shop.report(first, last))

    @asked(first=st.sampled_from(DAYS), last=st.sampled_from(DAYS))
    def report(self, first: date, last: date) -> None:
        """Sales by day and currency, also of days that do not follow one another."""
        self.expect_rows("daily_sales", {"from_day": first, "to_day": last}, self.shop.report(first, last))

    @asked()
    def look_at_everything(self) -> None:
        """No change may have touched what it was not about."""
        for variant in self.shop.variants.values():
            self.check_variant(variant)
        for customer in CUSTOMERS:
            self.check_cart(customer)
        for order in self.shop.orders:
            self.check_order(order)

    @asked(number=PICK)
    def ask_for_unknown_orders(self, number: int) -> None:
        """Orders and payments that do not exist."""
        variant_id = missing_id(self.some_variant(number).id)
        params = {"customer_id": CUSTOMERS[0], "variant_id": variant_id, "quantity": 1}
        self.expect_refusal("add_to_cart", params, ORPHAN)
        if not self.shop.orders:
            return
        order_id = missing_id(max(order.id for order in self.shop.orders))
        for query in ("get_order", "list_order_lines", "cancel_order", "ship_order", "deliver_order"):
            self.expect_rows(query, {"order_id": order_id}, [])
        money = {"amount_minor": 1, "provider_ref": "ref of nobody"}
        self.expect_refusal("capture_payment", {"order_id": order_id, **money}, ORPHAN)
        payments = [payment.id for order in self.shop.orders for payment in order.payments]
        if payments:
            self.expect_refusal("refund_payment", {"payment_id": missing_id(max(payments)), **money}, ORPHAN)

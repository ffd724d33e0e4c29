"""The state machine's rules on carts, orders and payments, one step at a time."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import strategies as st

from scorers.database_schema.oracles.ecommerce_orders.catalogue_rules import (
    CUSTOMERS,
    PICK,
    CatalogueRules,
    asked,
    pick,
)
from scorers.database_schema.oracles.ecommerce_orders.model import (
    DUPLICATE,
    MAX_QUANTITY,
    RULE,
    TEXT_RULE,
    TOO_LARGE,
    Order,
    Payment,
    line_rows,
    order_row,
)

CUSTOMER = st.sampled_from(CUSTOMERS)
QUANTITY = st.sampled_from([1, 1, 2, 2, 3, 7, 99, 100, 101, 0, -1])
KEYS = st.sampled_from(["k1", "K1", "k2", "key-é", "k3", "k4", "x" * 64, "k5", "", "x" * 65])
REFS = st.sampled_from([*(f"ref-{n}" for n in range(12)), "REF-1", "r" * 100, "", "r" * 101])
TIMES = [
    datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 3, 2, 0, 0, tzinfo=UTC),
    datetime(2026, 3, 2, 0, 0, tzinfo=UTC),
    datetime(2026, 3, 2, 0, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 3, 2, 3, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    datetime(2026, 3, 4, 12, 0, tzinfo=timezone(timedelta(hours=-11))),
]


class OrderRules(CatalogueRules):
    """Compares carts, orders and payments with the model."""

    @asked(customer=CUSTOMER, number=PICK, quantity=QUANTITY)
    def add(self, customer: UUID, number: int, quantity: int) -> None:
        """Adding adds to what is there."""
        variant = self.some_variant(number)
        cart = self.shop.carts[customer]
        params = {"customer_id": customer, "variant_id": variant.id, "quantity": quantity}
        total = cart.get(variant.id, 0) + quantity
        if quantity < 1 or total > MAX_QUANTITY or variant.discontinued:
            self.expect_refusal("add_to_cart", params, RULE)
        else:
            self.expect_rows("add_to_cart", params, [{"quantity": total}])
            cart[variant.id] = total
        self.check_cart(customer)

    @asked(customer=CUSTOMER, number=PICK, quantity=QUANTITY)
    def set_quantity(self, customer: UUID, number: int, quantity: int) -> None:
        """Setting replaces, and only what is there."""
        cart = self.shop.carts[customer]
        if not cart:
            return
        variant_id = pick(list(cart), number)
        params = {"customer_id": customer, "variant_id": variant_id, "quantity": quantity}
        if not 1 <= quantity <= MAX_QUANTITY:
            self.expect_refusal("set_cart_quantity", params, RULE)
        else:
            self.expect_rows("set_cart_quantity", params, [{"quantity": quantity}])
            cart[variant_id] = quantity
            self.expect_refusal("add_to_cart", {**params, "quantity": -1}, RULE)
        self.check_cart(customer)

    @asked(customer=CUSTOMER, number=PICK)
    def remove(self, customer: UUID, number: int) -> None:
        """Removing says what it removed."""
        variant_id = self.some_variant(number).id
        params = {"customer_id": customer, "variant_id": variant_id}
        if variant_id not in self.shop.carts[customer]:
            self.expect_rows("set_cart_quantity", {**params, "quantity": 1}, [])
        found = self.shop.carts[customer].pop(variant_id, None)
        self.expect_rows("remove_from_cart", params, [{"variant_id": variant_id}] if found else [])
        self.check_cart(customer)

    @asked(customer=CUSTOMER, key=KEYS, time=PICK)
    def place(self, customer: UUID, key: str, time: int) -> None:
        """A checkout, a replay of one, or a refusal."""
        self.check_out(customer, key, pick(TIMES, time))

    @asked(customer=CUSTOMER, first=PICK, second=PICK, key=KEYS, time=PICK)
    def buy(self, customer: UUID, first: int, second: int, key: str, time: int) -> None:
        """Fill the cart with what is there, and check out."""
        for number, quantity in ((first, 2), (second, 1)):
            variant = self.some_variant(number)
            held = self.shop.carts[customer].get(variant.id, 0)
            if variant.available >= held + quantity and not variant.discontinued and held + quantity <= MAX_QUANTITY:
                params = {"customer_id": customer, "variant_id": variant.id, "quantity": quantity}
                self.expect_rows("add_to_cart", params, [{"quantity": held + quantity}])
                self.shop.carts[customer][variant.id] = held + quantity
        self.check_out(customer, key, pick(TIMES, time))

    @asked(number=PICK, step=st.sampled_from(["cancel_order", "ship_order", "deliver_order", "ship_order"]))
    def move(self, number: int, step: str) -> None:
        """Status moves only along the stated ways."""
        if not self.shop.orders:
            return
        self.move_on(pick(self.shop.orders, number), step)

    def move_on(self, order: Order, step: str) -> None:
        """Ask for a step; it happens or is refused as the status says."""
        target, sources = {
            "cancel_order": ("cancelled", ("pending", "paid")),
            "ship_order": ("shipped", ("paid",)),
            "deliver_order": ("delivered", ("shipped",)),
        }[step]
        if order.status not in sources:
            self.expect_refusal(step, {"order_id": order.id}, RULE)
        else:
            self.expect_rows(step, {"order_id": order.id}, [{"status": target}])
            if target == "delivered":
                order.status = target
            else:
                self.shop.leave(order, target)
        self.check_order(order)

    @asked(
        number=PICK, share=st.sampled_from(["rest", "rest", "one", "half", "too much", "zero", "negative"]), ref=REFS
    )
    def capture(self, number: int, share: str, ref: str) -> None:
        """Captures add up to the total and no further."""
        if not self.shop.orders:
            return
        self.take_money(pick(self.shop.orders, number), share, ref)

    def take_money(self, order: Order, share: str, ref: str) -> None:
        """Capture a share of what is still owed."""
        left = order.total - order.captured
        shares = {"rest": left, "one": 1, "half": max(1, left // 2), "too much": left + 1, "zero": 0, "negative": -1}
        amount = shares[share]
        params = {"order_id": order.id, "amount_minor": amount, "provider_ref": ref}
        codes = [] if 1 <= len(ref) <= 100 else list(TEXT_RULE)
        codes += DUPLICATE if ref in self.shop.capture_refs else []
        codes += RULE if amount < 1 or order.status != "pending" else []
        codes += TOO_LARGE if amount > left else []
        if codes:
            self.expect_refusal("capture_payment", params, codes)
        else:
            row = self.expect_row("capture_payment", params)
            self.shop.capture_refs.add(ref)
            order.payments.append(Payment(row["payment_id"], amount))
            order.status = "paid" if amount == left else "pending"
            if row["status"] != order.status:
                self.fail("capture_payment", f"status {order.status!r}", f"status {row['status']!r}")
            codes = [*DUPLICATE, *(RULE if order.status == "paid" else [])]
            self.expect_refusal("capture_payment", {**params, "amount_minor": 1}, codes)
        self.check_order(order)

    @asked(number=PICK, share=st.sampled_from(["rest", "one", "too much", "zero", "negative"]), ref=REFS)
    def refund(self, number: int, share: str, ref: str) -> None:
        """Refunds add up to the payment and no further."""
        owned = [(order, payment) for order in self.shop.orders for payment in order.payments]
        if not owned:
            return
        self.give_back(*pick(owned, number), share, ref)

    def give_back(self, order: Order, payment: Payment, share: str, ref: str) -> None:
        """Refund a share of what is left of a payment."""
        left = payment.amount - payment.refunded
        amount = {"rest": left, "one": 1, "too much": left + 1, "zero": 0, "negative": -1}[share]
        params = {"payment_id": payment.id, "amount_minor": amount, "provider_ref": ref}
        codes = [] if 1 <= len(ref) <= 100 else list(TEXT_RULE)
        codes += DUPLICATE if ref in self.shop.refund_refs else []
        codes += RULE if amount < 1 else []
        codes += TOO_LARGE if amount > left else []
        if codes:
            self.expect_refusal("refund_payment", params, codes)
        else:
            self.expect_row("refund_payment", params)
            self.shop.refund_refs.add(ref)
            payment.refunded += amount
            codes = [*DUPLICATE, *(TOO_LARGE if payment.refunded == payment.amount else [])]
            self.expect_refusal("refund_payment", {**params, "amount_minor": 1}, codes)
        self.check_order(order)

    def check_out(self, customer: UUID, key: str, placed_at: datetime) -> None:
        """Place an order, and compare what came of it."""
        params = {"customer_id": customer, "idempotency_key": key, "placed_at": placed_at}
        before = self.shop.order_with_key(customer, key)
        codes = [*([] if 1 <= len(key) <= 64 else TEXT_RULE), *self.shop.checkout_refusals(customer)]
        if before is not None:
            self.expect_rows("place_order", params, [{"order_id": before.id, "created": False}])
            self.check_order(before)
        elif codes:
            touched = [self.shop.variants[id_] for id_ in self.shop.carts[customer]]
            self.expect_refusal("place_order", params, codes)
            for variant in touched:
                self.check_variant(variant)
        else:
            row = self.expect_row("place_order", params)
            if row["created"] is not True or any(row["order_id"] == order.id for order in self.shop.orders):
                self.fail("place_order", "a new order with created = true", repr(row))
            self.check_order(self.shop.check_out(customer, key, placed_at, row["order_id"]))
        self.check_cart(customer)

    def walk_history(self, customer: UUID, size: int) -> None:
        """Every page of a customer's orders."""
        cursor = {"before_placed_at": "placed_at", "before_key": "idempotency_key"}
        self.walk("list_orders", {"customer_id": customer}, self.shop.history(customer), size, cursor)

    def check_cart(self, customer: UUID) -> None:
        """What show_cart says must be what the model says."""
        self.expect_rows("show_cart", {"customer_id": customer}, self.shop.cart_rows(customer))

    def check_order(self, order: Order) -> None:
        """An order, its lines, and the stock of what is in it."""
        self.expect_rows("get_order", {"order_id": order.id}, [order_row(order)])
        self.expect_rows("list_order_lines", {"order_id": order.id}, line_rows(order.lines))
        for line in order.lines:
            self.check_variant(self.shop.variants[line.variant_id])

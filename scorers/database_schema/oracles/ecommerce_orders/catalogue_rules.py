"""The state machine's rules on catalogue and stock, and what all its rules share."""

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule  # pyright: ignore[reportUnknownVariableType]

from scorers.database_schema.oracles.ecommerce_orders.model import (
    DUPLICATE,
    MAX_PRICE,
    ORDERED,
    ORPHAN,
    RULE,
    TEXT_RULE,
    RowDict,
    Shop,
    Variant,
    missing_id,
    variant_row,
)
from scorers.database_schema.session import Params
from scorers.database_schema.stateful import ContractMachine
from scorers.database_schema.values import Value

T = TypeVar("T")

CUSTOMERS = [UUID(int=0x1000 + n) for n in range(3)]
CURRENCIES = ["EUR", "EUR", "EUR", "JPY"]
PRICES = [1, 500, 500, 1999, 9007199254740993, MAX_PRICE]
TITLES = ["Shirt", "Größentabelle", " padded ", "靴 '; --", "é" * 200]
LABELS = ["", "red / XL", "ß" * 100]
SKUS = ["tee-1", "TEE-2", "Tee_10", "a.b", "Z", "m-00", "M-01", "mug", "mUg2", "x" * 40]
BAD_SKUS = ["", "has space", "ümlaut", "x" * 41, "a/b", "line\n"]
PICK = st.integers(0, 1000)
SIZES = st.sampled_from([1, 2, 3, 5, 100])


def asked(**strategies: Any) -> Callable[[Callable[..., None]], Any]:
    """A rule that does nothing once the machine is idle."""

    def declare(function: Callable[..., None]) -> Any:
        @functools.wraps(function)
        def guarded(self: ContractMachine, **drawn: Any) -> None:
            if not self.idle:
                function(self, **drawn)

        declared: Any = rule(**strategies)  # pyright: ignore[reportUnknownVariableType]
        return declared(guarded)  # pyright: ignore[reportUnknownVariableType]

    return declare


def pick(choices: Sequence[T], number: int) -> T:
    """One of `choices`; small numbers give the first ones, so that hypothesis shrinks towards them."""
    return choices[number % len(choices)]


class CatalogueRules(ContractMachine):
    """Compares catalogue and stock with the model `self.shop`."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop()

    def furnish(self) -> None:
        """Two categories, some variants that share a price, one in another currency, and stock."""
        for slug in ("first", "2nd"):
            self.make_category(slug)
        categories = list(self.shop.slugs)
        for category, title in ((categories[0], "Tee"), (categories[0], "Mug"), (categories[1], "Tee")):
            self.make_product(category, title)
        products = list(self.shop.products)
        for number, (sku, price) in enumerate([("B-2", 500), ("a-1", 500), ("C", 1999), ("b-1", 500), ("_d", 7)]):
            variant = self.make_variant(products[number % 3 % 2], sku, "", price, "EUR")
            self.move_stock(variant, [4, 0, 2, 9, 30][number])
        self.move_stock(self.make_variant(products[0], "yen", "", 500, "JPY"), 5)

    @asked(slug=st.sampled_from(["new", "first", "a" * 60, "a" * 61, "", "Caps", "ä"]), name=st.sampled_from(["N", ""]))
    def add_category(self, slug: str, name: str) -> None:
        """Slugs are unique and of a stated form."""
        codes = [] if re.fullmatch(r"[a-z0-9-]{1,60}", slug) else list(TEXT_RULE)
        codes += [] if name else RULE
        codes += DUPLICATE if slug in self.shop.slugs.values() else []
        if codes:
            self.expect_refusal("create_category", {"slug": slug, "name": name}, codes)
        else:
            self.make_category(slug, name)

    @asked(number=PICK, title=st.sampled_from([*TITLES, "", "x" * 201]), orphan=st.integers(0, 5))
    def add_product(self, number: int, title: str, orphan: int) -> None:
        """A product has a category and a title."""
        category = pick(list(self.shop.slugs), number)
        codes = [] if 1 <= len(title) <= 200 else list(TEXT_RULE)
        if orphan == 5:
            category = missing_id(max(self.shop.slugs))
            codes += ORPHAN
        if codes:
            self.expect_refusal("create_product", {"category_id": category, "title": title}, codes)
        else:
            self.make_product(category, title)

    @asked(
        number=PICK,
        sku=st.sampled_from([*SKUS, *SKUS, "TEE-1", "B-2".lower(), *BAD_SKUS]),
        label=st.sampled_from([*LABELS, *LABELS, "x" * 101]),
        price=st.sampled_from([*PRICES, *PRICES, 0, -1, MAX_PRICE + 1]),
        currency=st.sampled_from([*CURRENCIES * 2, "eur", "EU", "EURO"]),
    )
    def add_variant(self, number: int, sku: str, label: str, price: int, currency: str) -> None:
        """SKUs are unique without regard to case; prices and currencies are in their ranges."""
        product = pick(list(self.shop.products), number)
        codes = [] if re.fullmatch(r"[A-Za-z0-9._-]{1,40}", sku) else list(TEXT_RULE)
        codes += [] if len(label) <= 100 else TEXT_RULE
        codes += [] if 1 <= price <= MAX_PRICE else RULE
        codes += [] if re.fullmatch("[A-Z]{3}", currency) else TEXT_RULE
        codes += DUPLICATE if self.find(sku) else []
        if codes:
            params = {"product_id": product, "sku": sku, "label": label, "price_minor": price, "currency": currency}
            self.expect_refusal("create_variant", params, codes)
        else:
            self.make_variant(product, sku, label, price, currency)

    @asked(number=PICK, price=st.sampled_from([*PRICES, 0, -5, MAX_PRICE + 1]))
    def reprice(self, number: int, price: int) -> None:
        """A price changes for later orders."""
        variant = self.some_variant(number)
        params = {"variant_id": variant.id, "price_minor": price}
        if not 1 <= price <= MAX_PRICE:
            self.expect_refusal("set_price", params, RULE)
        else:
            self.expect_rows("set_price", params, [{"variant_id": variant.id}])
            variant.price = price
        self.check_variant(variant)

    @asked(number=PICK)
    def discontinue(self, number: int) -> None:
        """A variant is no longer sold."""
        variant = self.some_variant(number)
        self.expect_rows("discontinue_variant", {"variant_id": variant.id}, [{"variant_id": variant.id}])
        variant.discontinued = True
        self.check_variant(variant)

    @asked(number=PICK)
    def delete(self, number: int) -> None:
        """Only what was never ordered can be deleted; carts forget it."""
        variant = self.some_variant(number)
        if self.shop.was_ordered(variant):
            self.expect_refusal("delete_variant", {"variant_id": variant.id}, ORDERED)
            self.check_variant(variant)
        elif len(self.shop.variants) > 2:
            self.expect_rows("delete_variant", {"variant_id": variant.id}, [{"variant_id": variant.id}])
            del self.shop.variants[variant.id]
            for cart in self.shop.carts.values():
                cart.pop(variant.id, None)
            self.expect_rows("get_variant", {"sku": variant.sku}, [])

    @asked(number=PICK, delta=st.sampled_from([1, 2, 25, -1, -3, -1000, 0]))
    def count_stock(self, number: int, delta: int) -> None:
        """Goods come and go; what is promised stays."""
        self.move_stock(self.some_variant(number), delta)

    @asked(number=PICK)
    def ask_for_unknown_things(self, number: int) -> None:
        """What does not exist gives no rows."""
        unknown = missing_id(self.some_variant(number).id)
        self.expect_rows("get_variant", {"sku": "no-such-sku"}, [])
        self.expect_rows("adjust_stock", {"variant_id": unknown, "delta": 1}, [])
        self.expect_rows("set_price", {"variant_id": unknown, "price_minor": 1}, [])
        self.expect_rows("discontinue_variant", {"variant_id": unknown}, [])
        self.expect_rows("delete_variant", {"variant_id": unknown}, [])
        params = {"product_id": missing_id(max(self.shop.products)), "sku": "orphan", "label": ""}
        self.expect_refusal("create_variant", {**params, "price_minor": 1, "currency": "EUR"}, ORPHAN)

    def walk_catalogue(self, category_id: Value, currency: str, low: int | None, high: int | None, size: int) -> None:
        """Every page of a category, to the end."""
        expected = self.shop.catalogue(category_id, currency, low, high)
        common = {
            "category_id": category_id,
            "currency": currency,
            "min_price_minor": low,
            "max_price_minor": high,
        }
        self.walk("list_catalog", common, expected, size, {"after_price_minor": "price_minor", "after_sku": "sku"})

    @asked(price=st.sampled_from([0, 7, 500, 1000, MAX_PRICE]), sku=st.sampled_from(["0", "b-15", "B-2", "zz"]))
    def enter_catalogue(self, price: int, sku: str) -> None:
        """A page after a position at which there may be nothing (any more)."""
        category_id = next(iter(self.shop.slugs))
        expected = [
            row
            for row in self.shop.catalogue(category_id, "EUR", None, None)
            if (row["price_minor"], row["sku"].lower()) > (price, sku.lower())
        ]
        params: Params = {"category_id": category_id, "currency": "EUR", "page_size": 100}
        params |= {"min_price_minor": None, "max_price_minor": None}
        self.expect_rows("list_catalog", {**params, "after_price_minor": price, "after_sku": sku}, expected)

    def walk_low_stock(self, threshold: int, size: int) -> None:
        """Every page of what runs out."""
        cursor = {"after_available": "available", "after_sku": "sku"}
        self.walk("low_stock", {"threshold": threshold}, self.shop.low_stock(threshold), size, cursor)

    def walk(self, query: str, common: Params, expected: list[RowDict], size: int, cursor: dict[str, str]) -> None:
        """Read page after page until one is not full; `cursor` maps parameters to the columns they come from."""
        at: Params = dict.fromkeys(cursor)
        for start in range(0, len(expected) + 1, size):
            page = expected[start : start + size]
            self.expect_rows(query, {**common, **at, "page_size": size}, page)
            if len(page) < size:
                return
            at = {param: _in_any_case(column, page[-1][column]) for param, column in cursor.items()}

    def some_variant(self, number: int) -> Variant:
        """One of the variants there are."""
        return pick(list(self.shop.variants.values()), number)

    def find(self, sku: str) -> Variant | None:
        """The variant with this SKU in any case."""
        return next((variant for variant in self.shop.variants.values() if variant.key == sku.lower()), None)

    def check_variant(self, variant: Variant) -> None:
        """What get_variant says must be what the model says."""
        self.expect_rows("get_variant", {"sku": variant.sku.swapcase()}, [variant_row(variant)])

    def make_category(self, slug: str, name: str = "A name") -> None:
        """Create a category that the contract allows."""
        row = self.expect_row("create_category", {"slug": slug, "name": name})
        self.shop.slugs[row["category_id"]] = slug

    def make_product(self, category_id: Value, title: str) -> None:
        """Create a product that the contract allows."""
        row = self.expect_row("create_product", {"category_id": category_id, "title": title})
        self.shop.products[row["product_id"]] = (category_id, title)

    def make_variant(self, product_id: Value, sku: str, label: str, price: int, currency: str) -> Variant:
        """Create a variant that the contract allows."""
        params = {"product_id": product_id, "sku": sku, "label": label, "price_minor": price, "currency": currency}
        row = self.expect_row("create_variant", params)
        category_id, title = self.shop.products[product_id]
        variant = Variant(row["variant_id"], product_id, category_id, title, sku, label, price, currency)
        self.shop.variants[variant.id] = variant
        self.check_variant(variant)
        return variant

    def move_stock(self, variant: Variant, delta: int) -> None:
        """Adjust the stock, or be refused."""
        params = {"variant_id": variant.id, "delta": delta}
        if delta == 0 or variant.available + delta < 0:
            self.expect_refusal("adjust_stock", params, RULE)
        else:
            variant.on_hand += delta
            figures = {"on_hand": variant.on_hand, "reserved": variant.reserved, "available": variant.available}
            self.expect_rows("adjust_stock", params, [figures])
        self.check_variant(variant)


def _in_any_case(column: str, value: Value) -> Value:
    return value.swapcase() if column == "sku" else value

"""Fills a shop as shops fill up: a large category, one customer with an eighth of the orders, many small ones."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from scorers.database_schema.oracle import Population, Probe
from scorers.database_schema.oracles.ecommerce_orders.shopkeeping import checkout_params, done, money_params
from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.values import Value
from scorers.database_schema.violation import Violation

BIG_CUSTOMER = UUID(int=0xB16)
OPENING = datetime(2025, 1, 1, tzinfo=UTC)
REPORT_DAYS = (date(2026, 2, 2), date(2026, 2, 4))
REPORT_ORDERS = 8
"""Orders within the days of the measured report; the same at every size."""
LOW = 3
PAGE = 20
PRICES = (100, 500, 500, 500, 999, 1999, 4999, 9007199254740993)

Filled = list[tuple[Value, str, int]]
"""Variants with SKU and price."""


@dataclass
class Shelves:
    """What was stored so far, for the next part and for the probes."""

    session: ContractSession
    random: Random
    population: Population
    variants: Filled = field(default_factory=Filled)

    def many(self, query: str, params: list[Params]) -> list[CallResult]:
        """Call a query many times. Raises Violation at the first refusal."""
        results = self.session.call_many(query, params, per_transaction=200)
        if results:
            done(results[-1])
        self.population.rows += len(params)
        return results


def fill(session: ContractSession, random: Random, rows: int, population: Population) -> None:
    """Add about `rows` rows: a third variants, and orders with carts, lines and payments."""
    start = population.rows
    shelves = Shelves(session, random, population)
    if not population.ids:
        _open_shop(shelves)
    known = len(population.ids["variant"])
    _add_variants(shelves, known, max(8, rows // 4))
    _add_orders(shelves, len(population.ids["order"]), max(8, rows // 16))
    _fill_carts(shelves, known, max(4, rows // 40))
    # Lines, stock and payments came along with the calls; what is counted is calls that stored something.
    population.rows = start + rows
    population.probes = _probes(shelves)


def _open_shop(shelves: Shelves) -> None:
    categories = [{"slug": f"category-{n}", "name": f"Category {n}"} for n in range(4)]
    found = shelves.many("create_category", list[Params](categories))
    shelves.population.ids.update(
        category=[result.row["category_id"] for result in found], variant=[], order=[], product=[], sku=[]
    )


def _add_variants(shelves: Shelves, known: int, count: int) -> None:
    """Seven of ten in the first category, many at the same price; few of them low in stock, the same few at every size."""
    ids, random = shelves.population.ids, shelves.random
    products: list[Params] = [
        {"category_id": ids["category"][random.choice((0, 0, 0, 0, 0, 0, 0, 1, 2, 3))], "title": f"Thing {known + n}"}
        for n in range(count // 2)
    ]
    new_products = [result.row["product_id"] for result in shelves.many("create_product", products)]
    ids["product"] += new_products
    params: list[Params] = []
    for n in range(count):
        params.append(
            {
                "product_id": random.choice(new_products),
                "sku": f"SKU-{random.getrandbits(24):06x}-{known + n}",
                "label": f"variant {n}",
                "price_minor": random.choice(PRICES),
                "currency": "EUR" if random.random() < 0.9 else "CHF",
            }
        )
    new = [result.row["variant_id"] for result in shelves.many("create_variant", params)]
    ids["variant"] += new
    ids["sku"] += [param["sku"] for param in params]
    stock: list[Params] = [{"variant_id": id_, "delta": 2 + 10_000 * (n % 40 > 0)} for n, id_ in enumerate(new)]
    shelves.many("adjust_stock", stock)
    gone: list[Params] = [{"variant_id": id_} for n, id_ in enumerate(new) if n % 10 == 5]
    shelves.many("discontinue_variant", gone)


def _sellable(shelves: Shelves) -> list[Value]:
    """Variants that were neither discontinued nor left low in stock, nor among the most expensive."""
    session, ids = shelves.session, shelves.population.ids
    params: Params = {"category_id": ids["category"][0], "currency": "EUR", "page_size": 100}
    limits: Params = {"min_price_minor": None, "max_price_minor": 5000, "after_price_minor": None, "after_sku": None}
    rows = done(session.call("list_catalog", {**params, **limits})).rows
    return [row["variant_id"] for row in rows if row["available"] > LOW]


def _add_orders(shelves: Shelves, known: int, count: int) -> None:
    """Carts of one to three articles; an eighth belong to one customer; some are paid, shipped or cancelled."""
    ids, random = shelves.population.ids, shelves.random
    variants = _sellable(shelves)
    if not variants:
        raise Violation("list_catalog", expected="the variants in stock that were just created", actual="none")
    small = [UUID(int=random.getrandbits(128), version=4) for _ in range(count * 7 // 8)]
    for customers in (small, *[[BIG_CUSTOMER]] * (count - len(small))):
        params: list[Params] = [
            {"customer_id": customer, "variant_id": variant, "quantity": 1}
            for customer in customers
            for variant in random.sample(variants, min(len(variants), random.randint(1, 3)))
        ]
        shelves.many("add_to_cart", params)
        placed: list[Params] = []
        for customer in customers:
            number = len(ids["order"]) + len(placed)
            placed.append(checkout_params(customer, f"key-{number:06d}", _placed_at(random, number)))
        ids["order"] += [result.row["order_id"] for result in shelves.many("place_order", placed)]
    orders = ids["order"][known:]
    shelves.many("capture_payment", [money_params(id_, 1, f"part-{id_}") for id_ in orders])
    shelves.many("cancel_order", [{"order_id": id_} for id_ in orders[::9]])


def _placed_at(random: Random, number: int) -> datetime:
    """The first few on the days of the report, all others in the year before, a few hundred at the same instant."""
    if number < REPORT_ORDERS:
        first = datetime.combine(REPORT_DAYS[0], datetime.min.time(), tzinfo=UTC)
        return first + timedelta(hours=9 * number)
    return OPENING + timedelta(hours=random.randrange(40) * 200)


def _fill_carts(shelves: Shelves, known: int, count: int) -> None:
    """Carts that were left behind."""
    random = shelves.random
    variants = _sellable(shelves)
    params: list[Params] = []
    for number in range(count):
        customer = UUID(int=(0xCA27 << 64) + known * 1000 + number)
        chosen = random.sample(variants, min(len(variants), 3))
        params += [{"customer_id": customer, "variant_id": variant, "quantity": 2} for variant in chosen]
    shelves.many("add_to_cart", params)
    shelves.population.ids["cart"] = [param["customer_id"] for param in params]


def _probes(shelves: Shelves) -> list[Probe]:
    session, ids = shelves.session, shelves.population.ids
    middle = len(ids["order"]) // 2
    orders: tuple[Params, Params] = ({"order_id": ids["order"][middle]}, {"order_id": ids["order"][middle + 1]})
    skus: tuple[Params, Params] = ({"sku": ids["sku"][1]}, {"sku": ids["sku"][-1].lower()})
    carts: tuple[Params, Params] = ({"customer_id": ids["cart"][0]}, {"customer_id": ids["cart"][-1]})
    days: Params = {"from_day": REPORT_DAYS[0], "to_day": REPORT_DAYS[1]}
    return [
        Probe("get_variant", "get_variant", *skus),
        Probe("show_cart", "show_cart", *carts),
        Probe("get_order", "get_order", *orders),
        Probe("list_order_lines", "list_order_lines", *orders),
        *_catalogue_probes(session, ids["category"][0]),
        *_history_probes(session),
        *_low_stock_probes(session),
        Probe("daily_sales", "daily_sales of three days", {**days, "to_day": days["from_day"]}, days),
    ]


def _catalogue_probes(session: ContractSession, category_id: Value) -> list[Probe]:
    """The first page, one far down, one within price limits, and the last one before the end."""
    common: Params = {"category_id": category_id, "currency": "EUR", "page_size": PAGE}
    open_: Params = {**common, "min_price_minor": None, "max_price_minor": None}
    limits: Params = {**common, "min_price_minor": 900, "max_price_minor": 2500}
    first: Params = {**open_, "after_price_minor": None, "after_sku": None}
    rows = _walk(session, "list_catalog", first, {"after_price_minor": "price_minor", "after_sku": "sku"})
    middle, late = len(rows) // 2, max(0, len(rows) - PAGE - 1)

    def after(number: int) -> Params:
        row = rows[max(0, number)]
        return {"after_price_minor": row["price_minor"], "after_sku": row["sku"]}

    full = min(PAGE, len(rows))
    within = [row for row in rows if 900 <= row["price_minor"] <= 2500]
    start = within[len(within) // 2] if within else rows[0]
    cursor: Params = {"after_price_minor": start["price_minor"], "after_sku": start["sku"]}
    left = min(PAGE, max(0, len(within) - len(within) // 2 - 1))
    return [
        Probe("list_catalog", "list_catalog, first page", {**open_, **after(3)}, first, min_rows=full),
        Probe(
            "list_catalog",
            "list_catalog, halfway down",
            {**open_, **after(middle - 5)},
            {**open_, **after(middle)},
            min_rows=min(PAGE, len(rows) - middle - 1),
        ),
        Probe(
            "list_catalog",
            "list_catalog, near the end",
            {**open_, **after(late - 5)},
            {**open_, **after(late)},
            min_rows=min(PAGE, len(rows) - late - 1),
        ),
        Probe("list_catalog", "list_catalog, price limits", first, {**limits, **cursor}, min_rows=left),
    ]


def _history_probes(session: ContractSession) -> list[Probe]:
    first: Params = {
        "customer_id": BIG_CUSTOMER,
        "before_placed_at": None,
        "before_key": None,
        "page_size": PAGE,
    }
    cursor = {"before_placed_at": "placed_at", "before_key": "idempotency_key"}
    rows = _walk(session, "list_orders", first, cursor)
    deep = max(0, len(rows) - PAGE - 1)

    def after(number: int) -> Params:
        row = rows[max(0, number)]
        return {**first, **{param: row[column] for param, column in cursor.items()}}

    return [
        Probe("list_orders", "list_orders, first page", after(1), first, min_rows=min(PAGE, len(rows))),
        Probe(
            "list_orders",
            "list_orders, near the end",
            after(deep - 3),
            after(deep),
            min_rows=min(PAGE, len(rows) - deep - 1),
        ),
    ]


def _low_stock_probes(session: ContractSession) -> list[Probe]:
    """What runs out, and everything: a threshold that the whole catalogue meets."""
    common: Params = {"after_available": None, "after_sku": None}
    few: Params = {"threshold": LOW, **common, "page_size": PAGE}
    cursor = {"after_available": "available", "after_sku": "sku"}
    rows = _walk(session, "low_stock", {**few, "threshold": 10**6}, cursor)
    row = rows[len(rows) // 2]
    deep: Params = {
        "threshold": 10**6,
        "after_available": row["available"],
        "after_sku": row["sku"],
        "page_size": PAGE,
    }
    low = sum(row["available"] <= LOW for row in rows)
    return [
        Probe("low_stock", "low_stock, first page", {**few, "page_size": 2}, few, min_rows=min(PAGE, low)),
        Probe(
            "low_stock",
            "low_stock, halfway down",
            {**deep, "page_size": 2},
            deep,
            min_rows=min(PAGE, len(rows) - len(rows) // 2 - 1),
        ),
    ]


def _walk(session: ContractSession, query: str, first: Params, cursor: dict[str, str]) -> list[dict[str, Value]]:
    """All rows of a paged query, by pages of 100. Raises Violation when the pages do not end or are empty."""
    rows: list[dict[str, Value]] = []
    at: Params = {}
    while True:
        page = done(session.call(query, {**first, **at, "page_size": 100})).rows
        rows += page
        if len(page) < 100:
            break
        if len(rows) > 100_000:
            raise Violation(query, expected="pages that come to an end", actual=f"{len(rows)} rows and more")
        at = {param: page[-1][column] for param, column in cursor.items()}
    if not rows:
        raise Violation(query, expected="the rows that were stored", actual="none")
    return rows

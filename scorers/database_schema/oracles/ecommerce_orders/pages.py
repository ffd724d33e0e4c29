"""Reading a catalogue page by page while the shop changes: what nobody touches is seen once, in order."""

from random import Random

from scorers.database_schema.oracles.ecommerce_orders.crowd import Call, Crowd, Sessions
from scorers.database_schema.oracles.ecommerce_orders.shopkeeping import (
    done,
    new_category,
    new_product,
    same,
    variant_params,
)
from scorers.database_schema.session import Params
from scorers.database_schema.values import Value

VARIANTS = 150
PAGE = 20


def walk_during_changes(sessions: Sessions, random: Random) -> None:
    """Walk a category of many variants while some of them change their price and new ones come in."""
    crowd = Crowd(sessions, 3)
    category = new_category(crowd.first, "busy")
    product = new_product(crowd.first, category)
    made = [variant_params(product, f"p-{n:03d}", random.choice([100, 200, 300])) for n in range(VARIANTS)]
    ids = [done(result).row["variant_id"] for result in crowd.first.call_many("create_variant", made)]
    moving = set(random.sample(range(VARIANTS), 10))
    still = sorted((made[n]["price_minor"], made[n]["sku"]) for n in range(VARIANTS) if n not in moving)
    seen: list[tuple[Value, Value]] = []
    at: Params = {"after_price_minor": None, "after_sku": None}
    common: Params = {"category_id": category, "currency": "EUR", "page_size": PAGE}
    common |= {"min_price_minor": None, "max_price_minor": None}
    for turn in range(VARIANTS):
        price = random.choice([50, 150, 250, 350])
        calls: list[Call] = [
            ("list_catalog", {**common, **at}),
            ("create_variant", variant_params(product, f"new-{turn}", price)),
            ("set_price", {"variant_id": ids[random.choice(sorted(moving))], "price_minor": price}),
        ]
        page, *others = crowd.at_once(calls)
        for result in others:
            done(result)
        rows = done(page).rows
        seen += [(row["price_minor"], row["sku"]) for row in rows]
        if len(rows) < PAGE:
            break
        at = {"after_price_minor": rows[-1]["price_minor"], "after_sku": rows[-1]["sku"]}
    known = set(still)
    same("variants that did not change, as the pages showed them", still, [row for row in seen if row in known])

"""Requests to count, to weigh, and to put under load, on the large seed."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Probe, Side, Violation, WriteRun
from scorers.performance.workloads.order_history.fresh import is_open
from scorers.performance.workloads.order_history.shop import (
    Sizes,
    add_request,
    cancel_request,
    order_request,
    page_request,
    place_request,
    summary_request,
    walk,
)

TIMES = 4
"""Requests of a probe, each with other parameters: what happens once in the background does not look like a cost."""

DEPTH = 5
"""Pages of 100 that lie before a deep page."""

MIX: tuple[tuple[str, int], ...] = (
    ("orders_page", 50),
    ("orders_page_deep", 12),
    ("order", 22),
    ("summary", 8),
    ("add_line", 4),
    ("place_order", 4),
)
"""The stated load, in per cent."""


def probes(sizes: Sizes, side: Side, random: Random) -> list[Probe]:
    """Every kind of request, with what its answer lists and counts. Walks to the deep pages first. Raises Violation."""
    companies = random.sample(range(1, sizes.business + 1), 2 * TIMES)
    people = random.sample(range(sizes.business + 1, sizes.with_orders + 1), 2 * TIMES)
    fillable = random.sample(
        [order for order in range(1, sizes.all_orders) if is_open(order) and order % 97], 6 * TIMES
    )
    deep = {company: cursors(side, company)[-1] for company in companies}
    many = sizes.business_orders
    few = 2 * sizes.orders // (sizes.customers - sizes.business)

    def pages(**query: Any) -> list[Request]:
        return [page_request(company, **query) for company in companies]

    def probe(label: str, requests: list[Request], rows: int, counted: int = 0, same_as: str | None = None) -> Probe:
        return Probe(requests[0].endpoint, label, requests[:TIMES], requests[TIMES:], rows, counted, same_as)

    three = [{"product_id": 10 * number + 3, "quantity": 2} for number in range(1, 4)]
    forty = [{"product_id": 10 * number + 3, "quantity": 2} for number in range(1, 41)]
    return [
        probe("first page of a company", pages(limit=20), 20, many),
        probe("large page of a company", pages(limit=100), 100, many),
        probe("filtered page of a company", pages(limit=20, status="cancelled"), 20, many),
        probe("first page of a person", [page_request(person) for person in people], 20, few),
        probe(
            "deep page of a company",
            [page_request(company, limit=20, cursor=cursor) for company, cursor in deep.items()],
            20,
            same_as="first page of a company",
        ),
        probe("details of an order", [order_request(order) for order in fillable[: 2 * TIMES]], 5),
        probe("summary of a company", [summary_request(company) for company in companies], 0, many),
        probe("summary of a person", [summary_request(person) for person in people], 0, few),
        probe("a new order of 3 lines", [place_request(person, {"lines": three}) for person in people], 3),
        probe("a new order of 40 lines", [place_request(person, {"lines": forty}) for person in people], 40),
        probe("a line added", [add_request(order, three[0]) for order in fillable[2 * TIMES : 4 * TIMES]], 6),
        probe("an order cancelled", [cancel_request(order) for order in fillable[4 * TIMES :]], 5),
    ]


def cursors(side: Side, customer: int) -> list[str]:
    """The cursors behind the first pages of a customer with many orders. Raises Violation when there are none."""
    pages = walk(side, customer, limit=100, most_pages=DEPTH)
    found = [] if isinstance(pages, Answer) else [page["next_cursor"] for page in pages]
    if len(found) < DEPTH or any(not isinstance(cursor, str) for cursor in found):
        raise Violation(f"customer {customer} has more than {100 * DEPTH} orders, but the pages end before", str(found))
    return found


def write_run(sizes: Sizes, random: Random) -> WriteRun:
    """Some of all that writes."""
    fillable = random.sample([order for order in range(1, sizes.all_orders) if is_open(order) and order % 97], 60)
    run = WriteRun()
    for order in fillable[:20]:
        lines = [{"product_id": random.randint(1, sizes.products), "quantity": 2} for _ in range(3)]
        run.requests.append(place_request(random.randint(1, sizes.customers), {"lines": lines}))
        run.requests.append(add_request(order, {"product_id": random.randint(1, sizes.products), "quantity": 1}))
    run.requests += [cancel_request(order) for order in fillable[20:30]]
    for order in fillable[30:]:
        run.programs.append(("ship_order", {"order_id": order}))
        run.programs.append(
            ("correct_quantity", {"order_id": order, "line_no": 1, "quantity": random.randint(1, 1000)})
        )
    for customer in range(1, 4):
        run.programs.append(
            ("import_orders", {"customer_id": customer, "placed_at": "2024-01-01T00:00:00Z", "orders": 100})
        )
    return run


def memory_requests(sizes: Sizes, random: Random, count: int) -> list[Request]:
    """Large answers, hardly ever the same one twice."""
    kinds: Sequence[Callable[[], Request]] = (
        lambda: page_request(random.randint(1, sizes.business), limit=random.randint(60, 100)),
        lambda: page_request(random.randint(1, sizes.with_orders), limit=100),
        lambda: order_request(random.randint(1, sizes.all_orders)),
        lambda: summary_request(random.randint(1, sizes.with_orders)),
    )
    return [random.choice(kinds)() for _ in range(count)]


def load_requests(sizes: Sizes, side: Side, random: Random, count: int) -> list[Request]:
    """The stated mix. Deep pages start at cursors that `side` handed out. Raises Violation."""
    companies = random.sample(range(1, sizes.business + 1), 8)
    deep = [(company, cursor) for company in companies for cursor in cursors(side, company)]
    return _mix(sizes, random, count, deep)


def baseline_requests(sizes: Sizes, random: Random, count: int) -> list[Request]:
    """The stated mix without the deep pages, which the baseline is too slow to walk to."""
    return _mix(sizes, random, count, [])


def _mix(sizes: Sizes, random: Random, count: int, deep: list[tuple[int, str]]) -> list[Request]:
    mix = [(name, weight) for name, weight in MIX if deep or name != "orders_page_deep"]
    names, weights = [name for name, _ in mix], [weight for _, weight in mix]
    return [_draw(sizes, random, name, deep) for name in random.choices(names, weights, k=count)]


def _draw(sizes: Sizes, random: Random, name: str, deep: list[tuple[int, str]]) -> Request:
    customer = random.choice([random.randint(1, sizes.business), random.randint(1, sizes.with_orders)])
    match name:
        case "orders_page_deep":
            company, cursor = random.choice(deep)
            page = page_request(company, limit=20, cursor=cursor)
            return Request("orders_page_deep", page.method, page.path)
        case "order":
            return order_request(random.randint(1, sizes.all_orders))
        case "summary":
            return summary_request(customer)
        case "add_line":
            return add_request(
                _an_open_order(sizes, random), {"product_id": random.randint(1, sizes.products), "quantity": 1}
            )
        case "place_order":
            products = random.sample(range(1, sizes.products + 1), 3)
            return place_request(customer, {"lines": [{"product_id": product, "quantity": 2} for product in products]})
        case _:
            return page_request(customer)


def _an_open_order(sizes: Sizes, random: Random) -> int:
    while not is_open(order := random.randint(1, sizes.all_orders)):
        pass
    return order

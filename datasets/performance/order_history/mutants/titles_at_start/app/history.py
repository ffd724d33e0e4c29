from collections import defaultdict

from psycopg import Connection

from app import cursors
from app.errors import not_found
from app.money import line_total

titles: dict[int, str] = {}

CUSTOMER = "SELECT id FROM customers WHERE id = %(customer)s"

CUSTOMER_AND_TOTAL = """
SELECT c.id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id {filter}) AS total
FROM customers c WHERE c.id = %(customer)s
"""

PAGE = """
SELECT o.id, o.status, o.placed_at, o.discount_permille
FROM orders o
WHERE o.customer_id = %(customer)s {filter} {after}
ORDER BY o.placed_at DESC, o.id DESC LIMIT %(limit)s
"""

LINES = """
SELECT order_id, product_id, quantity, unit_price_minor FROM order_lines
WHERE order_id = ANY(%s) ORDER BY order_id, line_no
"""

SUMMARY = """
SELECT c.currency, o.*
FROM customers c
CROSS JOIN LATERAL (
    SELECT count(*) AS orders,
           count(*) FILTER (WHERE o.status = 'open') AS open,
           count(*) FILTER (WHERE o.status = 'shipped') AS shipped,
           count(*) FILTER (WHERE o.status = 'delivered') AS delivered,
           count(*) FILTER (WHERE o.status = 'cancelled') AS cancelled,
           max(o.placed_at) AS last_order_at
    FROM orders o WHERE o.customer_id = c.id
) AS o
WHERE c.id = %(customer)s
"""

PAID_LINES = """
SELECT o.discount_permille, l.quantity, l.unit_price_minor
FROM orders o JOIN order_lines l ON l.order_id = o.id
WHERE o.customer_id = %(customer)s AND o.status <> 'cancelled'
"""


def page(connection: Connection, customer_id: int, status: str | None, limit: int, cursor: str | None) -> dict:
    values = {"customer": customer_id, "status": status, "limit": limit + 1}
    chosen = "AND o.status = %(status)s" if status is not None else ""
    after = ""
    if cursor is not None:
        values["placed_at"], values["id"] = cursors.decode(cursor)
        after = "AND (o.placed_at, o.id) < (%(placed_at)s, %(id)s)"
    customer_sql = CUSTOMER_AND_TOTAL.format(filter=chosen) if cursor is None else CUSTOMER
    customer = connection.execute(customer_sql, values).fetchone()
    if customer is None:
        raise not_found()
    found = connection.execute(PAGE.format(filter=chosen, after=after), values).fetchall()
    orders = found[:limit]
    last = orders[-1] if len(found) > limit else None
    return {
        "customer_id": customer_id,
        "total": customer.get("total"),
        "orders": entries(connection, orders),
        "next_cursor": cursors.encode(last["placed_at"], last["id"]) if last else None,
    }


def entries(connection: Connection, orders: list[dict]) -> list[dict]:
    """What a page says about `orders`, with two queries for all of them together."""
    lines = defaultdict(list)
    for line in connection.execute(LINES, ([order["id"] for order in orders],)).fetchall() if orders else []:
        lines[line["order_id"]].append(line)
    headlines = {order_id: of_order[0]["product_id"] for order_id, of_order in lines.items()}
    if not titles:
        products = connection.execute("SELECT id, title FROM products").fetchall()
        titles.update({product["id"]: product["title"] for product in products})
    return [
        {
            "id": order["id"],
            "status": order["status"],
            "placed_at": order["placed_at"],
            "lines": len(lines[order["id"]]),
            "units": sum(line["quantity"] for line in lines[order["id"]]),
            "headline": titles[headlines[order["id"]]] if order["id"] in headlines else None,
            "total_minor": sum(
                line_total(line["quantity"], line["unit_price_minor"], order["discount_permille"])
                for line in lines[order["id"]]
            ),
        }
        for order in orders
    ]


def summary(connection: Connection, customer_id: int) -> dict:
    """What the account page shows on top. Cancelled orders count as orders, but nobody paid for them."""
    values = {"customer": customer_id}
    found = connection.execute(SUMMARY, values).fetchone()
    if found is None:
        raise not_found()
    lines = connection.execute(PAID_LINES, values).fetchall()
    return {
        "customer_id": customer_id,
        "currency": found["currency"],
        "orders": found["orders"],
        "by_status": {status: found[status] for status in ("open", "shipped", "delivered", "cancelled")},
        "units": sum(line["quantity"] for line in lines),
        "spent_minor": sum(
            line_total(line["quantity"], line["unit_price_minor"], line["discount_permille"]) for line in lines
        ),
        "last_order_at": found["last_order_at"],
    }

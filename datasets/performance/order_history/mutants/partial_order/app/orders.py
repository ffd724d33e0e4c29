from psycopg import Connection

from app.errors import Refused, not_found
from app.models import Line, NewOrder
from app.money import line_total

MOST_OF_A_LINE = 1000

ORDER = """
SELECT o.id, o.status, o.discount_permille, o.placed_at, c.id AS customer_id, c.name, c.currency
FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = %s
"""

LINES = """
SELECT l.line_no, l.product_id, p.title, l.quantity, l.unit_price_minor
FROM order_lines l JOIN products p ON p.id = l.product_id
WHERE l.order_id = %s ORDER BY l.line_no
"""

PLACE_LINES = """
INSERT INTO order_lines (order_id, line_no, product_id, quantity, unit_price_minor)
SELECT %(order)s, new.line_no, p.id, new.quantity, p.price_minor
FROM unnest(%(products)s::bigint[], %(quantities)s::int[]) WITH ORDINALITY AS new (product_id, quantity, line_no)
JOIN products p ON p.id = new.product_id
"""


def show(connection: Connection, order_id: int) -> dict:
    """The whole order, as the shop's "order details" page shows it."""
    order = connection.execute(ORDER, (order_id,)).fetchone()
    if order is None:
        raise not_found()
    lines = connection.execute(LINES, (order_id,)).fetchall()
    for line in lines:
        line["line_total_minor"] = line_total(line["quantity"], line["unit_price_minor"], order["discount_permille"])
    return {
        "id": order["id"],
        "customer": {"id": order["customer_id"], "name": order["name"]},
        "status": order["status"],
        "currency": order["currency"],
        "discount_permille": order["discount_permille"],
        "placed_at": order["placed_at"],
        "lines": lines,
        "total_minor": sum(line["line_total_minor"] for line in lines),
    }


def place(connection: Connection, customer_id: int, new: NewOrder) -> dict:
    order = connection.execute(
        "INSERT INTO orders (customer_id, discount_permille) SELECT id, %s FROM customers WHERE id = %s RETURNING id",
        (new.discount_permille, customer_id),
    ).fetchone()
    if order is None:
        raise not_found()
    placed = connection.execute(
        PLACE_LINES,
        {
            "order": order["id"],
            "products": [line.product_id for line in new.lines],
            "quantities": [line.quantity for line in new.lines],
        },
    )
    if placed.rowcount != len(new.lines):
        connection.commit()
        raise Refused(422, "unknown_product")
    return show(connection, order["id"])


def add(connection: Connection, order_id: int, line: Line) -> dict:
    """Put more of a product into an open order: onto the first line that has it, or as a new last line."""
    lock_open(connection, order_id)
    known = connection.execute(
        "SELECT id, quantity FROM order_lines WHERE order_id = %s AND product_id = %s ORDER BY line_no LIMIT 1",
        (order_id, line.product_id),
    ).fetchone()
    if known is None:
        append(connection, order_id, line)
    elif known["quantity"] + line.quantity > MOST_OF_A_LINE:
        raise Refused(409, "too_many")
    else:
        connection.execute(
            "UPDATE order_lines SET quantity = quantity + %s WHERE id = %s", (line.quantity, known["id"])
        )
    return show(connection, order_id)


def append(connection: Connection, order_id: int, line: Line) -> None:
    added = connection.execute(
        "INSERT INTO order_lines (order_id, line_no, product_id, quantity, unit_price_minor)"
        " SELECT %(order)s, 1 + coalesce((SELECT max(line_no) FROM order_lines WHERE order_id = %(order)s), 0),"
        " id, %(quantity)s, price_minor FROM products WHERE id = %(product)s",
        {"order": order_id, "product": line.product_id, "quantity": line.quantity},
    )
    if added.rowcount == 0:
        raise Refused(422, "unknown_product")


def cancel(connection: Connection, order_id: int) -> dict:
    lock_open(connection, order_id)
    connection.execute("UPDATE orders SET status = 'cancelled' WHERE id = %s", (order_id,))
    return show(connection, order_id)


def lock_open(connection: Connection, order_id: int) -> None:
    order = connection.execute("SELECT status FROM orders WHERE id = %s FOR UPDATE", (order_id,)).fetchone()
    if order is None:
        raise not_found()
    if order["status"] != "open":
        raise Refused(409, "not_open")

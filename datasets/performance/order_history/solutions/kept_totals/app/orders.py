from psycopg import AsyncConnection

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
FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = %s ORDER BY l.line_no
"""

INSERT_LINES = """
INSERT INTO order_lines (order_id, line_no, product_id, quantity, unit_price_minor)
SELECT %s, n.line_no, p.id, n.quantity, p.price_minor
FROM unnest(%s::int[], %s::bigint[], %s::int[]) AS n (line_no, product_id, quantity) JOIN products p ON p.id = n.product_id
"""


async def show(connection: AsyncConnection, order_id: int) -> dict:
    """The whole order, as the shop's "order details" page shows it."""
    order = await (await connection.execute(ORDER, (order_id,))).fetchone()
    if order is None:
        raise not_found()
    lines = await (await connection.execute(LINES, (order_id,))).fetchall()
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


async def place(connection: AsyncConnection, customer_id: int, new: NewOrder) -> dict:
    customer = await connection.execute("SELECT 1 FROM customers WHERE id = %s", (customer_id,))
    if await customer.fetchone() is None:
        raise not_found()
    made = await connection.execute(
        "INSERT INTO orders (customer_id, discount_permille) VALUES (%s, %s) RETURNING id",
        (customer_id, new.discount_permille),
    )
    order_id = (await made.fetchone())["id"]
    await insert(connection, order_id, 1, new.lines)
    return await show(connection, order_id)


async def insert(connection: AsyncConnection, order_id: int, first_no: int, lines: list[Line]) -> None:
    numbers = list(range(first_no, first_no + len(lines)))
    stored = await connection.execute(
        INSERT_LINES, (order_id, numbers, [line.product_id for line in lines], [line.quantity for line in lines])
    )
    if stored.rowcount != len(lines):
        raise Refused(422, "unknown_product")


async def add(connection: AsyncConnection, order_id: int, line: Line) -> dict:
    """Put more of a product into an open order: onto the first line that has it, or as a new last line."""
    await lock_open(connection, order_id)
    lines = await connection.execute(
        "SELECT id, line_no, product_id, quantity FROM order_lines WHERE order_id = %s ORDER BY line_no", (order_id,)
    )
    there = await lines.fetchall()
    known = next((one for one in there if one["product_id"] == line.product_id), None)
    if known is None:
        await insert(connection, order_id, 1 + max((one["line_no"] for one in there), default=0), [line])
    elif known["quantity"] + line.quantity > MOST_OF_A_LINE:
        raise Refused(409, "too_many")
    else:
        await connection.execute(
            "UPDATE order_lines SET quantity = quantity + %s WHERE id = %s", (line.quantity, known["id"])
        )
    return await show(connection, order_id)


async def cancel(connection: AsyncConnection, order_id: int) -> dict:
    await lock_open(connection, order_id)
    await connection.execute("UPDATE orders SET status = 'cancelled' WHERE id = %s", (order_id,))
    return await show(connection, order_id)


async def lock_open(connection: AsyncConnection, order_id: int) -> None:
    locked = await connection.execute("SELECT status FROM orders WHERE id = %s FOR UPDATE", (order_id,))
    order = await locked.fetchone()
    if order is None:
        raise not_found()
    if order["status"] != "open":
        raise Refused(409, "not_open")

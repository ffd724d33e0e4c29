from base64 import urlsafe_b64decode, urlsafe_b64encode

from psycopg import Connection

from app.errors import Refused, not_found
from app.money import line_total
from app.orders import lines_of, product, total_of


def encode_cursor(offset: int) -> str:
    return urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def decode_cursor(cursor: str) -> int:
    try:
        kind, offset = urlsafe_b64decode(cursor.encode()).decode().split(":")
        if kind != "offset" or int(offset) < 0:
            raise ValueError(cursor)
        return int(offset)
    except ValueError as error:
        raise Refused(422, "invalid_cursor") from error


def page(connection: Connection, customer_id: int, status: str | None, limit: int, cursor: str | None) -> dict:
    offset = decode_cursor(cursor) if cursor is not None else 0
    if connection.execute("SELECT * FROM customers WHERE id = %s", (customer_id,)).fetchone() is None:
        raise not_found()
    total = connection.execute(
        "SELECT count(*) AS total FROM orders WHERE customer_id = %(customer)s AND (%(status)s::text IS NULL OR status = %(status)s)",
        {"customer": customer_id, "status": status},
    ).fetchone()["total"]
    found = connection.execute(
        "SELECT * FROM orders WHERE customer_id = %(customer)s AND (%(status)s::text IS NULL OR status = %(status)s)"
        " ORDER BY placed_at DESC, id DESC OFFSET %(offset)s LIMIT %(limit)s",
        {"customer": customer_id, "status": status, "offset": offset, "limit": limit},
    ).fetchall()
    entries = []
    for order in found:
        lines = lines_of(connection, order["id"])
        entries.append(
            {
                "id": order["id"],
                "status": order["status"],
                "placed_at": order["placed_at"],
                "lines": len(lines),
                "units": sum(line["quantity"] for line in lines),
                "headline": product(connection, lines[0]["product_id"])["title"] if lines else None,
                "total_minor": total_of(connection, order),
            }
        )
    after = offset + len(found)
    return {
        "customer_id": customer_id,
        "total": total,
        "orders": entries,
        "next_cursor": encode_cursor(after) if found and after < total else None,
    }


summaries: dict[int, dict] = {}


def summary(connection: Connection, customer_id: int) -> dict:
    """What the account page shows on top. Slow, so each customer's is remembered."""
    if customer_id not in summaries:
        summaries[customer_id] = compute_summary(connection, customer_id)
    return summaries[customer_id]


def compute_summary(connection: Connection, customer_id: int) -> dict:
    customer = connection.execute("SELECT * FROM customers WHERE id = %s", (customer_id,)).fetchone()
    if customer is None:
        raise not_found()
    orders = connection.execute("SELECT * FROM orders WHERE customer_id = %s", (customer_id,)).fetchall()
    by_status = {"open": 0, "shipped": 0, "delivered": 0, "cancelled": 0}
    for order in orders:
        by_status[order["status"]] += 1
    paid = {order["id"]: order for order in orders if order["status"] != "cancelled"}
    lines = connection.execute("SELECT * FROM order_lines WHERE order_id = ANY(%s)", (list(paid),)).fetchall()
    return {
        "customer_id": customer_id,
        "currency": customer["currency"],
        "orders": len(orders),
        "by_status": by_status,
        "units": sum(line["quantity"] for line in lines),
        "spent_minor": sum(
            line_total(line["quantity"], line["unit_price_minor"], paid[line["order_id"]]["discount_permille"])
            for line in lines
        ),
        "last_order_at": max((order["placed_at"] for order in orders), default=None),
    }

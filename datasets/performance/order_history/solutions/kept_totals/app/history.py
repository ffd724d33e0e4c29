import json
from base64 import b85decode, b85encode
from datetime import UTC, datetime, timedelta

from psycopg import AsyncConnection

from app.errors import Refused, not_found

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

PAGE = """
WITH page AS MATERIALIZED (
    SELECT o.id, o.status, o.placed_at, o.kept_lines, o.kept_units, o.kept_total_minor
    FROM orders o
    WHERE o.customer_id = %(customer)s {chosen} {before}
    ORDER BY o.placed_at DESC, o.id DESC LIMIT %(limit)s
)
SELECT p.id, p.status, p.placed_at, p.kept_lines AS lines, p.kept_units AS units, first.title AS headline,
       p.kept_total_minor::bigint AS total_minor
FROM page p
LEFT JOIN LATERAL (
    SELECT s.title FROM order_lines l JOIN products s ON s.id = l.product_id
    WHERE l.order_id = p.id ORDER BY l.line_no LIMIT 1
) AS first ON true
ORDER BY p.placed_at DESC, p.id DESC
"""

TOTAL = "SELECT count(*) AS total FROM orders o WHERE o.customer_id = %(customer)s {chosen}"

SUMMARY = """
SELECT c.currency, o.*
FROM customers c
CROSS JOIN LATERAL (
    SELECT count(*) AS orders,
           count(*) FILTER (WHERE status = 'open') AS open,
           count(*) FILTER (WHERE status = 'shipped') AS shipped,
           count(*) FILTER (WHERE status = 'delivered') AS delivered,
           count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
           coalesce(sum(kept_units) FILTER (WHERE status <> 'cancelled'), 0)::bigint AS units,
           coalesce(sum(kept_total_minor) FILTER (WHERE status <> 'cancelled'), 0)::bigint AS spent_minor,
           max(placed_at) AS last_order_at
    FROM orders WHERE customer_id = c.id
) AS o
WHERE c.id = %s
"""


def encode_cursor(order: dict) -> str:
    return b85encode(json.dumps([(order["placed_at"] - EPOCH) // MICROSECOND, order["id"]]).encode()).decode()


def decode_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        microseconds, order_id = json.loads(b85decode(cursor.encode("ascii")))
        position = EPOCH + timedelta(microseconds=int(microseconds)), int(order_id)
    except (ValueError, TypeError, OverflowError) as error:
        raise Refused(422, "invalid_cursor") from error
    if not 0 < position[1] < 2**63:
        raise Refused(422, "invalid_cursor")
    return position


async def page(
    connection: AsyncConnection, customer_id: int, status: str | None, limit: int, cursor: str | None
) -> dict:
    values: dict = {"customer": customer_id, "status": status, "limit": limit + 1}
    chosen = "AND o.status = %(status)s" if status else ""
    before = ""
    if cursor is not None:
        values["placed_at"], values["id"] = decode_cursor(cursor)
        before = "AND (o.placed_at, o.id) < (%(placed_at)s, %(id)s)"
    found = await (await connection.execute(PAGE.format(chosen=chosen, before=before), values)).fetchall()
    if not found:
        customer = await connection.execute("SELECT 1 FROM customers WHERE id = %(customer)s", values)
        if await customer.fetchone() is None:
            raise not_found()
    total = None
    if cursor is None:
        counted = await (await connection.execute(TOTAL.format(chosen=chosen), values)).fetchone()
        total = counted["total"]
    orders = found[:limit]
    return {
        "customer_id": customer_id,
        "total": total,
        "orders": orders,
        "next_cursor": encode_cursor(orders[-1]) if len(found) > limit else None,
    }


async def summary(connection: AsyncConnection, customer_id: int) -> dict:
    """What the account page shows on top. Cancelled orders count as orders, but nobody paid for them."""
    found = await (await connection.execute(SUMMARY, (customer_id,))).fetchone()
    if found is None:
        raise not_found()
    by_status = {status: found.pop(status) for status in ("open", "shipped", "delivered", "cancelled")}
    return {"customer_id": customer_id, "by_status": by_status, **found}

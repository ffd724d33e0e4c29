"""Mistaken statements that somebody runs by hand as `app_user`: they must not leave the stock negative."""

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

import psycopg
from psycopg import sql

from scorers.database_schema.oracles.ecommerce_orders.shopkeeping import (
    add,
    captured,
    new_category,
    new_product,
    new_variant,
    ordered,
    stock_of,
)
from scorers.database_schema.session import ContractSession
from scorers.database_schema.violation import Violation

_WRITABLE = b"""
SELECT n.nspname, c.relname, a.attname
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE')
  AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'float4'::regtype, 'float8'::regtype)
ORDER BY 1, 2, 3
"""

_DELETABLE = b"""
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND pg_catalog.has_table_privilege(c.oid, 'DELETE')
ORDER BY 1, 2
"""

_CHANGES = ("-1", "-1000", "1000", "{column} - 1", "{column} + 1000", "-{column}", "0", "NULL")
_SKUS = ("d-0", "d-1", "d-2")


def direct_writes_keep_stock(session: ContractSession) -> None:
    """Set every number that `app_user` may update to wrong values, then delete; look at the stock after each."""
    _furnish(session)
    for statement in _statements(session):
        connection = session.connection("app_user")
        changed = False
        with suppress(psycopg.Error):
            connection.execute(statement.as_bytes(connection))
            changed = True
        if changed:
            _look(session, statement.as_string(connection))


def _furnish(session: ContractSession) -> None:
    """Three variants: without orders, reserved in part, and reserved down to the last piece."""
    product = new_product(session, new_category(session))
    variants = [new_variant(session, product, sku, stock=3) for sku in _SKUS]
    ordered(session, UUID(int=1), variants[1], 1)
    paid = ordered(session, UUID(int=2), variants[2], 3)
    captured(session, paid, 1500, "direct")
    add(session, UUID(int=3), variants[0])


def _statements(session: ContractSession) -> Iterator[sql.Composed]:
    connection = session.connection("app_user")
    for schema, table, name in connection.execute(_WRITABLE).fetchall():
        column = sql.Identifier(str(name))
        for change in _CHANGES:
            value = sql.SQL(change).format(column=column)
            yield sql.SQL("UPDATE {} SET {} = {}").format(sql.Identifier(str(schema), str(table)), column, value)
    for schema, table in connection.execute(_DELETABLE).fetchall():
        yield sql.SQL("DELETE FROM {}").format(sql.Identifier(str(schema), str(table)))


def _look(session: ContractSession, statement: str) -> None:
    for sku in _SKUS:
        result = session.call("get_variant", {"sku": sku})
        if result.refused or len(result.rows) != 1:
            continue  # the statement took away something else; only negative figures are against this clause
        try:
            stock_of(session, sku)
        except Violation as violation:
            violation.steps = (statement,)
            raise

"""What can be seen and done past the named queries: by the grader's reader, and by app_user with SQL of its own."""

from collections.abc import Callable
from contextlib import suppress

import psycopg
from psycopg import sql

from scorers.database_schema.session import ContractSession
from scorers.database_schema.values import Value
from scorers.testbed.protocol import Row

_TABLES = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2
"""
_COLUMNS = """
SELECT attname FROM pg_catalog.pg_attribute
WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""

Table = tuple[str, str]


def tables_holding(session: ContractSession, text: str) -> list[str]:
    """Names of the tables that hold `text` in any row, as the grader's reader sees them."""
    return [".".join(table) for table in _tables_holding(session, text)]


def app_user_can_change(
    session: ContractSession,
    tenant: Value,
    action: str,
    before: list[dict[str, Value]],
    look: Callable[[], list[dict[str, Value]]],
) -> str | None:
    """Try to change or remove what the audit shows, as app_user with `tenant` set; the statement that did, or None.

    The tables tried are those that hold `action` somewhere. `look` reads the audit anew; each attempt that went
    through is judged by what it shows, not by what the attempt reported.
    """
    for table in _tables_holding(session, action):
        for statement in _attempts(session, table):
            if _run(session, tenant, statement) and look() != before:
                return statement.as_string(None)
    return None


def _tables_holding(session: ContractSession, text: str) -> list[Table]:
    reader = session.connection("reader")
    tables = [(str(row[0]), str(row[1])) for row in reader.execute(_TABLES.encode()).fetchall()]
    return [table for table in tables if _holds(reader, table, text)]


def _holds(reader: psycopg.Connection[Row], table: Table, text: str) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM {} AS x WHERE pg_catalog.strpos(x::pg_catalog.text, {}) > 0)")
    row = reader.execute(query.format(sql.Identifier(*table), sql.Literal(text))).fetchone()
    return row is not None and bool(row[0])


def _attempts(session: ContractSession, table: Table) -> list[sql.Composed]:
    name = sql.Identifier(*table)
    columns = session.connection("reader").execute(_COLUMNS.encode(), [name.as_string(None)]).fetchall()
    updates = [
        sql.SQL("UPDATE {} SET {} = {}").format(name, sql.Identifier(str(column[0])), value)
        for column in columns
        for value in (sql.SQL("'tampered'"), sql.SQL("NULL"), sql.SQL("'1999-01-01'"), sql.SQL("'project.deleted'"))
    ]
    return [*updates, sql.SQL("DELETE FROM {}").format(name), sql.SQL("TRUNCATE {} CASCADE").format(name)]


def _run(session: ContractSession, tenant: Value, statement: sql.Composed) -> bool:
    connection = session.connection("app_user")
    try:
        connection.execute(b"BEGIN")
        connection.execute(b"SELECT pg_catalog.set_config('app.tenant_id', $1, true)", [str(tenant)])
        connection.execute(statement)
        connection.execute(b"COMMIT")
    except psycopg.Error:
        with suppress(psycopg.Error):
            connection.execute(b"ROLLBACK")
        return False
    return True

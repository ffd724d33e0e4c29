"""What lies in the tables, as `reader` sees it: rows as text, with the identity PostgreSQL gives them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from psycopg import sql

from scorers.database_schema.tenancy.schema import Relation, Schema
from scorers.errors import HarnessFault
from scorers.testbed.protocol import Row

MAX_ROWS = 20_000
"""Rows of one relation that are looked at; the checks themselves store a few dozen."""

TEXT_SETTINGS = {
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
}
"""Settings on which the text of a value depends. Every session that reads rows sets them, so that texts can be compared."""

Cells = tuple[str | None, ...]

Limit = Callable[[], AbstractContextManager[None]]
"""Opens a deadline for what follows."""


class Identity(NamedTuple):
    """Which version of which row: any write to it, even one that changes nothing, gives it another identity."""

    table: int
    ctid: str
    xmin: str


class StoredRow(NamedTuple):
    """One row of a table."""

    identity: Identity
    cells: Cells


@dataclass(frozen=True)
class Snapshot:
    """Every row of every table at one time."""

    tables: dict[int, tuple[StoredRow, ...]]

    def rows(self) -> Iterable[StoredRow]:
        """All rows."""
        for rows in self.tables.values():
            yield from rows

    def identities(self) -> frozenset[Identity]:
        """The identities of all rows."""
        return frozenset(row.identity for row in self.rows())

    def texts(self, table: Relation, holders: Iterable[Relation], columns: Sequence[str]) -> "Counter[Cells]":
        """The rows of `table`, which lie in `holders`, cut to `columns`, with how often each occurs."""
        found: Counter[Cells] = Counter()
        for row in self.of(table, holders):
            found[cut(table, row, columns)] += 1
        return found

    def of(self, table: Relation, holders: Iterable[Relation]) -> list[StoredRow]:
        """The rows of `table`, which lie in `holders`, with the columns of `table` in its order."""
        found: list[StoredRow] = []
        for holder in holders:
            places = [holder.position(column.name) for column in table.columns]
            found.extend(
                StoredRow(row.identity, tuple(row.cells[place] for place in places))
                for row in self.tables.get(holder.oid, ())
            )
        return found


def cut(table: Relation, row: StoredRow, columns: Sequence[str]) -> Cells:
    """The cells of `row` in `columns`."""
    return tuple(row.cells[table.position(column)] for column in columns)


def shown(table: Relation, row: StoredRow) -> str:
    """`name=value, …` for evidence."""
    return shown_cells((column.name for column in table.columns), row.cells)


def shown_cells(names: Iterable[str], cells: Iterable[str | None]) -> str:
    """`name=value, …` for evidence, long values cut."""
    return ", ".join(f"{name}={_short(cell)}" for name, cell in zip(names, cells, strict=True))


def set_text_settings(connection: psycopg.Connection[Row]) -> None:
    """Make the session write values as all others do."""
    for name, value in TEXT_SETTINGS.items():
        connection.execute("SELECT pg_catalog.set_config($1, $2, false)", [name, value])


def take_snapshot(reader: psycopg.Connection[Row], schema: Schema, limit: Limit) -> Snapshot:
    """Read all tables in one transaction. Raises HarnessFault when one has more than MAX_ROWS rows."""
    tables = schema.tables
    with limit(), reader.pipeline():
        reader.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursors = [reader.cursor().execute(_content(table)) for table in tables]
        reader.execute(b"COMMIT")
    return Snapshot({table.oid: _stored(table, texts(cursor)) for table, cursor in zip(tables, cursors, strict=True)})


def texts(cursor: psycopg.Cursor[Row]) -> list[Cells]:
    """The rows of a result as PostgreSQL wrote them, past all conversion. Raises HarnessFault beyond MAX_ROWS."""
    result = cursor.pgresult
    if result is None:
        return []
    if result.ntuples > MAX_ROWS:
        raise HarnessFault(
            f"a relation shows more than {MAX_ROWS} rows, too many to tell whose they are",
            kind="too_many_rows",
            attributable=True,
        )
    return [
        tuple(_text(result.get_value(row, column)) for column in range(result.nfields)) for row in range(result.ntuples)
    ]


def select(columns: Sequence[str], source: sql.Composable) -> sql.Composed:
    """`SELECT columns FROM source`, with at most one row more than MAX_ROWS."""
    names = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    return sql.SQL("SELECT {} FROM {} LIMIT {}").format(names, source, sql.Literal(MAX_ROWS + 1))


def _content(table: Relation) -> sql.Composed:
    # Plain columns of the table alone: no cast, operator or function of the submission's is called.
    names = ["ctid", "xmin", *(column.name for column in table.columns)]
    return select(names, sql.SQL("ONLY {}").format(table.sql))


def _stored(table: Relation, rows: list[Cells]) -> tuple[StoredRow, ...]:
    return tuple(StoredRow(Identity(table.oid, str(cells[0]), str(cells[1])), cells[2:]) for cells in rows)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")


def _short(cell: str | None) -> str:
    if cell is None:
        return "NULL"
    return cell if len(cell) <= 80 else cell[:77] + "…"

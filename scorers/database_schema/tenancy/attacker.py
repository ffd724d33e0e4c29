"""A session of the application that runs the grader's own SQL with a tenant's setting, or without one."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType

import psycopg
from psycopg import sql

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.tenancy.rows import MAX_ROWS, Cells, set_text_settings, texts
from scorers.errors import HarnessFault
from scorers.testbed.protocol import Role, Row

_MACHINERY = ("08", "53", "57", "58", "F0", "XX", "55P03")
"""SQLSTATEs that say nothing of the submission's defences: the session, the server or its resources gave out."""

_OWN_MISTAKES = frozenset({"42601", "42703", "42883", "42P01", "42P02", "42P18", "42725"})
"""SQLSTATEs of a statement that is written wrong. Outside of a function it is the grader's, and proves nothing."""


@dataclass(frozen=True)
class Setting:
    """What the tenant setting holds while a statement runs; None: it was never set in the session."""

    label: str
    value: str | None


@dataclass(frozen=True)
class Attempt:
    """A statement and what it came to."""

    statement: str
    columns: tuple[str, ...] = ()
    rows: list[Cells] = field(default_factory=list[Cells])
    count: int = 0
    sqlstate: str | None = None
    message: str = ""
    constraint: str | None = None
    """The constraint or column that a class 23 error names."""
    table: str | None = None
    """The table that it names, without its schema."""

    @property
    def refused(self) -> bool:
        """Whether PostgreSQL raised an error."""
        return self.sqlstate is not None

    @property
    def outcome(self) -> str:
        """The error, or how many rows were affected or returned."""
        return f"{self.sqlstate} {self.message}" if self.refused else f"{self.count} rows"


class Attacker:
    """Runs statements, each in a transaction of its own. Close it, or use it as a context manager."""

    def __init__(self, bench: SchemaBench, database: str, setting: Setting, *, role: Role = "app_user") -> None:
        self.setting = setting
        self._bench = bench
        self._name = bench.parameters.tenant_setting or ""
        self._connection = bench.postgres.connect(database, role)
        with self._deadline():
            set_text_settings(self._connection)

    def __enter__(self) -> "Attacker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    @property
    def described(self) -> str:
        """`app.tenant_id = '…' (tenant A)`, for evidence."""
        value = "never set" if self.setting.value is None else f"= {self.setting.value!r}"
        return f"{self._name} {value} ({self.setting.label})"

    def copy_out(self, columns: Sequence[str], source: sql.Composable) -> Attempt:
        """Run COPY … TO STDOUT and return the rows."""
        names = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
        statement = sql.SQL("COPY {} ({}) TO STDOUT").format(source, names)
        text = statement.as_string(self._connection)
        try:
            with self._deadline():
                self._begin()
                with self._connection.cursor().copy(statement) as copy:
                    rows = list(islice(copy.rows(), MAX_ROWS))
                self._connection.execute(b"ROLLBACK")
        except psycopg.Error as error:
            return self._refusal(text, error)
        return Attempt(text, tuple(columns), rows, count=len(rows))

    def run(self, statement: sql.Composed, *, keep: bool = True, before: Sequence[sql.Composable] = ()) -> Attempt:
        """Run `statement` after `before` in one transaction; commit it (deferred constraints included) or, if not
        `keep`, check its constraints and roll it back.

        A refusal by the submission's schema is a result. A lost session, an exhausted server and a mistake of the
        grader's own raise.
        """
        connection = self._connection
        text = statement.as_string(connection)
        try:
            with self._deadline():
                self._begin()
                for preparing in before:
                    connection.execute(preparing.as_bytes(connection))
                cursor = connection.execute(text.encode())
                attempt = _attempt(text, cursor)
                connection.execute(b"COMMIT" if keep else b"SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK")
        except psycopg.Error as error:
            return self._refusal(text, error)
        return attempt

    def _begin(self) -> None:
        begin = "BEGIN"
        if self.setting.value is not None:
            call = sql.SQL("SELECT pg_catalog.set_config({}, {}, true)")
            setting = call.format(sql.Literal(self._name), sql.Literal(self.setting.value))
            begin += "; " + setting.as_string(self._connection)
        self._connection.execute(begin.encode())

    def _deadline(self) -> AbstractContextManager[None]:
        seconds = min(self._bench.statement_s, self._bench.remaining_s())
        return self._bench.postgres.deadline(self._connection, seconds)

    def _refusal(self, text: str, error: psycopg.Error) -> Attempt:
        state = error.sqlstate
        if state is None or self._connection.closed or state.startswith(_MACHINERY):
            raise error
        diagnostic = error.diag
        if state in _OWN_MISTAKES and not diagnostic.context:
            raise HarnessFault(f"a probe is not valid SQL: {error}\n{text}", kind="probe_broken") from error
        with suppress(psycopg.Error):
            self._connection.execute(b"ROLLBACK")
        message = diagnostic.message_primary or str(error)
        if diagnostic.message_detail:
            message += f" DETAIL: {diagnostic.message_detail}"
        named = diagnostic.constraint_name or diagnostic.column_name
        return Attempt(text, sqlstate=state, message=message, constraint=named, table=diagnostic.table_name)


def _attempt(text: str, cursor: psycopg.Cursor[Row]) -> Attempt:
    if cursor.description is None:
        return Attempt(text, count=max(cursor.rowcount, 0))
    rows = texts(cursor)
    return Attempt(text, tuple(column.name for column in cursor.description), rows, count=len(rows))

"""The application that calls a submission's named queries, as the contract describes it."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import psycopg

from scorers.database_schema.in_time import in_time
from scorers.database_schema.named_queries import NamedQuery
from scorers.database_schema.parameters import QueryContract, SchemaParameters, ValueType
from scorers.database_schema.values import ShapeError, Value, bind_value, normalise
from scorers.errors import HarnessFault
from scorers.testbed.protocol import PostgresServer, Role, Row

MAX_RETRIES = 50
SESSION_LOST_CLASSES = ("08", "57P")
"""SQLSTATE classes that mean the session is over: connection exceptions, and 57P01 to 57P05."""

Params = dict[str, Value]


@dataclass(frozen=True)
class CallResult:
    """What a call came to: rows (as the contract's columns), or the SQLSTATE it was refused with."""

    query: str
    rows: list[dict[str, Value]] = field(default_factory=list[dict[str, Any]])
    sqlstate: str | None = None
    message: str = ""

    @property
    def refused(self) -> bool:
        """Whether PostgreSQL raised an error."""
        return self.sqlstate is not None

    @property
    def row(self) -> dict[str, Value]:
        """The only row. Raises ShapeError when there is not exactly one."""
        if self.refused:
            raise ShapeError(f"query {self.query!r} was refused: {self.sqlstate} {self.message}")
        if len(self.rows) != 1:
            raise ShapeError(f"query {self.query!r} returned {len(self.rows)} rows where the contract says one")
        return self.rows[0]


class ContractSession:
    """Calls named queries in one database, each in a transaction of its own, over one connection per role."""

    def __init__(
        self,
        postgres: PostgresServer,
        database: str,
        parameters: SchemaParameters,
        queries: dict[str, NamedQuery],
        *,
        statement_s: float,
        deadline_at_s: float,
    ) -> None:
        self.database = database
        self._postgres = postgres
        self._parameters = parameters
        self._queries = queries
        self._statement_s = statement_s
        self._deadline_at_s = deadline_at_s
        self._connections: dict[Role, psycopg.Connection[Row]] = {}

    def __enter__(self) -> "ContractSession":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. The session can be used again: it reconnects."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def connection(self, role: Role) -> psycopg.Connection[Row]:
        """The session's connection as `role`, opened when first asked for."""
        known = self._connections.get(role)
        if known is None or known.closed:
            known = self._connections[role] = self._postgres.connect(self.database, role)
        return known

    def call(self, name: str, params: Params | None = None, *, tenant: Value = None) -> CallResult:
        """Call the query `name` in a transaction of its own; repeat it on the SQLSTATEs the contract names.

        Raises ShapeError when the result has not the contract's columns, and HarnessFault when the query takes too long
        (kind 'deadline') or the grade's time is up. A refusal by PostgreSQL is a result, not an error; a lost session is psycopg's error.
        """
        contract = self._parameters.query(name)
        result = self._call_once(contract, params or {}, tenant)
        for _ in range(MAX_RETRIES):
            if result.sqlstate not in contract.retries:
                return result
            result = self._call_once(contract, params or {}, tenant)
        return CallResult(name, sqlstate=result.sqlstate, message=f"still after {MAX_RETRIES} tries: {result.message}")

    def call_many(
        self, name: str, many: Sequence[Params], *, tenant: Value = None, per_transaction: int = 100
    ) -> list[CallResult]:
        """Call a query once for each of `many`, pipelined, `per_transaction` calls in a transaction: for seeding.

        Stops at the first refusal, whose result is then the last one returned.
        """
        contract = self._parameters.query(name)
        results: list[CallResult] = []
        for start in range(0, len(many), per_transaction):
            chunk = many[start : start + per_transaction]
            results.extend(self._call_chunk(contract, chunk, tenant))
            if results[-1].refused:
                break
        return results

    def _call_once(self, contract: QueryContract, params: Params, tenant: Value) -> CallResult:
        connection = self.connection(contract.role)
        try:
            with self._in_time(connection, contract):
                connection.execute(self.begin_sql(contract, tenant).encode())
                cursor = connection.execute(*self.bound(contract, params))
                rows = cursor.fetchall() if cursor.description else []
                names = [column.name for column in cursor.description or []]
                connection.execute(b"COMMIT")
        except psycopg.Error as error:
            return self._refusal(contract, connection, error)
        return self._shaped(contract, names, rows)

    def _call_chunk(self, contract: QueryContract, chunk: Sequence[Params], tenant: Value) -> list[CallResult]:
        connection = self.connection(contract.role)
        cursors: list[psycopg.Cursor[Row]] = []
        try:
            with self._in_time(connection, contract):
                connection.execute(self.begin_sql(contract, tenant).encode())
                with connection.pipeline():
                    cursors.extend(connection.cursor().execute(*self.bound(contract, params)) for params in chunk)
                connection.execute(b"COMMIT")
                fetched = [
                    (
                        [column.name for column in cursor.description or []],
                        cursor.fetchall() if cursor.description else [],
                    )
                    for cursor in cursors
                ]
        except psycopg.Error as error:
            return [self._refusal(contract, connection, error)]
        return [self._shaped(contract, names, rows) for names, rows in fetched]

    def _in_time(self, connection: psycopg.Connection[Row], contract: QueryContract) -> AbstractContextManager[None]:
        left_s = self._deadline_at_s - time.monotonic()
        if left_s <= 0:
            raise HarnessFault("the grade's time is up", kind="grade_timeout", attributable=True)
        seconds = min(self._statement_s, left_s)
        return in_time(self._postgres, connection, seconds, what=f"query {contract.name!r}")

    def begin_sql(self, contract: QueryContract, tenant: Value) -> str:
        """What opens a call's transaction: its isolation level, and the tenant where the contract sets one."""
        begin = f"BEGIN ISOLATION LEVEL {contract.isolation.upper()}"
        setting = self._parameters.tenant_setting
        if not contract.tenant or tenant is None or setting is None:
            return begin
        value = str(tenant).replace("'", "''")
        return f"{begin}; SELECT pg_catalog.set_config('{setting}', '{value}', true)"

    def bound(self, contract: QueryContract, params: Params) -> tuple[bytes, list[object]]:
        """The query's text with numbered parameters, and their values in that order."""
        query = self._queries[contract.name]
        types: dict[str, ValueType] = {field.name: field.type for field in contract.params}
        return query.sql.encode(), [bind_value(params[name], types[name]) for name in query.names]

    def _refusal(
        self, contract: QueryContract, connection: psycopg.Connection[Row], error: psycopg.Error
    ) -> CallResult:
        if connection.closed or (error.sqlstate or "08").startswith(SESSION_LOST_CLASSES):
            raise error
        with suppress(psycopg.Error):
            connection.execute(b"ROLLBACK")
        return CallResult(contract.name, sqlstate=error.sqlstate, message=str(error))

    def _shaped(self, contract: QueryContract, names: list[str], rows: list[Row]) -> CallResult:
        columns = contract.columns
        if not columns:
            return CallResult(contract.name)
        if names != [column.name for column in columns]:
            stated = [column.name for column in columns]
            raise ShapeError(f"query {contract.name!r} returns the columns {names}; the contract says {stated}")
        return CallResult(
            contract.name,
            [{field.name: normalise(value, field) for field, value in zip(columns, row, strict=True)} for row in rows],
        )

"""The PostgresServer that every provider hands out; providers differ in how the server comes about and ends."""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from scorers.errors import HarnessFault
from scorers.testbed import accounts
from scorers.testbed.deadline import Watchdog
from scorers.testbed.protocol import PostgresFeatures, Role, Row
from scorers.testbed.quota import QuotaWatcher
from scorers.testbed.session import MAINTENANCE_DATABASE, Endpoint, open_session

DATABASE_PREFIX = "archeval_tb_"
"""How the names of all databases begin that a testbed creates."""

LOCALE = sql.SQL("ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'")
"""Every provider's databases: sorted by code point, with upper and lower case of all of Unicode, and no library of the
machine has a say in it. It needs PostgreSQL 17."""

CopyStrategy = LiteralString

_QUIET_S = 5.0
"""How long the sessions of a database to be cloned may take to end."""

_ADMIN_PATIENCE = "SET statement_timeout = '120s'"
"""The provider's own statements have no deadline on this side; none of them may wait for ever."""

_LAST_BREATH_S = 2.0
"""How long a server that refuses sessions may take to end, before it counts as one that hangs."""

_LEAST_FREE_BYTES = 64 * 1024**2

_SESSIONS = "SELECT usename FROM pg_stat_activity WHERE datname = $1"

_SUBMISSION_SESSIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE starts_with(datname, $1) AND usename = ANY ($2)
"""
"""Ends the sessions of the roles $2 in the databases whose names begin with $1."""


@dataclass(frozen=True)
class ServerHooks:
    """What a Server asks its provider."""

    ending: Callable[[float], "Ending | None"]
    """How the server ended, or None when it still runs after this many seconds."""
    measure_bytes: Callable[[], int]
    """How much is stored."""
    free_bytes: Callable[[], int | None]
    """How much more the machine can store, where the provider can know."""
    log_tail: Callable[[], str]
    """The last lines of the server's log, cleaned, for a fault's message."""


@dataclass(frozen=True)
class Ending:
    """How a server came to its end, and whether the submission may be behind it."""

    reason: str
    attributable: bool


class Server:
    """See PostgresServer. Safe for use from several threads; a session belongs to one thread at a time."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        features: PostgresFeatures,
        hooks: ServerHooks,
        cluster_bytes: int,
        copy_strategy: CopyStrategy,
    ) -> None:
        self.endpoint = endpoint
        self.databases: set[str] = set()
        """The databases it created and has not dropped."""
        self._features = features
        self._hooks = hooks
        self._copy_strategy = sql.SQL(copy_strategy)
        self._admin_lock = threading.Lock()
        self._admin_session: psycopg.Connection[Row] | None = None
        self._watchdog = Watchdog(self._terminate)
        self._quota = QuotaWatcher(
            limit_bytes=cluster_bytes, measure=hooks.measure_bytes, on_exceeded=self._end_submission_sessions
        )
        self._quota.start()

    @property
    def features(self) -> PostgresFeatures:
        """What the server can do."""
        return self._features

    def create_database(self, *, template: str | None = None) -> str:
        """See PostgresServer. Raises HarnessFault when it cannot be created.

        A clone has what is in the template's tables and schemas; settings, comments and privileges that sit on the
        database itself are not copied.
        """
        name = DATABASE_PREFIX + secrets.token_hex(8)
        try:
            if template is not None:
                self._own(template)
                self._end_sessions(template)
            self._administer(self._creation(name, template))
            self.databases.add(name)
            for statement in accounts.shape_database(name):
                self._administer(statement)
        except psycopg.Error as error:
            raise self._fault(f"cannot create the database {name!r} from {template!r}", error) from error
        return name

    def drop_database(self, name: str) -> None:
        """See PostgresServer. Raises HarnessFault when it cannot be dropped."""
        identifier = sql.Identifier(self._own(name))
        try:
            # Its owner may have marked it as a template, which protects it.
            self._administer(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(identifier))
            self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
        except psycopg.Error as error:
            raise self._fault(f"cannot drop the database {name!r}", error) from error
        self.databases.discard(name)

    def connect(self, database: str, role: Role) -> psycopg.Connection[Row]:
        """See PostgresServer."""
        self._assert_within_quota()
        try:
            return open_session(self.endpoint, database, role)
        except psycopg.OperationalError:
            self.assert_alive()
            if role in {"app_owner", "app_user"} or database not in self.databases:
                raise
        try:
            self._let_grader_in(database)
            return open_session(self.endpoint, database, role)
        except psycopg.Error as error:
            raise self._fault(f"no session as {role!r} in the database {database!r}", error) from error

    @property
    def socket_folder(self) -> Path | None:
        """See PostgresServer."""
        host = self.endpoint.parameters.get("host", "")
        return Path(host) if host.startswith("/") else None

    def url(self, database: str, role: Role, *, host: str | None = None, port: int | None = None) -> str:
        """See PostgresServer."""
        login = self.endpoint.logins[role]
        parameters = self.endpoint.parameters
        query = urlencode(
            {"host": host or parameters.get("host", ""), "port": port or parameters.get("port", "5432")}, safe="/"
        )
        return f"postgresql://{quote(login.user, safe='')}:{quote(login.password, safe='')}@/{database}?{query}"

    def deadline(self, connection: psycopg.Connection[Row], seconds: float) -> AbstractContextManager[None]:
        """See PostgresServer and Watchdog.deadline."""
        return self._watchdog.deadline(connection, seconds)

    def assert_alive(self) -> None:
        """See PostgresServer. Also raises HarnessFault (kind `no_space`) when the machine itself is full."""
        self._assert_within_quota()
        if (ending := self._hooks.ending(0)) is not None:
            raise self._gone(ending)
        try:
            with closing(open_session(self.endpoint, MAINTENANCE_DATABASE, "admin")) as session:
                session.execute("SELECT 1")
        except psycopg.Error as error:
            # It may be about to end, and its end says whose doing it is.
            ending = self._hooks.ending(_LAST_BREATH_S)
            raise self._gone(ending or Ending(f"it does not answer: {error}", attributable=True)) from error
        free_bytes = self._hooks.free_bytes()
        if free_bytes is not None and free_bytes < _LEAST_FREE_BYTES:
            raise HarnessFault(f"only {free_bytes >> 20} MiB are left for the testbed; make room", kind="no_space")

    def close(self) -> None:
        """End the grader's own helpers. The server itself is its provider's to end. May be called again."""
        self._quota.close()
        self._watchdog.close()
        with self._admin_lock:
            self._close_admin_session()

    def _creation(self, name: str, template: str | None) -> sql.Composed:
        return sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY {} {}").format(
            sql.Identifier(name),
            sql.Identifier(accounts.APP_OWNER),
            sql.Identifier(template or "template0"),
            self._copy_strategy,
            LOCALE,
        )

    def _own(self, name: str) -> str:
        if name not in self.databases:
            raise ValueError(f"{name!r} is not a database of this testbed; it has {sorted(self.databases)}")
        return name

    def _administer(self, statement: sql.Composed | LiteralString, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement as the superuser and return its rows, if it has any."""
        with self._admin_lock:
            if self._admin_session is None or self._admin_session.closed:
                self._admin_session = open_session(self.endpoint, MAINTENANCE_DATABASE, "admin")
                self._admin_session.execute(_ADMIN_PATIENCE)
            cursor = self._admin_session.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def _close_admin_session(self) -> None:
        if self._admin_session is not None:
            self._admin_session.close()
            self._admin_session = None

    def _end_sessions(self, database: str) -> None:
        """End the submission's sessions in `database` and wait until there is none of anybody's.

        Raises HarnessFault when the grader itself still holds one: a clone would fail.
        """
        self._administer(_SUBMISSION_SESSIONS, [database, list(accounts.SUBMISSION_ROLES)])
        give_up = time.monotonic() + _QUIET_S
        while holders := self._administer(_SESSIONS, [database]):
            if time.monotonic() > give_up:
                raise HarnessFault(
                    f"the database {database!r} cannot be cloned: sessions of {sorted({row[0] for row in holders})} are "
                    "still open in it; close them first",
                    kind="database_busy",
                )
            time.sleep(0.002)

    def _end_submission_sessions(self) -> None:
        with suppress(psycopg.Error):
            self._administer(_SUBMISSION_SESSIONS, [DATABASE_PREFIX, list(accounts.SUBMISSION_ROLES)])

    def _terminate(self, backend_pid: int) -> None:
        # A session of its own: the shared one may be busy, and a deadline cannot wait.
        with closing(open_session(self.endpoint, MAINTENANCE_DATABASE, "admin")) as session:
            session.execute("SELECT pg_terminate_backend($1)", [backend_pid])

    def _let_grader_in(self, database: str) -> None:
        """Undo what the database's owner may have done to keep the grader out."""
        name = sql.Identifier(database)
        for statement in (
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true CONNECTION LIMIT -1").format(name),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(accounts.READER)),
        ):
            self._administer(statement)

    def _assert_within_quota(self) -> None:
        if self._quota.exceeded_bytes is not None:
            raise HarnessFault(
                f"the submission made the cluster grow to {self._quota.exceeded_bytes >> 20} MiB; "
                f"the limit is {self._quota.limit_bytes >> 20} MiB, and its sessions were ended",
                kind="disk_quota",
                attributable=True,
            )

    def _gone(self, ending: Ending) -> HarnessFault:
        tail = self._hooks.log_tail()
        log = f"; its log ends:\n{tail}" if tail else ""
        return HarnessFault(
            f"PostgreSQL is gone: {ending.reason}{log}", kind="postgres_gone", attributable=ending.attributable
        )

    def _fault(self, what: str, error: psycopg.Error) -> HarnessFault:
        """Return the fault to raise for `error`: the server's end or a full quota, if that is what is behind it."""
        try:
            self.assert_alive()
        except HarnessFault as fault:
            return fault
        return HarnessFault(f"{what}: {error}", kind="database_refused", attributable=True)

"""The provider for a PostgreSQL server of the user's own: each grade gets databases of its own on it.

The server should serve archeval alone. Roles are made for the time of a grade; one that exists already is taken only
if its comment says that it is archeval's. One grade at a time: an advisory lock keeps others waiting.
"""

import os
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from scorers.errors import HarnessFault, InputError
from scorers.scenario import Need
from scorers.testbed import accounts
from scorers.testbed.accounts import Login
from scorers.testbed.brokers.protocol import KafkaBroker, NatsServer, Placing
from scorers.testbed.companions import Companions, Openers, not_asked_for, open_companions
from scorers.testbed.diagnosis import diagnose_provider
from scorers.testbed.protocol import POSTGRES_ONLY, Diagnosis, PostgresFeatures, Role, Row
from scorers.testbed.server import DATABASE_PREFIX, Ending, Server, ServerHooks
from scorers.testbed.session import (
    CONNECT_TIMEOUT_S,
    MAINTENANCE_DATABASE,
    Endpoint,
    ignore_libpq_environment,
    open_session,
    read_pins,
)
from scorers.testbed.shutdown import OPEN_TESTBEDS
from scorers.testbed.valkey.protocol import ValkeyServer

DSN_VARIABLE = "ARCHEVAL_POSTGRES_DSN"

LEAST_VERSION = 180000

_OPENERS = Openers(
    valkey="scorers.testbed.valkey.external:open_external_valkey",
    kafka="scorers.testbed.brokers.external:external_kafka",
    nats="scorers.testbed.brokers.nats:external_nats",
)

_LOCK_KEY = 0x617263686576  # "archev"
_LONGEST_WAIT = "30min"

_ANY_AUTH = "none,password,md5,gss,sspi,scram-sha-256"
"""For the administrator, whose own server it is; an empty value would refuse every method."""

_OWN_PARAMETERS = ("sslcert", "sslkey", "sslpassword", "passfile", "service", "options", "require_auth")
"""Parameters of a DSN that are the administrator's own and do not carry over to other roles."""

_SAME_EVERYWHERE = {"jit": "off", "max_parallel_workers_per_gather": "0", "synchronize_seqscans": "off"}
"""Settings that the embedded server has for all sessions, so that counts agree."""

_SUPERUSER = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"

_FACTS = """
    SELECT current_setting('server_version_num')::int, split_part(current_setting('server_version'), ' ', 1),
           'pg_stat_statements' = ANY (string_to_array(replace(current_setting('shared_preload_libraries'), ' ', ''), ','))
             AND EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_stat_statements')
"""
_ROLES = """
    SELECT rolname, pg_catalog.shobj_description(oid, 'pg_authid') FROM pg_catalog.pg_roles WHERE rolname = ANY ($1)
"""
_DATABASES = """
    SELECT datname FROM pg_catalog.pg_database
    WHERE starts_with(datname, $1) AND datdba = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $2)
"""
_SIZE = "SELECT coalesce(sum(pg_database_size(oid)), 0)::bigint FROM pg_database WHERE starts_with(datname, $1)"


class ExternalTestbed:
    """See Testbed. Made by ExternalProvider.open."""

    __test__ = False

    def __init__(self, part: "ExternalPostgres | None", companions: Companions) -> None:
        self._part = part
        self._companions = companions

    @property
    def postgres(self) -> Server:
        """The grade's part of the server. Raises HarnessFault (kind 'not_asked_for') when the scenario needs none."""
        if self._part is None:
            raise not_asked_for("postgres")
        return self._part.postgres

    @property
    def valkey(self) -> ValkeyServer:
        """The grade's database of the user's Valkey."""
        return self._companions.valkey

    @property
    def kafka(self) -> Placing[KafkaBroker]:
        """The user's Kafka brokers."""
        return self._companions.kafka

    @property
    def nats(self) -> Placing[NatsServer]:
        """The user's NATS server."""
        return self._companions.nats

    @property
    def description(self) -> dict[str, str]:
        """What ran, for the results."""
        found = {"provider": ExternalProvider.name}
        if self._part is not None:
            found |= {"postgres": self._part.features.server_version, "storage": "external"}
        return found | self._companions.description


class ExternalPostgres:
    """One grade's databases and roles on the user's PostgreSQL; `close` drops them."""

    def __init__(self, endpoint: Endpoint, cluster_bytes: int, *, own_cluster: bool = False) -> None:
        """`own_cluster` says that the server was started for this grade alone."""
        self._lifecycle = threading.RLock()
        self._closed = False
        self._made_roles = False
        self._server: Server | None = None
        self._session = _administrator(endpoint)
        self._ticket = OPEN_TESTBEDS.add(self.close)
        with self._lifecycle:
            try:
                self._features = replace(_suitable(self._session), own_cluster=own_cluster)
                self._wait_for_turn()
                self._drop_leftovers()
                self._make_roles(endpoint.logins)
                self._server = self._serve(endpoint, cluster_bytes)
            except psycopg.Error as error:
                self.close()
                raise HarnessFault(f"the external PostgreSQL failed: {error}", kind="testbed_unavailable") from error
            except BaseException:
                self.close()
                raise

    @property
    def postgres(self) -> Server:
        """The grade's part of the server."""
        if self._server is None:
            raise HarnessFault("this testbed is closed", kind="testbed_closed")
        return self._server

    @property
    def features(self) -> PostgresFeatures:
        """What the server can do."""
        return self._features

    def close(self) -> None:
        """Drop the databases and roles, and let the next grade have the server. May be called again."""
        with self._lifecycle:
            if self._closed:
                return
            if self._server is not None:
                self._server.close()
            if self._made_roles:
                with suppress(psycopg.Error):  # the server is gone; the next grade on it drops what is left
                    self._drop_leftovers()
                    self._drop_roles()
            self._session.close()
            self._closed = True
            OPEN_TESTBEDS.discard(self._ticket)

    def _wait_for_turn(self) -> None:
        self._session.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(_LONGEST_WAIT)))
        try:
            self._session.execute("SELECT pg_advisory_lock($1)", [_LOCK_KEY])
        except psycopg.errors.LockNotAvailable as error:
            raise HarnessFault(
                f"another grade has held the external server for {_LONGEST_WAIT}; wait for it or end it",
                kind="testbed_busy",
            ) from error
        self._session.execute("RESET lock_timeout")

    def _drop_leftovers(self) -> None:
        for (database,) in self._session.execute(_DATABASES, [DATABASE_PREFIX, accounts.APP_OWNER]).fetchall():
            name = sql.Identifier(database)
            self._session.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(name))
            self._session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def _make_roles(self, logins: Mapping[Role, Login]) -> None:
        found = dict(self._session.execute(_ROLES, [list(accounts.UNPRIVILEGED_ROLES)]).fetchall())
        for role, comment in found.items():
            if comment != accounts.ROLE_MARK:
                raise InputError(
                    f"the external server has a role {role!r} that is not archeval's; use a server of its own, or let "
                    f"archeval have the role: COMMENT ON ROLE {role} IS '{accounts.ROLE_MARK}'"
                )
        self._made_roles = True
        for role in accounts.UNPRIVILEGED_ROLES:
            if role not in found:
                self._session.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
            for statement in accounts.shape_role(role):
                self._session.execute(statement)
        for name, login in logins.items():
            if name != "admin":
                self._session.execute(accounts.set_password(login))
        self._settle_roles()

    def _settle_roles(self) -> None:
        settings = dict(_SAME_EVERYWHERE)
        if self._features.statement_statistics:
            settings["pg_stat_statements.track"] = "all"
        for role in accounts.SUBMISSION_ROLES:
            for name, value in settings.items():
                self._session.execute(
                    sql.SQL("ALTER ROLE {} SET {} = {}").format(
                        sql.Identifier(role), sql.Identifier(*name.split(".")), sql.Literal(value)
                    )
                )

    def _drop_roles(self) -> None:
        for role in accounts.UNPRIVILEGED_ROLES:
            name = sql.Identifier(role)
            self._session.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(name))
            with suppress(psycopg.errors.DependentObjectsStillExist):  # then it stays, without a login
                self._session.execute(sql.SQL("DROP ROLE {}").format(name))

    def _serve(self, endpoint: Endpoint, cluster_bytes: int) -> Server:
        server = Server(
            replace(endpoint, pins=read_pins(self._session)),
            features=self._features,
            hooks=ServerHooks(
                ending=self._ending,
                measure_bytes=self._measure_bytes,
                free_bytes=lambda: None,
                log_tail=lambda: "",
            ),
            cluster_bytes=cluster_bytes,
            copy_strategy="wal_log",  # file_copy would force checkpoints on a server that may be durable
        )
        self._server = server
        _prove_passwords(server)
        return server

    def _ending(self, _wait_s: float) -> Ending | None:
        """A server that broke the session holding the lock has ended, for all that can be seen from here."""
        try:
            self._session.execute("SELECT 1")
        except psycopg.Error as error:
            return Ending(f"the session that holds it was broken: {error}", attributable=True)
        return None

    def _measure_bytes(self) -> int:
        try:
            row = self._session.execute(_SIZE, [DATABASE_PREFIX]).fetchone()
        except psycopg.Error:
            return 0
        return int(row[0]) if row else 0


class ExternalProvider:
    """See TestbedProvider. `dsn` is a superuser's; without it, `$ARCHEVAL_POSTGRES_DSN` is read."""

    name = "external"

    def __init__(self, dsn: str | None = None) -> None:
        """Raises InputError when there is no DSN or it cannot be understood."""
        given = dsn if dsn is not None else os.environ.get(DSN_VARIABLE, "")
        if not given:
            raise InputError(
                f"the external testbed needs a server: set {DSN_VARIABLE} to the DSN of a superuser, such as "
                "postgresql://postgres:PASSWORD@127.0.0.1:5432/postgres"
            )
        try:
            self._parameters = {name: str(value) for name, value in conninfo_to_dict(given).items()}
        except psycopg.ProgrammingError as error:
            raise InputError(f"the DSN of the external testbed cannot be understood: {error}") from error

    @contextmanager
    def open(self, *, cluster_bytes: int, needs: frozenset[Need] = POSTGRES_ONLY) -> Generator[ExternalTestbed]:
        """Wait until the servers are free, and open a testbed whose databases may grow to `cluster_bytes` together.

        Raises HarnessFault when a server cannot be reached or stays taken, InputError when it is not suitable.
        """
        ignore_libpq_environment()
        with open_companions(needs, _OPENERS) as companions:
            part = ExternalPostgres(self._endpoint(), cluster_bytes) if "postgres" in needs else None
            try:
                yield ExternalTestbed(part, companions)
            finally:
                if part is not None:
                    part.close()

    def diagnose(self) -> Iterator[Diagnosis]:
        """See TestbedProvider.diagnose."""
        yield from diagnose_provider(self)

    def _endpoint(self) -> Endpoint:
        shared = {name: value for name, value in self._parameters.items() if name not in _OWN_PARAMETERS}
        admin = Login(shared.pop("user", ""), shared.pop("password", ""))
        own = {name: self._parameters[name] for name in _OWN_PARAMETERS if name in self._parameters}
        return Endpoint(
            {**shared, "require_auth": "scram-sha-256"},
            accounts.fresh_logins(admin),
            {"require_auth": _ANY_AUTH, **own},
        )


def _administrator(endpoint: Endpoint) -> psycopg.Connection[Row]:
    try:
        return open_session(replace(endpoint, pins={}), MAINTENANCE_DATABASE, "admin")
    except psycopg.Error as error:
        raise HarnessFault(
            f"cannot reach the external PostgreSQL within {CONNECT_TIMEOUT_S} s: {error}; check {DSN_VARIABLE}, and that "
            f"its user may connect to the database {MAINTENANCE_DATABASE!r}",
            kind="testbed_unavailable",
        ) from error


def _suitable(session: psycopg.Connection[Row]) -> PostgresFeatures:
    if session.execute(_SUPERUSER).fetchall() != [(True,)]:
        raise InputError("the DSN of the external testbed must be a superuser's: roles are made, and sessions ended")
    version_number, version, has_statistics = session.execute(_FACTS).fetchall()[0]
    if version_number < LEAST_VERSION:
        raise InputError(
            f"the external server is PostgreSQL {version}; the scenarios promise 18, so it must be 18 or newer"
        )
    return PostgresFeatures(server_version=version, statement_statistics=has_statistics, own_cluster=False)


def _prove_passwords(server: Server) -> None:
    """Raise InputError unless the server asks each role for its password by SCRAM; libpq itself insists on it."""
    database = server.create_database()
    try:
        for role in ("app_owner", "app_user", "reader"):
            with closing(open_session(server.endpoint, database, role)):
                pass
    except psycopg.OperationalError as error:
        raise InputError(
            f"the external server does not let archeval's roles in by password: {error}; its pg_hba.conf needs "
            "`scram-sha-256` for them on this way of connecting, never `trust`"
        ) from error
    server.drop_database(database)

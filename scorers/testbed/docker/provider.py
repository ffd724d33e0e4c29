"""The provider of servers in containers: `--testbed docker`, on a container engine of this machine.

NATS is the embedded one here too: it is the real server. Nothing of Docker is imported before a testbed is opened.
"""

import importlib
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, cast

from scorers.scenario import Need
from scorers.testbed.brokers.protocol import KafkaBroker, NatsServer, Placing
from scorers.testbed.companions import Companions, Openers, not_asked_for, open_companions
from scorers.testbed.diagnosis import diagnose_provider, look
from scorers.testbed.docker.images import POSTGRES_VARIABLE, image_named
from scorers.testbed.protocol import POSTGRES_ONLY, Diagnosis
from scorers.testbed.server import Server
from scorers.testbed.server_user import server_user
from scorers.testbed.session import ignore_libpq_environment
from scorers.testbed.sweep import sweep
from scorers.testbed.valkey.protocol import ValkeyServer

if TYPE_CHECKING:
    from scorers.testbed.docker.postgres import DockerPostgres

_OPENERS = Openers(
    valkey="scorers.testbed.docker.valkey:open_docker_valkey",
    kafka="scorers.testbed.docker.kafka:docker_kafka",
    nats="scorers.testbed.brokers.nats:embedded_nats",
)


class DockerTestbed:
    """See Testbed. Made by DockerProvider.open."""

    __test__ = False

    def __init__(self, server: "DockerPostgres | None", companions: Companions) -> None:
        self._server = server
        self._companions = companions

    @property
    def postgres(self) -> Server:
        """The grade's PostgreSQL. Raises HarnessFault (kind 'not_asked_for') when the scenario does not need it."""
        if self._server is None:
            raise not_asked_for("postgres")
        return self._server.part.postgres

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
        found = {"provider": DockerProvider.name}
        if self._server is not None:
            version = self._server.part.features.server_version
            found |= {"postgres": version, "storage": f"container of {image_named(POSTGRES_VARIABLE)}"}
        return found | self._companions.description


class DockerProvider:
    """See TestbedProvider. Needs a container engine on this machine that this user may use, and the images."""

    name = "docker"

    @contextmanager
    def open(self, *, cluster_bytes: int, needs: frozenset[Need] = POSTGRES_ONLY) -> Generator[DockerTestbed]:
        """Open a testbed with fresh containers. See TestbedProvider.open; raises InputError without an engine."""
        ignore_libpq_environment()
        user = server_user()
        _engine("require_engine")()
        sweep(user)
        _engine("sweep_containers")()
        with ExitStack() as stack:
            companions = stack.enter_context(open_companions(needs, _OPENERS, user))
            server = None
            if "postgres" in needs:
                opened = importlib.import_module("scorers.testbed.docker.postgres").open_docker_postgres
                server = stack.enter_context(
                    cast("AbstractContextManager[DockerPostgres]", opened(user, cluster_bytes))
                )
            yield DockerTestbed(server, companions)

    def diagnose(self) -> Iterator[Diagnosis]:
        """See TestbedProvider.diagnose."""
        yield look("container engine", lambda: f"version {_engine('require_engine')()}")
        yield from diagnose_provider(self)


def _engine(name: str) -> Callable[[], object]:
    return getattr(importlib.import_module("scorers.testbed.docker.engine"), name)

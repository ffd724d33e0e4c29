"""A broker that speaks Kafka's protocol, of its own for every grade, from the wheel `noida-db`.

Why this one: see the table in README.md beside this file. It is an emulator, so results name it, and checks ask for the
capabilities they need.
"""

import importlib.util
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.brokers.declared import NOIDA_DB
from scorers.testbed.brokers.protocol import BrokerFeatures, Placing
from scorers.testbed.brokers.speaks import speaks_kafka, within
from scorers.testbed.network import LOOPBACK, Network
from scorers.testbed.own_server import OwnServer, Recipe
from scorers.testbed.programs import program_for
from scorers.testbed.server_user import ServerUser
from scorers.testbed.storage import TestbedFolder

STORED_BYTES = 512 * 1024**2
"""Room for what a grade's topics hold; the broker keeps it in memory and writes copies of it to its folder."""

_ADDRESS_SPACE_KIB = 2 * 1024**2
_PACKAGE = "noida_db"
_REMEDY = "install the wheel `noida-db`, or use `--testbed external` or `--testbed docker`"


class EmbeddedKafka:
    """See KafkaBroker and OwnProcess. Made by `embedded_kafka`.

    What was produced in the last moments before `kill` is lost, as `confluent.crash` says; `restart` alone ends it in
    order, and loses nothing.
    """

    def __init__(self, program: Path, user: ServerUser, network: Network) -> None:
        self._port = network.free_port()
        self._link = within(network, self._port)

        def command(folder: TestbedFolder) -> list[str]:
            where = ["--host", LOOPBACK, "--kafka-port", str(self._port), "--data-dir", str(folder.data)]
            return [str(program), "start", "--only", "kafka", *where]

        recipe = Recipe(
            kind="kafka",
            command=command,
            ready=lambda _folder: speaks_kafka(self._link, 1.0),
            port=self._port,
            address_space_kib=_ADDRESS_SPACE_KIB,
        )
        self._server = OwnServer(recipe, user, needed_bytes=STORED_BYTES, network=network)

    @property
    def features(self) -> BrokerFeatures:
        """Which broker it is and what it can do."""
        return NOIDA_DB

    @property
    def bootstrap_servers(self) -> str:
        """KAFKA_BOOTSTRAP_SERVERS."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def client_settings(self) -> Mapping[str, str]:
        """What confluent-kafka's clients need to reach it."""
        return {"bootstrap.servers": self.bootstrap_servers}

    @property
    def pid(self) -> int:
        """The process id of the broker that runs now."""
        return self._server.pid

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'kafka_gone') unless the broker answers."""
        if not (self._server.listens and speaks_kafka(self._link)):
            raise self._server.gone("it does not answer", attributable=True)

    def kill(self) -> None:
        """End the broker with SIGKILL."""
        self._server.kill()

    def restart(self) -> None:
        """End it in order if it runs, and start it again at the same address with what it stored."""
        self._server.restart()

    def close(self) -> None:
        """End the broker and remove its folder. May be called again."""
        self._server.close()


@contextmanager
def embedded_kafka(user: ServerUser) -> Generator[Placing[EmbeddedKafka]]:
    """Give a broker that is ended after the block in which it is opened.

    Raises HarnessFault (kind `testbed_unavailable`) when there is no program for it.
    """
    program = program_for(user, _wheels_program(), remedy=_REMEDY)
    yield Placing(NOIDA_DB, lambda network: closing(EmbeddedKafka(program, user, network)))


def _wheels_program() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise HarnessFault(f"there is no package {_PACKAGE!r}; {_REMEDY}", kind="testbed_unavailable")
    return Path(found.origin).parent / "noida-db"

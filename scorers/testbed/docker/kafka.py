"""A Kafka broker of its own for every grade, in a container: one node that is broker and controller."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from scorers.testbed.brokers.declared import APACHE_KAFKA
from scorers.testbed.brokers.protocol import BrokerFeatures, Placing
from scorers.testbed.brokers.shown import shown
from scorers.testbed.brokers.speaks import speaks_kafka, within
from scorers.testbed.docker.engine import Image, OwnContainer
from scorers.testbed.docker.images import KAFKA_VARIABLE, image_named
from scorers.testbed.network import LOOPBACK, THIS_MACHINE, free_port
from scorers.testbed.server_user import ServerUser

_CONTROLLER_PORT = 9093


class DockerKafka:
    """See KafkaBroker and OwnProcess. Made by `docker_kafka`."""

    def __init__(self, user: ServerUser) -> None:
        # The same port inside and outside, so that the address it advertises is right on both sides.
        self._port = free_port()
        self._link = within(THIS_MACHINE, self._port)
        image = Image(
            kind="kafka",
            name=image_named(KAFKA_VARIABLE),
            variable=KAFKA_VARIABLE,
            port=self._port,
            host_port=self._port,
            command=[],
            environment=_environment(self._port),
        )
        self._features = BrokerFeatures(
            image.name, "container", APACHE_KAFKA.capabilities | _WITH_OWN_BROKER, own_server=True
        )
        self._container = OwnContainer(image, user, lambda: speaks_kafka(self._link, 1.0))

    @property
    def features(self) -> BrokerFeatures:
        """The image, and what Apache Kafka can do."""
        return self._features

    @property
    def bootstrap_servers(self) -> str:
        """KAFKA_BOOTSTRAP_SERVERS."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def address(self) -> tuple[str, int]:
        """Its host and port."""
        return LOOPBACK, self._port

    @property
    def client_settings(self) -> Mapping[str, str]:
        """What confluent-kafka's clients need to reach it."""
        return {"bootstrap.servers": self.bootstrap_servers}

    @property
    def pid(self) -> int:
        """The id on this machine of the container's first process."""
        return self._container.pid

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'kafka_gone') unless the broker answers."""
        if not speaks_kafka(self._link):
            raise self._container.gone("it does not answer")

    def kill(self) -> None:
        """End the broker with SIGKILL; what it stored stays."""
        self._container.kill()

    def restart(self) -> None:
        """End it in order if it runs, and start it again at the same address with what it stored."""
        self._container.restart()

    def close(self) -> None:
        """Remove the container. May be called again."""
        self._container.close()


_WITH_OWN_BROKER = frozenset(
    {"confluent.restart", "confluent.crash", "confluent.retention", "aiokafka.restart", "aiokafka.crash"}
)
"""What depends on settings that are given below, and on a broker that may be restarted."""


def _environment(port: int) -> dict[str, str]:
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://127.0.0.1:{_CONTROLLER_PORT}",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@127.0.0.1:{_CONTROLLER_PORT}",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS": "1000",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "true",
        "KAFKA_HEAP_OPTS": "-Xmx512m -Xms256m",
    }


@contextmanager
def docker_kafka(user: ServerUser) -> Generator[Placing[DockerKafka]]:
    """Start a container, and remove it after the block. Raises InputError without an engine, else HarnessFault."""
    broker = DockerKafka(user)
    try:
        yield Placing(broker.features, lambda network: shown(broker, [broker.address], network))
    finally:
        broker.close()

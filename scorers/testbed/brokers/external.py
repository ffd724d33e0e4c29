"""Brokers of the user's own: a Kafka cluster, which must have no topics, and has none again afterwards."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from scorers.errors import HarnessFault, InputError
from scorers.testbed.brokers.declared import APACHE_KAFKA
from scorers.testbed.brokers.protocol import BrokerFeatures, Placing
from scorers.testbed.brokers.shown import require_here, shown
from scorers.testbed.brokers.speaks import speaks_kafka, split_address, tcp
from scorers.testbed.brokers.turn import one_at_a_time

SERVERS_VARIABLE = "ARCHEVAL_KAFKA_BOOTSTRAP_SERVERS"

_ADMIN_S = 15.0
_DEFAULT_PORT = 9092


class ExternalKafka:
    """See KafkaBroker. Made by `external_kafka`."""

    def __init__(self, servers: str) -> None:
        self._servers = servers
        try:
            self._addresses = [split_address(one, default_port=_DEFAULT_PORT) for one in servers.split(",")]
        except ValueError as error:
            raise InputError(
                f"{SERVERS_VARIABLE} cannot be understood: {error}; it looks like 127.0.0.1:9092"
            ) from error
        self.assert_alive()

    @property
    def features(self) -> BrokerFeatures:
        """Taken for Apache Kafka; what needs the broker's own settings or its restart is left out."""
        return BrokerFeatures("external", "unknown", APACHE_KAFKA.capabilities, own_server=False)

    @property
    def bootstrap_servers(self) -> str:
        """KAFKA_BOOTSTRAP_SERVERS."""
        return self._servers

    @property
    def client_settings(self) -> Mapping[str, str]:
        """What confluent-kafka's clients need to reach it."""
        return {"bootstrap.servers": self._servers}

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Hosts and ports of the brokers that were named."""
        return self._addresses

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'kafka_gone') unless one of the brokers answers."""
        if not any(speaks_kafka(tcp(*address)) for address in self._addresses):
            raise HarnessFault(
                f"no Kafka broker answers at {self._servers!r}; check {SERVERS_VARIABLE}",
                kind="kafka_gone",
                attributable=True,
            )


@contextmanager
def external_kafka(servers: str | None = None) -> Generator[Placing[ExternalKafka]]:
    """Open the brokers at `servers`, by default `$ARCHEVAL_KAFKA_BOOTSTRAP_SERVERS`; remove all topics after the block.

    One grade of this machine at a time has them. Raises InputError when no brokers are named or they hold topics,
    HarnessFault when they cannot be reached.
    """
    given = servers if servers is not None else os.environ.get(SERVERS_VARIABLE, "")
    if not given:
        raise InputError(f"the external testbed needs a Kafka broker: set {SERVERS_VARIABLE}, such as 127.0.0.1:9092")
    with one_at_a_time(given):
        broker = ExternalKafka(given)
        require_here(broker.addresses, SERVERS_VARIABLE)
        found = topics_of(broker)
        if found:
            raise InputError(
                f"the external Kafka holds topics already ({', '.join(found[:5])}); name one without any in "
                f"{SERVERS_VARIABLE}, for archeval removes all topics after a grade"
            )
        try:
            yield Placing(broker.features, lambda network: shown(broker, broker.addresses, network))
        finally:
            _empty(broker)


def topics_of(broker: ExternalKafka) -> list[str]:
    """Return the names of the topics, but for Kafka's own."""
    try:
        listed = AdminClient(dict(broker.client_settings)).list_topics(timeout=_ADMIN_S)
    except KafkaException as error:
        raise HarnessFault(
            f"the external Kafka failed: {error}; check {SERVERS_VARIABLE}", kind="testbed_unavailable"
        ) from error
    return sorted(name for name in listed.topics if not name.startswith("__"))


def _empty(broker: ExternalKafka) -> None:
    """Remove all topics; a broker that is gone is left to its owner."""
    with suppress(HarnessFault, KafkaException, TimeoutError):
        names = topics_of(broker)
        if names:
            client = AdminClient(dict(broker.client_settings))
            deleted = client.delete_topics(names, operation_timeout=_ADMIN_S)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            for future in deleted.values():  # pyright: ignore[reportUnknownVariableType]
                future.result(_ADMIN_S)

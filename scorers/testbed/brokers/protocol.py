"""What graders may ask of a message broker, whichever provider stands behind it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from scorers.testbed.network import Network

B = TypeVar("B")


@dataclass(frozen=True)
class BrokerFeatures:
    """Which broker ran, and what it can do as far as clients can tell."""

    name: str
    """Such as `tansu` or `apache-kafka`. Results name it: no embedded broker is Apache Kafka."""
    version: str
    capabilities: frozenset[str]
    """Ids of the conformance suite's probes that hold (see `scorers.testbed.brokers.conformance`).

    A check that needs what is not in here is not applicable on this provider, never failed.
    """
    own_server: bool
    """The broker belongs to this grade alone, so it may be killed and restarted."""


@dataclass(frozen=True)
class Placing(Generic[B]):
    """A broker of a grade, to be opened where its clients are."""

    features: BrokerFeatures
    """Which broker it will be."""
    opened_in: Callable[[Network], AbstractContextManager[B]]
    """Open it in a network, in a pod as a rule: the service and the grader's clients find it at the same address there.

    The testbed's own broker runs in that network itself, a fresh one each time. One in a container or of the user's own
    is shown there by a relay, and is the same each time: a grade that opens it twice finds what it stored before. Raises
    HarnessFault (kind `testbed_unavailable`, or `port_taken`).
    """


class KafkaBroker(Protocol):
    """A broker that speaks Kafka's protocol, for one grade."""

    @property
    def features(self) -> BrokerFeatures:
        """Which broker it is and what it can do."""
        ...

    @property
    def bootstrap_servers(self) -> str:
        """`host:port` of the broker, as clients of the submission get it in KAFKA_BOOTSTRAP_SERVERS."""
        ...

    @property
    def client_settings(self) -> Mapping[str, str]:
        """What confluent-kafka's clients need to reach it, `bootstrap.servers` included."""
        ...

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'kafka_gone') unless the broker answers a metadata request."""
        ...


class NatsServer(Protocol):
    """A NATS server with JetStream, for one grade."""

    @property
    def features(self) -> BrokerFeatures:
        """Which server it is and what it can do."""
        ...

    @property
    def url(self) -> str:
        """The submission's NATS_URL, user and password included."""
        ...

    @property
    def admin_url(self) -> str:
        """The grader's URL: it may read every stream and the system's subjects."""
        ...

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'nats_gone') unless the server answers."""
        ...

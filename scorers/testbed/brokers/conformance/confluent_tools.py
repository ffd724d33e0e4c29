"""Shorthands over confluent-kafka for the probes. None of them retries: a probe asks once."""

# confluent-kafka's futures do not say what they hold.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from scorers.testbed.brokers.conformance.probe import NotConforming, Settings, require

ADMIN_S = 8.0
READ_S = 12.0

_PASSING = {
    KafkaError._PARTITION_EOF,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TRANSPORT,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}
"""What a consumer reports and gets over by itself."""


def admin_client(settings: Settings) -> AdminClient:
    """Return an administrator."""
    return AdminClient({**settings})


def create_topic(settings: Settings, name: str, *, partitions: int = 1, config: dict[str, str] | None = None) -> str:
    """Create a topic, wait until its leaders are known, and return its name."""
    client = admin_client(settings)
    topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=config or {})
    client.create_topics([topic], operation_timeout=ADMIN_S, request_timeout=ADMIN_S)[name].result(ADMIN_S)
    give_up = time.monotonic() + ADMIN_S
    while len(client.list_topics(name, timeout=ADMIN_S).topics[name].partitions) != partitions:
        require(time.monotonic() < give_up, f"topic {name} never had {partitions} partitions")
        time.sleep(0.05)
    return name


def producer(settings: Settings, **more: str | int | bool) -> Producer:
    """Return a producer whose messages fail after a few seconds."""
    return Producer({**settings, "message.timeout.ms": 8000, **more})


def send(
    client: Producer,
    topic: str,
    values: Iterable[str],
    *,
    partition: int | None = None,
    key: str | None = None,
    headers: list[tuple[str, str | bytes | None]] | None = None,
    wait: bool = True,
) -> None:
    """Produce `values`; with `wait`, until each is acknowledged. Raises NotConforming for those that are not."""
    failures: list[str] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(error.str())

    for value in values:
        # -1 is librdkafka's "any partition".
        client.produce(
            topic,
            value=value.encode(),
            key=key,
            partition=-1 if partition is None else partition,
            headers=headers,
            on_delivery=delivered,
        )
        client.poll(0)
    if wait:
        left = client.flush(10)
        require(not left, f"{left} messages were not acknowledged")
    require(not failures, f"not delivered: {failures[:3]}")


@contextmanager
def consumer(settings: Settings, group: str, **more: str | int | bool) -> Generator[Consumer]:
    """Give a consumer that reads from the beginning and commits nothing by itself."""
    client = Consumer(
        {
            **settings,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 500,
            **more,
        }
    )
    try:
        yield client
    finally:
        client.close()


def next_message(client: Consumer, wait_s: float) -> Message | None:
    """Return the next message within `wait_s`, or None. Raises NotConforming on an error that does not pass."""
    give_up = time.monotonic() + wait_s
    while (left_s := give_up - time.monotonic()) > 0:
        message = client.poll(min(left_s, 0.5))
        if message is None:
            continue
        error = message.error()
        if error is None:
            return message
        if error.code() not in _PASSING:
            raise NotConforming(f"the consumer got {error.str()}")
    return None


def read(client: Consumer, count: int, *, wait_s: float = READ_S) -> list[Message]:
    """Return the next `count` messages. Raises NotConforming when fewer come within `wait_s`."""
    got: list[Message] = []
    give_up = time.monotonic() + wait_s
    while len(got) < count:
        message = next_message(client, give_up - time.monotonic())
        require(message is not None, f"{len(got)} of {count} messages came within {wait_s:g} s")
        if message is not None:
            got.append(message)
    return got


def quiet(client: Consumer, wait_s: float = 1.5) -> None:
    """Raise NotConforming when another message comes within `wait_s`."""
    message = next_message(client, wait_s)
    require(message is None, f"got a message too many: {text(message) if message else ''}")


def text(message: Message) -> str:
    """Return the message's value."""
    value = message.value()
    return value.decode() if isinstance(value, bytes) else str(value)


def assigned(clients: list[Consumer], partitions: int, *, wait_s: float = 15.0) -> list[int]:
    """Poll all until together they have `partitions` partitions, none of them twice; return how many each has."""
    give_up = time.monotonic() + wait_s
    while True:
        owned: list[list[TopicPartition]] = []
        for client in clients:
            client.poll(0.1)
            owned.append(client.assignment())
        pairs = {(one.topic, one.partition) for each in owned for one in each}
        counts = [len(each) for each in owned]
        if len(pairs) == sum(counts) == partitions and all(counts):
            return counts
        require(time.monotonic() < give_up, f"members have {counts} of {partitions} partitions after {wait_s:g} s")


def share(client: Consumer) -> int:
    """Poll once, and return how many partitions the member has."""
    client.poll(0.1)
    return len(client.assignment())


def holds(question: Callable[[], bool], otherwise: str, *, wait_s: float = 25.0) -> None:
    """Ask until it is true. Raises NotConforming with `otherwise` after `wait_s`."""
    give_up = time.monotonic() + wait_s
    while not question():
        require(time.monotonic() < give_up, f"{otherwise} after {wait_s:g} s")

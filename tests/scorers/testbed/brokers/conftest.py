"""Real brokers: one of each for tests that only use it, fresh ones for those that break it."""

import importlib.util
from collections.abc import Iterator

import pytest

from scorers.testbed.brokers.kafka import EmbeddedKafka, embedded_kafka
from scorers.testbed.brokers.nats import EmbeddedNats, embedded_nats
from scorers.testbed.network import THIS_MACHINE
from scorers.testbed.server_user import server_user

NO_KAFKA = "the wheel noida-db is not installed"


def require_kafka() -> None:
    if importlib.util.find_spec("noida_db") is None:
        pytest.skip(NO_KAFKA)


@pytest.fixture(scope="session")
def kafka() -> Iterator[EmbeddedKafka]:
    require_kafka()
    with embedded_kafka(server_user()) as placing, placing.opened_in(THIS_MACHINE) as opened:
        yield opened


@pytest.fixture
def fresh_kafka() -> Iterator[EmbeddedKafka]:
    """A broker that the test may break."""
    require_kafka()
    with embedded_kafka(server_user()) as placing, placing.opened_in(THIS_MACHINE) as opened:
        yield opened


@pytest.fixture(scope="session")
def nats_server() -> Iterator[EmbeddedNats]:
    with embedded_nats(server_user()) as placing, placing.opened_in(THIS_MACHINE) as opened:
        yield opened


@pytest.fixture
def fresh_nats() -> Iterator[EmbeddedNats]:
    """A server that the test may break."""
    with embedded_nats(server_user()) as placing, placing.opened_in(THIS_MACHINE) as opened:
        yield opened

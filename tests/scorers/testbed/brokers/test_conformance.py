"""The suite can fail, cannot hang, and what providers declare holds."""

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from scorers.testbed.brokers.conformance.probe import End
from scorers.testbed.brokers.conformance.suite import ALL_PROBES, KAFKA_PROBES, NATS_PROBES, capabilities, run_suite
from scorers.testbed.brokers.declared import APACHE_KAFKA, NATS_SERVER, NOIDA_DB
from scorers.testbed.brokers.kafka import EmbeddedKafka
from scorers.testbed.brokers.nats import EmbeddedNats
from scorers.testbed.network import free_port
from scorers.testbed.own_process import OwnProcess

QUICK = ("confluent.headers", "confluent.aborted_hidden", "aiokafka.fencing", "confluent.restart")

SOMETIMES = {"confluent.crash", "aiokafka.crash"}
"""What the embedded Kafka lost with a SIGKILL depends on the moment, so it does not declare these."""


def ender(server: OwnProcess) -> Callable[[End], None]:
    """Return what ends `server` as told and starts it again."""

    def end(how: End) -> None:
        if how == "kill":
            server.kill()
        server.restart()

    return end


@contextmanager
def mute_server() -> Generator[int]:
    """A port where connections open and nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_declared_capabilities_are_probes() -> None:
    for features in (NATS_SERVER, NOIDA_DB, APACHE_KAFKA):
        assert features.capabilities <= set(ALL_PROBES), features.name
        assert features.capabilities


def test_a_broker_that_is_not_there_can_do_nothing() -> None:
    probe = ALL_PROBES["nats.request"]
    (outcome,) = run_suite([probe], {"url": f"nats://127.0.0.1:{free_port()}"})
    assert outcome.holds is False
    assert outcome.found
    assert capabilities([outcome]) == frozenset()


def test_a_probe_that_hangs_is_ended() -> None:
    with mute_server() as port:
        probe = replace(ALL_PROBES["confluent.headers"], timeout_s=3)
        (outcome,) = run_suite([probe], {"bootstrap.servers": f"127.0.0.1:{port}"})
    assert outcome.holds is False
    assert outcome.found == "hangs: no end after 3 s"


def test_without_a_restart_its_probes_are_not_asked() -> None:
    (outcome,) = run_suite([ALL_PROBES["nats.restart"]], {"url": "nats://127.0.0.1:1"})
    assert outcome.holds is None
    assert capabilities([outcome]) == frozenset()


def test_the_suite_finds_what_the_embedded_kafka_cannot(fresh_kafka: EmbeddedKafka) -> None:
    outcomes = run_suite([ALL_PROBES["confluent.cooperative"]], dict(fresh_kafka.client_settings))
    assert [outcome.holds for outcome in outcomes] == [False]
    assert "confluent.cooperative" not in NOIDA_DB.capabilities


def test_what_kafka_scenarios_use_most_holds(fresh_kafka: EmbeddedKafka) -> None:
    probes = [ALL_PROBES[name] for name in QUICK]
    outcomes = run_suite(probes, dict(fresh_kafka.client_settings), restart=ender(fresh_kafka))
    assert [(outcome.probe_id, outcome.found) for outcome in outcomes if not outcome.holds] == []


@pytest.mark.slow
def test_the_embedded_kafka_can_do_what_it_declares_and_no_more(fresh_kafka: EmbeddedKafka) -> None:
    outcomes = run_suite(KAFKA_PROBES, dict(fresh_kafka.client_settings), restart=ender(fresh_kafka))
    found = capabilities(outcomes) - SOMETIMES
    assert found == fresh_kafka.features.capabilities, [one for one in outcomes if not one.holds]


def test_nats_can_do_what_it_declares_and_no_more(fresh_nats: EmbeddedNats) -> None:
    outcomes = run_suite(NATS_PROBES, {"url": fresh_nats.url}, restart=ender(fresh_nats))
    assert capabilities(outcomes) == fresh_nats.features.capabilities, [one for one in outcomes if not one.holds]

"""The doctor's lines on the servers beside PostgreSQL."""

import pytest

from scorers.testbed.companion_diagnosis import diagnose_companions
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.external import ExternalProvider
from scorers.testbed.valkey.external import URL_VARIABLE


def test_what_ran_is_told_with_its_time() -> None:
    found = {line.subject: line for line in diagnose_companions(EmbeddedProvider())}
    assert set(found) == {"valkey", "kafka", "nats"}
    assert found["nats"].found.startswith("nats-server 2.")
    assert "ms" in found["valkey"].found


def test_what_cannot_be_had_is_told_with_the_remedy_and_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, "redis://127.0.0.1:1/9")
    valkey, kafka, _ = diagnose_companions(ExternalProvider("host=/nowhere"))
    assert (valkey.ok, valkey.optional) == (False, True)
    assert "cannot be graded" in valkey.found
    assert valkey.remedy == f"check {URL_VARIABLE}"
    assert "ARCHEVAL_KAFKA_BOOTSTRAP_SERVERS" in kafka.found + kafka.remedy

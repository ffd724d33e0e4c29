"""Brokers as processes of a grade: who gets in, what faults do, what is left, and servers of the user's own."""

import asyncio
import os
from pathlib import Path

import nats
import pytest
from confluent_kafka import Producer
from nats.errors import Error as NatsError
from nats.errors import NoServersError

from scorers.errors import HarnessFault, InputError
from scorers.testbed.brokers.conformance.confluent_tools import create_topic, send
from scorers.testbed.brokers.external import SERVERS_VARIABLE, external_kafka
from scorers.testbed.brokers.kafka import EmbeddedKafka
from scorers.testbed.brokers.nats import URL_VARIABLE, EmbeddedNats, embedded_nats, external_nats
from scorers.testbed.brokers.speaks import speaks_kafka, speaks_nats, split_address, tcp
from scorers.testbed.network import THIS_MACHINE, free_port, require_free
from scorers.testbed.server_user import server_user
from tests.scorers.testbed.traces import server_processes


async def publish(url: str, stream: str) -> int:
    """Store one message in `stream`, made if missing, and return how many it has."""
    client = await nats.connect(url, allow_reconnect=False, connect_timeout=3)  # pyright: ignore[reportUnknownMemberType]
    try:
        js = client.jetstream()  # pyright: ignore[reportUnknownMemberType]
        await js.add_stream(name=stream, subjects=[f"{stream}.>"])  # pyright: ignore[reportUnknownMemberType]
        return (await js.publish(f"{stream}.x", b"1")).seq
    finally:
        await client.close()


def test_both_users_see_the_same_streams(nats_server: EmbeddedNats) -> None:
    assert asyncio.run(publish(nats_server.url, "both")) == 1
    assert asyncio.run(publish(nats_server.admin_url, "both")) == 2
    assert nats_server.url != nats_server.admin_url


@pytest.mark.parametrize("login", ["", "app:guess@", "archeval_admin:@"])
def test_nats_lets_nobody_in_without_a_password(nats_server: EmbeddedNats, login: str) -> None:
    place = nats_server.url.rpartition("@")[2]
    with pytest.raises((NatsError, NoServersError), match=r"[Aa]uthorization"):
        asyncio.run(publish(f"nats://{login}{place}", "nobody"))


def test_a_stream_cannot_outgrow_its_server(nats_server: EmbeddedNats) -> None:
    async def reserve() -> None:
        client = await nats.connect(nats_server.url)  # pyright: ignore[reportUnknownMemberType]
        try:
            js = client.jetstream()  # pyright: ignore[reportUnknownMemberType]
            await js.add_stream(name="huge", subjects=["huge"], max_bytes=10 * 1024**3)  # pyright: ignore[reportUnknownMemberType]
        finally:
            await client.close()

    with pytest.raises(NatsError, match="insufficient storage"):
        asyncio.run(reserve())


def test_nats_is_gone_until_it_is_restarted(fresh_nats: EmbeddedNats) -> None:
    asyncio.run(publish(fresh_nats.url, "kept"))
    first = fresh_nats.pid
    fresh_nats.kill()
    with pytest.raises(HarnessFault, match="nats is gone") as gone:
        fresh_nats.assert_alive()
    assert (gone.value.kind, gone.value.attributable) == ("nats_gone", True)
    fresh_nats.restart()
    fresh_nats.assert_alive()
    assert fresh_nats.pid != first
    assert asyncio.run(publish(fresh_nats.url, "kept")) == 2


def test_nothing_is_left_of_nats() -> None:
    with embedded_nats(server_user()) as placing, placing.opened_in(THIS_MACHINE) as server:
        (folder,) = {Path(f"/proc/{server.pid}/cwd").readlink().parent.parent}
        assert server_processes(str(folder)), "the control: there is a process"
        if os.geteuid() == 0:
            assert Path(f"/proc/{server.pid}").stat().st_uid == server_user().uid != 0
    assert not folder.exists()
    assert not server_processes(str(folder))


def test_kafka_is_gone_until_it_is_restarted(fresh_kafka: EmbeddedKafka) -> None:
    fresh_kafka.kill()
    with pytest.raises(HarnessFault, match="kafka is gone") as gone:
        fresh_kafka.assert_alive()
    assert (gone.value.kind, gone.value.attributable) == ("kafka_gone", True)
    fresh_kafka.restart()
    fresh_kafka.assert_alive()
    assert fresh_kafka.features.name == "noida-db", "results never call it Kafka"


def test_an_external_kafka_is_empty_afterwards(kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = dict(kafka.client_settings)
    monkeypatch.setenv(SERVERS_VARIABLE, kafka.bootstrap_servers)
    with external_kafka() as placing, placing.opened_in(THIS_MACHINE) as broker:
        broker.assert_alive()
        assert not broker.features.own_server
        send(Producer(settings), create_topic(settings, "of-the-grade"), ["x"])
        with_topic = set(Producer(settings).list_topics(timeout=5).topics)
    assert "of-the-grade" in with_topic
    assert "of-the-grade" not in Producer(settings).list_topics(timeout=5).topics


def test_topics_of_others_are_not_touched(fresh_kafka: EmbeddedKafka) -> None:
    settings = dict(fresh_kafka.client_settings)
    create_topic(settings, "orders")
    with pytest.raises(InputError, match="orders"), external_kafka(fresh_kafka.bootstrap_servers):
        pass
    assert "orders" in Producer(settings).list_topics(timeout=5).topics


def test_an_external_nats_is_empty_afterwards(fresh_nats: EmbeddedNats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, fresh_nats.url)
    with external_nats() as placing, placing.opened_in(THIS_MACHINE) as server:
        assert asyncio.run(publish(server.url, "grade")) == 1
        assert not server.features.own_server
    assert asyncio.run(publish(fresh_nats.url, "grade")) == 1, "the stream was removed in between"
    with pytest.raises(InputError, match="grade"), external_nats():
        pass
    assert asyncio.run(publish(fresh_nats.url, "grade")) == 2, "a stream of others stays"


def test_external_brokers_must_be_named_and_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, opening in ((SERVERS_VARIABLE, external_kafka), (URL_VARIABLE, external_nats)):
        monkeypatch.delenv(variable, raising=False)
        with pytest.raises(InputError, match=variable), opening():
            pass
    nobody = free_port()
    with pytest.raises(HarnessFault, match=SERVERS_VARIABLE), external_kafka(f"127.0.0.1:{nobody}"):
        pass
    with pytest.raises(HarnessFault, match=URL_VARIABLE), external_nats(f"nats://127.0.0.1:{nobody}"):
        pass
    with pytest.raises(InputError, match="cannot be understood"), external_kafka("127.0.0.1:port"):
        pass
    with pytest.raises(InputError, match="cannot be understood"), external_nats("127.0.0.1"):
        pass


def test_protocols_are_told_apart(nats_server: EmbeddedNats) -> None:
    port = int(nats_server.url.rpartition(":")[2])
    assert speaks_nats(tcp("127.0.0.1", port))
    assert not speaks_kafka(tcp("127.0.0.1", port), 1.0)
    with pytest.raises(HarnessFault, match="somebody else has"):
        require_free(THIS_MACHINE, port, "a broker")
    require_free(THIS_MACHINE, free_port(), "a broker")
    assert split_address("[::1]:9093", default_port=9092) == ("::1", 9093)
    assert split_address("kafka", default_port=9092) == ("kafka", 9092)

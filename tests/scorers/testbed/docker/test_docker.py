"""Servers in containers behind the same protocols as the embedded ones."""

# The engine's library is typed in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

import json
import select
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from docker import DockerClient
from redis.exceptions import RedisError, ResponseError

from scorers.errors import HarnessFault, InputError
from scorers.testbed.brokers.conformance.suite import ALL_PROBES, run_suite
from scorers.testbed.docker.engine import LABEL, sweep_containers
from scorers.testbed.docker.images import KAFKA_VARIABLE, VALKEY_VARIABLE, image_named
from scorers.testbed.docker.kafka import docker_kafka
from scorers.testbed.docker.postgres import open_docker_postgres
from scorers.testbed.docker.provider import DockerProvider
from scorers.testbed.docker.valkey import DockerValkey, open_docker_valkey
from scorers.testbed.network import THIS_MACHINE
from scorers.testbed.providers import provider
from scorers.testbed.server_user import server_user
from scorers.testbed.valkey.client import ask, open_client

GIB = 1024**3

HOLDER = """
import sys
from scorers.testbed.docker.provider import DockerProvider
from scorers.testbed.shutdown import orderly_exit
with orderly_exit(), DockerProvider().open(cluster_bytes=1024**3, needs=frozenset({"valkey"})) as testbed:
    print(testbed.valkey.pid, flush=True)
    sys.stdin.read()
"""


def containers(engine: DockerClient) -> list[str]:
    """Return the ids of all containers of testbeds."""
    return [one.id or "" for one in engine.containers.list(all=True, filters={"label": LABEL})]


def test_postgres_does_what_the_embedded_one_does(engine: DockerClient) -> None:
    with DockerProvider().open(cluster_bytes=GIB) as testbed:
        postgres = testbed.postgres
        assert postgres.features.statement_statistics
        assert postgres.features.own_cluster
        first = postgres.create_database()
        with closing(postgres.connect(first, "app_owner")) as owner:
            owner.execute("CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t VALUES (1)")
        clone = postgres.create_database(template=first)
        with closing(postgres.connect(clone, "reader")) as reader:
            assert reader.execute("SELECT id FROM public.t").fetchall() == [(1,)]
        with closing(postgres.connect(clone, "app_user")) as user, pytest.raises(psycopg.errors.InsufficientPrivilege):
            user.execute("SELECT pg_read_file('/etc/passwd')")
        postgres.assert_alive()
        assert testbed.description["provider"] == "docker"
        assert "container" in testbed.description["storage"]
        assert len(containers(engine)) == 1
    assert containers(engine) == []


def test_a_killed_postgres_is_gone_until_it_is_restarted(engine: DockerClient) -> None:
    with open_docker_postgres(server_user(), GIB) as server:
        server.kill()
        with pytest.raises(HarnessFault) as gone:
            server.part.postgres.assert_alive()
        assert gone.value.kind == "postgres_gone"
    assert containers(engine) == []


def test_valkey_is_fenced_and_counted(engine: DockerClient) -> None:
    with open_docker_valkey(server_user()) as server:
        with closing(server.connect("app")) as app:
            ask(app, "SET", "key", "1")
            ask(app, "GET", "key")
            for command in ("CONFIG GET *", "SHUTDOWN", "FLUSHALL", "ACL LIST"):
                with pytest.raises(ResponseError, match="permissions"):
                    ask(app, *command.split())
        seen = server.stats()
        assert (seen.keyspace_hits, seen.keys) == (1, 1)
        server.drop_cache()
        assert server.stats().keys == 0
        place = server.url().rpartition("@")[2]
        with closing(open_client(f"redis://{place}")) as nobody, pytest.raises(RedisError):
            ask(nobody, "GET", "key")
    assert containers(engine) == []


def test_a_killed_valkey_is_gone_until_it_is_restarted(engine: DockerClient) -> None:
    with open_docker_valkey(server_user()) as server:
        first = server.pid
        server.kill()
        server.kill()  # it stays gone
        with pytest.raises(HarnessFault, match="valkey in its container is gone") as gone:
            server.assert_alive()
        assert (gone.value.kind, gone.value.attributable) == ("valkey_gone", True)
        with pytest.raises(HarnessFault, match="not running"):
            _ = server.pid
        server.restart()
        server.assert_alive()
        assert server.pid != first
        assert Path(f"/proc/{server.pid}").exists()


def test_kafka_answers_its_clients(engine: DockerClient) -> None:
    with docker_kafka(server_user()) as placing, placing.opened_in(THIS_MACHINE) as broker:
        broker.assert_alive()
        assert broker.features.name == image_named(KAFKA_VARIABLE)
        probes = [ALL_PROBES["confluent.headers"], ALL_PROBES["confluent.group"], ALL_PROBES["aiokafka.transactions"]]
        outcomes = run_suite(probes, dict(broker.client_settings))
        assert [(one.probe_id, one.found) for one in outcomes if not one.holds] == []
        broker.kill()
        with pytest.raises(HarnessFault) as gone:
            broker.assert_alive()
        assert gone.value.kind == "kafka_gone"
        broker.restart()
        broker.assert_alive()
    assert containers(engine) == []


def test_ports_are_published_on_the_loopback_only(engine: DockerClient) -> None:
    with open_docker_valkey(server_user()):
        (container,) = engine.containers.list(filters={"label": LABEL})
        published = container.attrs["NetworkSettings"]["Ports"]
        assert {one["HostIp"] for ones in published.values() if ones for one in ones} == {"127.0.0.1"}


def test_what_a_killed_archeval_leaves_is_removed_by_the_next_start(engine: DockerClient) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert select.select([holder.stdout], [], [], 120)[0], "the holder did not open a testbed in time"
        assert json.loads(holder.stdout.readline())
        (left,) = containers(engine)
        assert sweep_containers() == 0, "the control: a living archeval is not swept"
        holder.send_signal(signal.SIGKILL)
        holder.wait(30)
        assert containers(engine) == [left], "the control: its container lives on"
        with DockerProvider().open(cluster_bytes=GIB, needs=frozenset()):
            assert containers(engine) == []
    finally:
        holder.kill()
        holder.communicate()


def test_an_image_that_cannot_be_had_is_a_fault(engine: DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VALKEY_VARIABLE, "127.0.0.1:1/no/such-image:0")
    with pytest.raises(HarnessFault, match=VALKEY_VARIABLE) as caught, open_docker_valkey(server_user()):
        pass
    assert caught.value.kind == "testbed_unavailable"
    assert containers(engine) == []


def test_a_server_that_ends_at_once_is_a_fault(engine: DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DockerValkey, "_users", lambda _self: ["two words are no user"])  # pyright: ignore[reportUnknownLambdaType]
    with pytest.raises(HarnessFault, match="ended while it started") as caught, open_docker_valkey(server_user()):
        pass
    assert caught.value.kind == "testbed_unavailable"
    assert containers(engine) == []


@pytest.mark.parametrize("host", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1"])
def test_without_an_engine_there_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(InputError, match="DOCKER_HOST"), provider("docker").open(cluster_bytes=GIB):
        pass


def test_nothing_of_docker_is_imported_before_it_is_needed() -> None:
    code = "import sys, scorers.testbed.providers; print(sorted({'docker', 'redis', 'nats', 'confluent_kafka'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

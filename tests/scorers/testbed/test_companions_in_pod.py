"""A sandboxed service reaches Valkey by its socket and brokers in its pod, and faults reach what it talks to."""

import importlib.util
import json
import os
import sys
import threading
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from scorers.errors import HarnessFault, InputError
from scorers.testbed.brokers.shown import require_here, shown
from scorers.testbed.brokers.speaks import speaks_nats, tcp, within
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.faults.processes import paused_server
from scorers.testbed.faults.proxy import Refused, open_proxy, tcp_listener
from scorers.testbed.faults.recovery import recovery_s
from scorers.testbed.network import THIS_MACHINE, listens
from scorers.testbed.own_process import OwnProcess
from scorers.testbed.pod.opening import open_pod
from scorers.testbed.pod.protocol import Pod
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.sandbox.tier import sandbox_tier
from scorers.testbed.service.opening import open_service

GIB = 1024**3
ROOT = Path(__file__).parents[3]
RUN_VALKEY = Path("/run/valkey")

pytestmark = pytest.mark.skipif(sandbox_tier().bwrap is None, reason="no sandbox on this machine")

MANIFEST = "runtime: python\nprocesses:\n  web:\n    command: [python, service.py]\n"

SERVICE = """\
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import redis

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=1, retry=None)
            text = "ready" if self.path == "/ready" else f"{client.incr('visits')} {client.acl_whoami()}"
            status = 200
        except redis.RedisError as error:
            status, text = 503, type(error).__name__
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

SPEAKS = "from scorers.testbed.brokers.speaks import speaks_nats, tcp; print(speaks_nats(tcp('127.0.0.1', {})))"

PRODUCES = """\
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"]})

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/ready":
            producer.produce("greetings", b"hello")
        left = producer.flush(10)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"lost" if left else b"sent")

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

CONSUMES = """
from confluent_kafka import Consumer
consumer = Consumer({{"bootstrap.servers": {!r}, "group.id": "grader", "auto.offset.reset": "earliest"}})
consumer.subscribe(["greetings"])
print(consumer.poll(20).value().decode())
consumer.close()
"""

ASKS_ONE = """
import io, sys
from scorers.testbed.brokers.conformance.one import main
sys.stdin = io.StringIO({!r})
main()
print("done")
"""


def test_a_service_uses_valkey_and_survives_its_pause() -> None:
    with (
        EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"valkey"})) as testbed,
        open_pod(sockets={"valkey": testbed.valkey.socket_folder or Path()}) as pod,
        open_service(
            pod,
            {"service.yaml": MANIFEST, "service.py": SERVICE},
            environment={"REDIS_URL": testbed.valkey.url(socket_folder=RUN_VALKEY)},
            limits=ServiceLimits(),
        ) as service,
    ):
        service.start()
        before = testbed.valkey.stats()
        with pod.http(service.port) as client:
            assert [client.get("/").text for _ in range(2)] == ["1 app", "2 app"]
            assert testbed.valkey.stats().since(before).keys == 1
            with paused_server(cast(OwnProcess, testbed.valkey)).injected():
                assert client.get("/").status_code == 503
            assert recovery_s(lambda: client.get("/").status_code == 200, timeout_s=10) < 5


def test_brokers_live_in_the_pod_and_nowhere_else() -> None:
    with EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"nats"})) as testbed, open_pod() as pod:
        with testbed.nats.opened_in(pod) as server:
            port = int(server.url.rpartition(":")[2])
            server.assert_alive()
            assert inside(pod, SPEAKS.format(port)) == "True"
            assert not speaks_nats(tcp("127.0.0.1", port)), "on the machine itself nobody listens"
            own, outer = (Path(f"/proc/{pid}/ns/net").readlink() for pid in (cast(OwnProcess, server).pid, os.getpid()))
            assert own != outer
            cast(OwnProcess, server).restart()
            assert inside(pod, SPEAKS.format(port)) == "True"
        assert inside(pod, SPEAKS.format(port)) == "False"


@pytest.mark.skipif(importlib.util.find_spec("noida_db") is None, reason="the wheel noida-db is not installed")
def test_a_service_and_a_grader_meet_at_the_pods_kafka() -> None:
    with (
        EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"kafka"})) as testbed,
        open_pod() as pod,
        testbed.kafka.opened_in(pod) as broker,
        open_service(
            pod,
            {"service.yaml": MANIFEST, "service.py": PRODUCES},
            environment={"KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers},
            limits=ServiceLimits(),
        ) as service,
    ):
        service.start()
        with pod.http(service.port) as client:
            assert client.get("/").text == "sent"
            assert inside(pod, CONSUMES.format(broker.bootstrap_servers)) == "hello"
            job = json.dumps({"probe": "aiokafka.group", "phase": "run", "settings": dict(broker.client_settings)})
            assert inside(pod, ASKS_ONE.format(job)) == "done"
            cast(OwnProcess, broker).restart()
            assert client.get("/").text == "sent"


@pytest.mark.parametrize("listening", [True, False], ids=["listening", "bound"])
def test_a_service_that_takes_the_brokers_port_is_found_out(*, listening: bool) -> None:
    with (
        EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"nats"})) as testbed,
        open_pod() as pod,
        testbed.nats.opened_in(pod) as server,
        pod.new_socket() as thief,
    ):
        cast(OwnProcess, server).kill()
        thief.bind(("127.0.0.1", int(server.url.rpartition(":")[2])))
        if listening:
            thief.listen()
        with pytest.raises(HarnessFault, match="somebody else has") as taken:
            cast(OwnProcess, server).restart()
        assert (taken.value.kind, taken.value.attributable) == ("port_taken", True)


def test_a_service_that_answers_for_the_broker_is_found_out() -> None:
    with (
        EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"nats"})) as testbed,
        open_pod() as pod,
        testbed.nats.opened_in(pod) as server,
    ):
        port = int(server.url.rpartition(":")[2])
        assert listens(cast(OwnProcess, server).pid, port)
        assert not listens(os.getpid(), port)
        server.assert_alive()
        cast(OwnProcess, server).kill()
        with pod.new_socket() as thief:
            thief.bind(("127.0.0.1", port))
            thief.listen()
            greeting = threading.Thread(target=lambda: thief.accept()[0].send(b"INFO {}"), daemon=True)
            greeting.start()
            with pytest.raises(HarnessFault, match="nats is gone") as gone:
                server.assert_alive()
            assert gone.value.attributable
            assert speaks_nats(within(pod, port)), "the control: the thief's greeting is as good as the server's"
            greeting.join(10)


def test_a_broker_elsewhere_is_shown_at_its_address() -> None:
    with (
        EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"nats"})) as testbed,
        open_pod() as pod,
        testbed.nats.opened_in(THIS_MACHINE) as server,
    ):
        port = int(server.url.rpartition(":")[2])
        assert inside(pod, SPEAKS.format(port)) == "False", "the control: nobody is there"
        for _ in range(2):
            with shown(server, [("127.0.0.1", port), ("localhost", port)], pod):
                assert inside(pod, SPEAKS.format(port)) == "True"
    with pytest.raises(InputError, match="forward it to a port"):
        require_here([("127.0.0.1", 9092), ("kafka.example", 9092)], "VARIABLE")


@pytest.mark.parametrize("where", ["pod", "machine"])
def test_a_proxy_can_stand_in_the_pod(where: str) -> None:
    with (
        EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"nats"})) as testbed,
        open_pod() as pod,
        testbed.nats.opened_in(pod if where == "pod" else THIS_MACHINE) as server,
    ):
        port = int(server.url.rpartition(":")[2])
        upstream = partial(pod.connect, port, 5.0) if where == "pod" else ("127.0.0.1", port)
        with open_proxy(upstream, listen=tcp_listener(7777, make=pod.new_socket)) as proxy:
            assert inside(pod, SPEAKS.format(7777)) == "True"
            with Refused(proxy).injected():
                assert inside(pod, SPEAKS.format(7777)) == "False"
            assert inside(pod, SPEAKS.format(7777)) == "True"


def inside(pod: Pod, code: str) -> str:
    """Run trusted code in the pod's network and return what it prints."""
    done = pod.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"], timeout_s=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()

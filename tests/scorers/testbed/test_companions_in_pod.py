"""A sandboxed service reaches Valkey by its socket and brokers by a relay, and faults reach what it talks to."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import cast

import pytest

from scorers.scenario import Need
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.faults.processes import paused_server
from scorers.testbed.faults.proxy import Refused, open_proxy, tcp_listener
from scorers.testbed.faults.recovery import recovery_s
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

SPEAKS = "from scorers.testbed.brokers.loopback import speaks_nats; print(speaks_nats('127.0.0.1', {}))"


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


def test_brokers_are_at_the_same_address_inside() -> None:
    needs: list[Need] = ["nats", *(["kafka"] if importlib.util.find_spec("noida_db") else [])]
    with EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset(needs)) as testbed, open_pod() as pod:
        port = int(testbed.nats.url.rpartition(":")[2])
        assert inside(pod, SPEAKS.format(port)) == "False", "the control: without a relay nobody is there"
        pod.relay_out(port, "127.0.0.1", port)
        assert inside(pod, SPEAKS.format(port)) == "True"
        if "kafka" in needs:
            servers = testbed.kafka.bootstrap_servers
            kafka_port = int(servers.rpartition(":")[2])
            pod.relay_out(kafka_port, "127.0.0.1", kafka_port)
            job = json.dumps({"probe": "confluent.headers", "phase": "run", "settings": {"bootstrap.servers": servers}})
            assert inside(pod, ASKS_ONE.format(job)) == "done"


def test_a_proxy_can_stand_in_the_pod() -> None:
    with EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"nats"})) as testbed, open_pod() as pod:
        upstream = ("127.0.0.1", int(testbed.nats.url.rpartition(":")[2]))
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

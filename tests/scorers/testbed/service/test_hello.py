"""Ordinary services come up, answer, reach their database, and leave nothing."""

import threading
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from scorers.errors import InputError
from scorers.testbed.embedded import EmbeddedTestbed
from scorers.testbed.pod.opening import open_pod
from scorers.testbed.pod.protocol import Tier
from scorers.testbed.runtime.node import node_runtime
from scorers.testbed.service.failure import ServiceFailure
from scorers.testbed.service.opening import open_service
from scorers.testbed.service.protocol import Service
from tests.scorers.testbed.sandbox.tiers import only_bubblewrap
from tests.scorers.testbed.service.services import SMALL, answering, asked, opened, script

pytestmark = pytest.mark.usefixtures("tier")

FASTAPI = """\
import os
import psycopg
from fastapi import FastAPI

app = FastAPI()


@app.get("/ready")
def ready():
    return {"ready": True}


@app.get("/notes")
def notes():
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY text")]
"""

FASTAPI_MANIFEST = """\
runtime: python
build: [python, -c, "open('built', 'w').write('yes')"]
migrate: [python, migrate.py]
processes:
  web:
    command: [sh, -c, 'test -f built && exec uvicorn main:app --host 127.0.0.1 --port "$PORT"']
  worker:
    command: [python, worker.py]
"""

MIGRATE = """\
import os
import psycopg

with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    connection.execute("CREATE TABLE note (text text PRIMARY KEY)")
    connection.execute("INSERT INTO note VALUES ('migrated')")
"""

WORKER = """\
import os
import time
import psycopg

with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    connection.execute("INSERT INTO note VALUES ('worked') ON CONFLICT DO NOTHING")
print("worker is at work")
while True:
    time.sleep(60)
"""

NODE = """\
const http = require('node:http');
http.createServer((request, response) => {
  response.end(request.url === '/ready' ? 'ready' : JSON.stringify({url: request.url, version: process.version}));
}).listen(process.env.PORT, '127.0.0.1');
"""


def test_a_fastapi_service_with_a_worker_reaches_postgresql(testbed: EmbeddedTestbed, database: str) -> None:
    login = testbed.postgres.endpoint.logins["app_owner"]
    folder = testbed.postgres.endpoint.parameters["host"]
    files = {"service.yaml": FASTAPI_MANIFEST, "main.py": FASTAPI, "migrate.py": MIGRATE, "worker.py": WORKER}
    with open_pod(sockets={"postgres": Path(folder)}) as pod:
        url = f"postgresql://{login.user}:{login.password}@/{database}?host={pod.socket_folder('postgres')}"
        with open_service(pod, files, environment={"DATABASE_URL": url}, limits=SMALL) as service:
            service.start()
            wait_for_line(service, "worker is at work")
            with pod.http(service.port) as client:
                assert client.get("/notes").json() == ["migrated", "worked"]
            service.assert_alive()
            assert service.usage().processes >= 2
            assert 10_000_000 < service.usage().memory_bytes < SMALL.memory_bytes
    with closing(testbed.postgres.connect(database, "reader")) as session:
        assert session.execute("SELECT count(*) FROM public.note").fetchall() == [(2,)]


@pytest.mark.skipif(node_runtime() is None, reason="there is no Node.js here")
def test_a_node_service_answers() -> None:
    files = {
        "service.yaml": "runtime: node\nprocesses: {web: {command: [node, server.js]}}\n",
        "server.js": NODE,
    }
    with opened(files) as (pod, service):
        service.start()
        assert '"url":"/hello"' in asked(pod, service, "/hello")


def test_a_server_with_workers_runs_them(tier: Tier) -> None:
    """Each worker imports the script that its parent runs."""
    command = "[sh, -c, 'exec uvicorn main:app --workers 2 --host localhost --port \"$PORT\"']"
    main = (
        "import os\nfrom fastapi import FastAPI\napp = FastAPI()\n@app.get('/ready')\ndef ready(): return os.getpid()\n"
    )
    manifest = f"runtime: python\nprocesses: {{web: {{command: {command}}}}}\n"
    with opened({"service.yaml": manifest, "main.py": main}) as (pod, service):
        service.start()
        assert int(asked(pod, service, "/ready")) > 2
        bubblewrap = 2 if tier == "bubblewrap" else 0
        assert service.usage().processes >= bubblewrap + 3  # the parent and two workers


def test_baseline_and_candidate_run_side_by_side() -> None:
    with (
        opened(answering("return 200, 'first'")) as (pod, first),
        opened(answering("return 200, 'second'"), pod=pod) as (
            _,
            second,
        ),
    ):
        first.start()
        second.start()
        assert (asked(pod, first, "/"), asked(pod, second, "/")) == ("first", "second")


def test_a_process_is_killed_restarted_paused_and_resumed() -> None:
    with opened(answering("return 200, str(os.getpid())")) as (pod, service):
        service.start()
        service.kill("web")
        service.assert_alive()  # it was killed on purpose
        with pod.http(service.port) as client, pytest.raises(httpx.ConnectError):
            client.get("/")
        service.restart("web")
        assert service.wait_until_ready(20) > 0
        service.pause("web")
        with pod.http(service.port, total_s=0.5) as client, pytest.raises(httpx.TransportError):
            client.get("/")
        service.resume("web")
        service.wait_until_ready(20)
        with pytest.raises(InputError, match="runs no process 'worker'"):
            service.kill("worker")


def test_what_a_thread_started_outlives_the_thread() -> None:
    """A fault injected from a thread restarts a process; the kernel would end it with the thread that is its parent."""
    with opened(answering("return 200, 'alive'")) as (pod, service):
        thread = threading.Thread(target=service.start)
        thread.start()
        thread.join()
        thread = threading.Thread(target=service.restart, args=("web",))
        thread.start()
        thread.join()
        service.wait_until_ready(20)
        service.assert_alive()
        assert asked(pod, service, "/") == "alive"


def test_pods_of_several_threads_do_not_disturb_each_other() -> None:
    answers: list[str] = []

    def grade(number: int) -> None:
        with opened(answering(f"return 200, '{number}'")) as (pod, service):
            service.start()
            answers.append(asked(pod, service, "/"))

    threads = [threading.Thread(target=grade, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["0", "1", "2", "3"]


def test_a_stopped_service_starts_again_without_another_migration() -> None:
    manifest = (
        "runtime: python\nmigrate: [sh, -c, 'echo one >> runs']\nprocesses: {web: {command: [python, main.py]}}\n"
    )
    files = {**answering("return 200, open('runs').read()"), "service.yaml": manifest}
    with opened(files) as (pod, service):
        service.start()
        service.stop()
        service.start()
        assert asked(pod, service, "/") == "one\n"


@only_bubblewrap
def test_the_service_sees_only_the_environment_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_OF_THE_USER", "sesame")
    everything = "return 200, ' '.join(sorted(os.environ)) + open('/proc/1/environ').read()"
    with opened(answering(everything), environment={"GIVEN": "1"}) as (pod, service):
        service.start()
        seen = asked(pod, service, "/")
    assert "GIVEN" in seen
    assert "SECRET_KEY_OF_THE_USER" not in seen
    assert "sesame" not in seen


@pytest.mark.parametrize(
    ("main", "reason"),
    [
        ("raise SystemExit(7)", "the process 'web' ended with status 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGABRT)", "the process 'web' was ended by SIGABRT"),
        ("import no_such_module", "ended with status 1"),
    ],
)
def test_a_service_that_ends_says_how(main: str, reason: str) -> None:
    with opened(script(main)) as (_, service), pytest.raises(ServiceFailure, match=reason):
        service.start()


def test_what_it_printed_goes_with_the_failure() -> None:
    with opened(script("import no_such_module")) as (_, service), pytest.raises(ServiceFailure) as failure:
        service.start()
    assert "No module named 'no_such_module'" in failure.value.output


@pytest.mark.parametrize(
    ("step", "reason"), [("build", "`build` ended with status 3"), ("migrate", "`migrate` ended with")]
)
def test_a_failed_step_is_the_services_failure(step: str, reason: str) -> None:
    manifest = f"runtime: python\n{step}: [sh, -c, 'exit 3']\nprocesses: {{web: {{command: [python, main.py]}}}}\n"
    with opened(script("", manifest)) as (_, service), pytest.raises(ServiceFailure, match=reason):
        service.start()


def wait_for_line(service: Service, line: str) -> None:
    give_up, pause = time.monotonic() + 20, threading.Event()
    while line not in service.output():
        assert time.monotonic() < give_up, service.output()
        pause.wait(0.02)

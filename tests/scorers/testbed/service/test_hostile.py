"""Hostile services: each ends as the submission's failure or as a wrong answer, within its limits, and leaves nothing.

Only the machine's loopback is ever a target.
"""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from scorers.testbed.pod.protocol import Tier
from scorers.testbed.sandbox.account import service_user
from scorers.testbed.sandbox.cgroups import usable_hierarchies
from scorers.testbed.sandbox.limits import MIB, ServiceLimits
from scorers.testbed.service.failure import ServiceFailure
from tests.scorers.testbed.sandbox.tiers import only_bubblewrap
from tests.scorers.testbed.service.remains import Remains
from tests.scorers.testbed.service.services import SMALL, answering, asked, opened, script

pytestmark = pytest.mark.usefixtures("tier")

SOON = ServiceLimits(memory_bytes=192 * MIB, processes=48, disk_bytes=32 * MIB, output_bytes=8 * MIB, ready_s=2)


@pytest.fixture
def remains() -> Iterator[Remains]:
    """Fails the test when anything of its service is left."""
    found = Remains()
    yield found
    assert found.folder is not None, "the test never said where its pod is"
    assert found.left == []


def failure(files: dict[str, str], remains: Remains, limits: ServiceLimits = SMALL) -> ServiceFailure:
    """Start the service, which must fail, and return how."""
    with opened(files, environment=remains.environment, limits=limits) as (pod, service):
        remains.watch(pod)
        with pytest.raises(ServiceFailure) as caught:
            service.start()
        return caught.value


def test_the_remains_are_found_where_there_are_any(remains: Remains) -> None:
    """The control: while a service runs, its processes, folder and control groups are seen."""
    with opened(answering("return 200, ''"), environment=remains.environment) as (pod, service):
        remains.watch(pod)
        service.start()
        kinds = {found.split()[0] for found in remains.left}
        assert {"process", "folder"} <= kinds


def test_a_fork_bomb_meets_the_process_limit(remains: Remains) -> None:
    bomb = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"
    before = len(psutil.pids())
    assert "ran more than 48 processes" in failure(script(bomb), remains).reason
    assert len(psutil.pids()) < before + 100


def test_a_bomb_of_threads_meets_the_process_limit(remains: Remains) -> None:
    bomb = "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(600,)).start()\n"
    assert "ran more than 48 processes" in failure(script(bomb), remains).reason


def test_ten_gigabytes_meet_the_memory_limit(remains: Remains) -> None:
    hog = "held = []\nfor _ in range(10 * 1024):\n    held.append(b'x' * 2**20)\n"
    assert "used more than 192 MiB of memory" in failure(script(hog), remains).reason


def test_children_that_share_out_their_memory_meet_the_limit_too(remains: Remains) -> None:
    hog = "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        held = b'x' * (60 * 2**20)\n        time.sleep(60)\ntime.sleep(60)\n"
    assert "used more than 192 MiB of memory" in failure(script(hog), remains).reason


def test_an_endless_log_is_cut_off(remains: Remains) -> None:
    chatter = "print('the beginning')\nwhile True:\n    print('x' * 10_000)\n"
    found = failure(script(chatter), remains)
    assert "printed more than 8 MiB" in found.reason
    assert found.output.startswith("the beginning")
    assert "bytes left out" in found.output
    assert len(found.output) < 100_000


@only_bubblewrap
@pytest.mark.parametrize("folder", ["/app", "/tmp", "/dev/shm"])
def test_a_disk_filler_fills_only_its_own_disk(folder: str, remains: Remains) -> None:
    filler = f"""\
written = 0
try:
    with open('{folder}/filler', 'wb', buffering=0) as stream:
        while written < 10 * 2**30:
            written += stream.write(b'x' * 2**20)
except OSError as error:
    return 200, f'{{written >> 20}} {{error.strerror}}'
return 200, 'no limit'
"""
    limits = ServiceLimits(memory_bytes=400 * MIB, processes=48, disk_bytes=32 * MIB)
    with opened(answering(filler), environment=remains.environment, limits=limits) as (pod, service):
        remains.watch(pod)
        service.start()
        written, _, reason = asked(pod, service, "/").partition(" ")
        assert reason == "No space left on device"
        assert int(written) <= 64
        service.assert_alive()


@pytest.mark.parametrize(
    "path", ["/filler", "/dev/filler", "/runtime/filler", "/usr/filler", "/etc/filler", "/run/filler"]
)
def test_nothing_else_can_be_written(path: str, remains: Remains) -> None:
    attempt = (
        f"try:\n    open('{path}', 'w')\nexcept OSError as error:\n    return 200, 'refused'\nreturn 200, 'written'"
    )
    with opened(answering(attempt), environment=remains.environment) as (pod, service):
        remains.watch(pod)
        service.start()
        assert asked(pod, service, "/") == "refused"


def test_the_machines_own_loopback_is_out_of_reach(remains: Remains) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), 5):  # the control: from outside the pod it is there
            listener.accept()[0].close()
        attempt = f"""\
try:
    socket.create_connection(('127.0.0.1', {port}), 2)
except OSError as error:
    return 200, 'refused'
return 200, 'connected'
"""
        with opened(answering(attempt), environment=remains.environment) as (pod, service):
            remains.watch(pod)
            service.start()
            assert asked(pod, service, "/") == "refused"
        with pytest.raises(TimeoutError):
            listener.accept()


@only_bubblewrap
def test_only_the_loopback_is_there(remains: Remains) -> None:
    with opened(answering("return 200, str(socket.if_nameindex())"), environment=remains.environment) as (pod, service):
        remains.watch(pod)
        service.start()
        assert asked(pod, service, "/") == "[(1, 'lo')]"


@only_bubblewrap
def test_home_and_repository_are_not_there(remains: Remains, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("sesame")
    secret.chmod(0o644)
    look = f"""\
seen = []
for path in {[str(Path.home()), str(Path(__file__).resolve()), str(secret), "/root", "/home", "/var", "/etc/shadow"]!r}:
    try:
        os.stat(path)
        seen.append(path)
    except OSError:
        pass
return 200, str(seen)
"""
    with opened(answering(look), environment=remains.environment) as (pod, service):
        remains.watch(pod)
        service.start()
        assert asked(pod, service, "/") == "[]"


@only_bubblewrap
def test_other_processes_can_neither_be_seen_nor_killed(remains: Remains) -> None:
    attack = """\
import signal
pids = [int(name) for name in os.listdir('/proc') if name.isdecimal()]
for pid in [1, os.getppid()] + [pid for pid in pids if pid != os.getpid()]:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except OSError:
            pass
return 200, str(len(pids))
"""
    with opened(answering(attack), environment=remains.environment) as (pod, service):
        remains.watch(pod)
        service.start()
        try:
            assert int(asked(pod, service, "/")) < 10
            service.assert_alive()
        except (httpx.TransportError, ServiceFailure):
            pass  # it killed itself; whom else it hit, the next line would tell
        assert pod.new_socket().close() is None


def test_root_and_new_namespaces_are_out_of_reach(tier: Tier, remains: Remains) -> None:
    attack = """\
import ctypes
libc = ctypes.CDLL(None)
tries = [libc.unshare(0x10000000), libc.setuid(0), libc.mount(b'x', b'/tmp', b'tmpfs', 0, None)]
return 200, f'{os.getuid()} {tries}'
"""
    with opened(answering(attack), environment=remains.environment) as (pod, service):
        remains.watch(pod)
        service.start()
        inside = 1000 if tier == "bubblewrap" else service_user().uid
        assert asked(pod, service, "/") == f"{inside} [-1, -1, -1]"


@pytest.mark.parametrize("family", ["AF_VSOCK", "AF_PACKET", "AF_ALG"])
def test_sockets_that_no_network_namespace_holds_are_refused(family: str, remains: Remains) -> None:
    attempt = f"""\
try:
    socket.socket(socket.{family}, socket.SOCK_STREAM)
except OSError as error:
    return 200, str(error.errno)
return 200, 'made'
"""
    with opened(answering(attempt), environment=remains.environment) as (pod, service):
        remains.watch(pod)
        service.start()
        assert asked(pod, service, "/") == "97"  # EAFNOSUPPORT


@pytest.mark.skipif(usable_hierarchies() is None, reason="without control groups a service may take every processor")
def test_a_service_cannot_take_other_processors_than_its_own(remains: Remains) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("there is only one processor")
    mine = max(os.sched_getaffinity(0))
    attempt = """\
try:
    os.sched_setaffinity(0, range(64))
except OSError:
    pass
return 200, str(os.sched_getaffinity(0))
"""
    limits = replace(SMALL, cpus=frozenset({mine}))
    with opened(answering(attempt), environment=remains.environment, limits=limits) as (pod, service):
        remains.watch(pod)
        service.start()
        assert asked(pod, service, "/") == f"{{{mine}}}"


def test_a_service_that_never_becomes_ready(remains: Remains) -> None:
    found = failure(script("import time; time.sleep(600)"), remains, SOON)
    assert "did not answer 200 within 2 s: nothing listens there" in found.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (r"b'\x00\xff garbage'", "its answer is not HTTP"),
        (r"b'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx'", "did not answer 200"),
        (r"b'HTTP/1.1 503 Nope\r\nContent-Length: 2\r\n\r\nno'", "it answers 503: no"),
        (r"b'HTTP/1.1 200 OK\r\n' + b'X-A: b\r\n' * 100_000", "did not answer 200"),
        (r"b''", "its answer is not HTTP"),
    ],
)
def test_a_service_that_answers_garbage(answer: str, reason: str, remains: Remains) -> None:
    main = f"""\
import os, socket
with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        connection, _ = listener.accept()
        try:
            connection.recv(1000)
            connection.sendall({answer})
        except OSError:
            pass
        connection.close()
"""
    assert reason in failure(script(main), remains, SOON).reason


def test_a_service_that_drips_its_answer(remains: Remains) -> None:
    main = """\
import os, socket, time
with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        connection, _ = listener.accept()
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 1000000\\r\\n\\r\\n")
        try:
            while True:
                connection.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass
"""
    with opened(script(main), environment=remains.environment, limits=SOON) as (pod, service):
        remains.watch(pod)
        began = time.monotonic()
        with pytest.raises(ServiceFailure, match="does not answer"):
            service.start()
        assert time.monotonic() - began < 10
        began = time.monotonic()
        with pod.http(service.port, total_s=1.0) as client, pytest.raises(httpx.TransportError):
            client.get("/")
        assert time.monotonic() - began < 5


def test_a_service_that_will_not_die(remains: Remains) -> None:
    """It ignores what can be ignored, and its grandchildren leave its session and are adopted."""
    main = """\
import os, signal, time
import web
def answer(path):
    return 200, "alive"
if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for _ in range(4):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                while True:
                    time.sleep(1)
            os._exit(0)
    web.serve()
"""
    files = {**answering("return 200, 'alive'"), "main.py": main}
    with opened(files, environment=remains.environment) as (pod, service):
        remains.watch(pod)
        service.start()
        assert len(remains.processes()) >= 5
        service.kill("web")
        assert remains.processes() == []


def test_a_build_that_never_ends(remains: Remains) -> None:
    manifest = "runtime: python\nbuild: [sleep, '600']\nprocesses: {web: {command: [python, main.py]}}\n"
    limits = ServiceLimits(memory_bytes=64 * MIB, processes=16, disk_bytes=MIB, build_s=1)
    assert "`build` did not end within 1 s" in failure(script("", manifest), remains, limits).reason


def test_children_of_a_build_do_not_live_on(remains: Remains) -> None:
    manifest = (
        "runtime: python\nbuild: [sh, -c, 'setsid sleep 600 & true']\nprocesses: {web: {command: [python, main.py]}}\n"
    )
    with opened({**answering("return 200, ''"), "service.yaml": manifest}, environment=remains.environment) as (
        pod,
        service,
    ):
        remains.watch(pod)
        service.start()
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in remains.processes()]
        assert not any(b"sleep" in command.split(b"\0")[0] for command in commands)

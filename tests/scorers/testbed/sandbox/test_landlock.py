"""Landlock's walls from the inside: what differs from the sandbox with namespaces, and what it leaves to others.

The hostile services of `tests/scorers/testbed/service` run in both sandboxes. Only the machine's loopback is a target.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from scorers.errors import InputError
from scorers.testbed.pod.opening import open_pod
from scorers.testbed.sandbox.account import service_user
from scorers.testbed.sandbox.diagnosis import diagnose_services
from scorers.testbed.sandbox.landlock.kernel import why_no_landlock
from scorers.testbed.sandbox.limits import MIB, ServiceLimits
from scorers.testbed.sandbox.tier import VARIABLE, sandbox_tier
from scorers.testbed.service.failure import ServiceFailure
from tests.scorers.testbed.sandbox.walls import trying, walled
from tests.scorers.testbed.service.remains import Remains
from tests.scorers.testbed.service.services import answering, asked, opened, script

pytestmark = pytest.mark.skipif(why_no_landlock() is not None, reason=why_no_landlock() or "")

ROOMY = ServiceLimits(memory_bytes=400 * MIB, processes=48, disk_bytes=32 * MIB, output_bytes=8 * MIB, ready_s=20)


@pytest.fixture(autouse=True)
def landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "landlock")


@pytest.fixture
def remains() -> Iterator[Remains]:
    """Fails the test when anything of its service is left."""
    found = Remains()
    yield found
    assert found.folder is not None, "the test never said where its pod is"
    assert found.left == []


def seen(expression: str, remains: Remains) -> Any:
    """Return what `expression` is inside."""
    with walled(trying(expression), remains) as (pod, service):
        return json.loads(asked(pod, service, "/"))


def failure(main: str, remains: Remains, limits: ServiceLimits = ROOMY) -> str:
    """Start the service, which must fail, and return how."""
    with opened(script(main), environment=remains.environment, limits=limits) as (pod, service):
        remains.watch(pod)
        with pytest.raises(ServiceFailure) as caught:
            service.start()
        return caught.value.reason


def test_it_says_what_it_keeps_less_of() -> None:
    with open_pod() as pod:
        assert pod.description["sandbox"] == "landlock"
        assert "only the pod's ports" in pod.description["sandbox notes"]
        assert "watcher" in pod.description["limits"]


def test_an_unknown_sandbox_is_an_input_error_that_the_doctor_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "chroot")
    with pytest.raises(InputError, match="ARCHEVAL_SANDBOX is 'chroot'; it must be 'bubblewrap' or 'landlock'"):
        sandbox_tier()
    (line,) = [line for line in diagnose_services() if line.subject == "sandbox"]
    assert not line.ok
    assert "chroot" in line.found


def test_the_doctor_says_which_sandbox_it_is_and_what_it_keeps_less_of() -> None:
    (line,) = [line for line in diagnose_services() if line.subject == "sandbox"]
    assert line.ok
    assert line.found.startswith("Landlock ")
    assert "less than bubblewrap's: the machine's own loopback" in line.found


def test_own_folders_can_be_used_in_every_way(remains: Remains) -> None:
    """The control: rules that refuse all would pass every other test."""
    work = """[
    tried(lambda: os.makedirs('a/b')), tried(lambda: open('a/b/c', 'w').write('hello')),
    tried(lambda: os.rename('a/b/c', 'd')), tried(lambda: os.symlink('d', 'e')), tried(lambda: open('e').read()),
    tried(lambda: os.truncate('d', 2)), tried(lambda: os.link('d', 'f')), tried(lambda: os.mkfifo('g')),
    tried(lambda: open(os.path.join(os.environ['TMPDIR'], 'x'), 'w').write('1')), tried(lambda: os.remove('d')),
    tried(lambda: subprocess.run(['sh', '-c', 'echo ran'], capture_output=True, check=True).stdout.decode()),
    tried(lambda: open('/dev/null', 'w').write('x')), tried(lambda: len(os.urandom(4))),
    tried(lambda: len(open('/proc/self/status').read()) > 100),
]"""
    assert seen(work, remains) == [
        *("did None", "did 5", "did None", "did None", "did hello", "did None", "did None", "did None"),
        *("did 1", "did None", "did ran\n", "did 1", "did 4", "did True"),
    ]


def test_nothing_of_the_machine_can_be_read_listed_or_written(remains: Remains, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("sesame")
    for folder in (secret, tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    files = [str(secret), str(Path(__file__).resolve()), "/etc/passwd", f"/proc/{os.getpid()}/cmdline", "/proc/mounts"]
    folders = ["/", "/tmp", "/dev/shm", "/home", "/etc", "/proc", str(tmp_path), str(Path.home())]
    writes = ["/tmp/x", "/dev/shm/x", "/var/tmp/x", "/run/x", "/usr/bin/x", str(tmp_path / "x")]
    found = seen(
        f"[[tried(lambda: open(p).read()) for p in {files!r}], [tried(lambda: os.listdir(p)) for p in {folders!r}], "
        f"[tried(lambda: open(p, 'w')) for p in {writes!r}]]",
        remains,
    )
    assert {answer for kind in found for answer in kind} == {"PermissionError"}


def test_processes_outside_can_neither_be_looked_into_nor_signalled(remains: Remains) -> None:
    """Run as the service's own user, so that nothing but the walls is in the way."""
    user = service_user()
    with subprocess.Popen(["/bin/sleep", "600"], env={"SECRET": "sesame"}, **user.process_user) as sleeper:
        try:
            pid = sleeper.pid
            looks = ", ".join(
                f"tried(lambda: open('/proc/{pid}/{name}', 'rb').read(1))"
                for name in ("environ", "mem", "maps", "cmdline")
            )
            expression = f"""[{looks}, tried(lambda: os.listdir('/proc/{pid}/root')), tried(lambda: os.listdir('/proc/{pid}/fd')),
    tried(lambda: os.readlink('/proc/{pid}/cwd')), tried(lambda: os.kill({pid}, 9)), tried(lambda: os.kill(os.getppid(), 9)),
    tried(lambda: os.kill({pid}, 0)), tried(lambda: open(f'/proc/{{os.getppid()}}/environ').read())]"""
            assert set(seen(expression, remains)) == {"PermissionError"}
            calls = f"""[called('ptrace', 16, {pid}, 0, 0), called('process_vm_readv', {pid}, 0, 0, 0, 0, 0),
    called('sched_setscheduler', {pid}, 0, 0), called('setpriority', 0, {pid}, 19), called('setpriority', 2, 0, 19),
    called('prlimit', {pid}, 7, 0, 0), called('sched_setaffinity', {pid}, 8, bytes(8)), called('prctl', 4, 0, 0, 0, 0)]"""
            assert set(seen(calls, remains)) == {"Operation not permitted"}
            assert sleeper.poll() is None
        finally:
            sleeper.kill()


def test_calls_that_reach_beyond_the_walls_are_refused(remains: Remains) -> None:
    calls = """[called('unshare', 0x10000000), called('unshare', 0x20000), called('setns', 0, 0), called('chroot', b'.'),
    called('mount', b'x', b'.', b'tmpfs', 0, None), called('umount2', b'/', 0), called('shmget', 1, 4096, 0o1600),
    called('semget', 1, 1, 0o1600), called('msgget', 1, 0o1600), called('syscall', 250, 0, 0, 0),
    called('syscall', 321, 0, 0, 0), called('syscall', 323, 0), called('syscall', 438, 0, 0, 0)]"""
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are those of x86-64")
    assert set(seen(calls, remains)) == {"Operation not permitted"}
    absent = "[called('syscall', 425, 8, 0), called('syscall', 435, 0, 0)]"  # io_uring_setup, clone3
    assert set(seen(absent, remains)) == {"Function not implemented"}


def test_only_streams_have_sockets(remains: Remains) -> None:
    kinds = """[tried(lambda: socket.socket(*kind)) for kind in (
    (socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_INET6, socket.SOCK_DGRAM), (socket.AF_INET, socket.SOCK_RAW, 1),
    (socket.AF_INET, socket.SOCK_STREAM, 262), (socket.AF_INET, socket.SOCK_STREAM, 132), (socket.AF_UNIX, socket.SOCK_DGRAM),
    (socket.AF_UNIX, socket.SOCK_SEQPACKET))] + [tried(lambda: socket.socketpair(type=socket.SOCK_DGRAM))]"""
    assert set(seen(kinds, remains)) == {"PermissionError"}
    control = """[tried(lambda: socket.socket(*kind).close()) for kind in (
    (socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET6, socket.SOCK_STREAM, 6), (socket.AF_UNIX, socket.SOCK_STREAM))]
    + [tried(lambda: [end.close() for end in socket.socketpair()])]"""
    assert seen(control, remains) == ["did None", "did None", "did None", "did [None, None]"]


def test_datagrams_reach_nobody(remains: Remains) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.2)
        address = listener.getsockname()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            control.sendto(b"control", address)
        assert listener.recv(10) == b"control"
        attempt = f"[tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', {address!r}))]"
        assert seen(attempt, remains) == ["PermissionError"]
        with pytest.raises(TimeoutError):
            listener.recv(10)


@pytest.mark.parametrize("abstract", [True, False])
def test_sockets_of_others_are_out_of_reach(abstract: bool, remains: Remains, tmp_path: Path) -> None:
    """The message bus of a user, a container engine: Landlock itself leaves those with a path open."""
    address = f"\0archeval-test-{os.getpid()}" if abstract else str(tmp_path / "engine.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        if not abstract:
            for step in (Path(address), tmp_path, tmp_path.parent, tmp_path.parent.parent):
                step.chmod(0o777)
        listener.listen()
        listener.settimeout(0.2)
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(address)
            listener.accept()[0].close()
        attempt = f"[tried(lambda: socket.socket(socket.AF_UNIX).connect({address!r}))"
        if not abstract:  # a link to it in a folder that may be connected to
            attempt += f", tried(lambda: os.symlink({address!r}, 'link')), tried(lambda: socket.socket(socket.AF_UNIX).connect(os.path.abspath('link')))"
        found = seen(attempt + "]", remains)
        assert found[0] == "PermissionError"
        assert abstract or found[1:] == ["did None", "OSError"]  # ELOOP
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.fixture
def open_folder() -> Generator[Path]:
    """A folder that every user may enter, as they may not pytest's own."""
    with tempfile.TemporaryDirectory(prefix="archeval-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_sockets_of_its_own_and_of_the_servers_are_within_reach(remains: Remains, open_folder: Path) -> None:
    """The control of the test before."""
    with socket.socket(socket.AF_UNIX) as server, open_pod(sockets={"given": open_folder}) as pod:
        server.bind(str(open_folder / "server"))
        (open_folder / "server").chmod(0o777)
        server.listen()
        own = "os.path.join(os.environ['TMPDIR'], 'own')"
        files = trying(
            f"[tried(lambda: socket.socket(socket.AF_UNIX).connect({str(open_folder / 'server')!r})), "
            f"tried(lambda: globals().update(kept=socket.socket(socket.AF_UNIX))), tried(lambda: kept.bind({own})), "
            f"tried(lambda: kept.listen()), tried(lambda: socket.socket(socket.AF_UNIX).connect({own}))]"
        )
        with walled(files, remains, pod=pod) as (_, service):
            assert json.loads(asked(pod, service, "/")) == ["did None"] * 5
        server.settimeout(5)
        server.accept()[0].close()


def test_ports_of_others_are_out_of_reach_by_every_way(remains: Remains) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), 5):
            listener.accept()[0].close()
        fast_open = f"socket.socket().sendto(b'x', 0x20000000, ('127.0.0.1', {port}))"
        attempts = f"""[tried(lambda: socket.create_connection(('127.0.0.1', {port}), 2)),
    tried(lambda: socket.create_connection(('::ffff:127.0.0.1', {port}), 2)), tried(lambda: {fast_open})]"""
        assert seen(attempts, remains) == ["PermissionError"] * 3
        with pytest.raises(TimeoutError):
            listener.accept()


def test_it_listens_at_its_own_port_on_the_loopback_alone(remains: Remains) -> None:
    main = """\
import os, socket
import web
def answer(path):
    return 200, str(found)
def tried(bind):
    with socket.socket() as other:
        try:
            return bind(other)
        except OSError as error:
            return type(error).__name__
if __name__ == "__main__":
    port = int(os.environ["PORT"])
    def everywhere(one):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("0.0.0.0", port))
        one.listen()
        return one.getsockname()[0]
    found = [tried(everywhere), tried(lambda one: one.bind(("127.0.0.1", port + 1))), tried(lambda one: one.bind(("", 0))),
             tried(lambda one: one.listen())]
    import main
    main.found = found
    web.serve()
"""
    with walled({**answering(""" return 200, '' """.strip()), "main.py": main}, remains) as (pod, service):
        assert asked(pod, service, "/") == str(["127.0.0.1", *["PermissionError"] * 3])


def test_services_of_one_pod_meet_and_relays_lead_out(remains: Remains) -> None:
    """Also what the first one is asked for after the second one was started."""
    with open_pod() as pod, socket.create_server(("127.0.0.1", 0)) as outside:
        attempt = "tried(lambda: socket.create_connection(('127.0.0.1', int(path[1:])), 5).close())"
        with walled(trying(attempt), remains, pod=pod) as (_, first):
            pod.relay_out(6379, "127.0.0.1", outside.getsockname()[1])
            with walled(answering("return 200, ''"), remains, pod=pod) as (_, second), pod.new_socket() as proxy:
                proxy.bind(("127.0.0.1", 0))
                proxy.listen()
                for port in (second.port, 6379, proxy.getsockname()[1]):
                    assert json.loads(asked(pod, first, f"/{port}")) == "did None", port
                assert json.loads(asked(pod, first, f"/{outside.getsockname()[1]}")) == "PermissionError"


FILLERS = {
    "one file": "open('x', 'wb', buffering=0).write(b'x' * 2**26)\ntime.sleep(60)",
    "many files": "for n in range(10_000):\n    open(os.environ['TMPDIR'] + f'/{n}', 'wb').write(b'x' * 2**20)",
    "nameless": "kept = []\nfor n in range(10_000):\n    kept.append(open('x', 'wb'))\n    kept[-1].write(b'x' * 2**20)\n    os.remove('x')",
    "in memory": "kept = []\nfor n in range(10_000):\n    kept.append(os.memfd_create('x'))\n    os.write(kept[-1], b'x' * 2**20)",
    "empty files": "for n in range(200_000):\n    open(f'{n}', 'w').close()\ntime.sleep(60)",
    "deep folders": "for n in range(1000):\n    os.mkdir('d')\n    os.chdir('d')\ntime.sleep(60)",
    "closed folder": "os.mkdir('closed', 0o300)\nfor n in range(10_000):\n    open(f'closed/{n}', 'wb').write(b'x' * 2**20)",
}


@pytest.mark.parametrize("how", FILLERS)
def test_disk_fillers_meet_the_limit(how: str, remains: Remains) -> None:
    found = failure(f"import os, time\n{FILLERS[how]}\n", remains)
    expected = {
        "one file": ("ended with status 1", "stored more than 32 MiB"),
        "in memory": ("used more than 400 MiB", "stored more than"),
        "nameless": ("used more than 400 MiB", "stored more than"),
        "empty files": ("more than 65536 files",),
        "deep folders": ("deep in each other",),
        "closed folder": ("stored more than 32 MiB", "cannot be looked into"),
    }.get(how, ("stored more than 32 MiB",))
    assert any(words in found for words in expected), found


def test_orphans_in_sessions_of_their_own_end_with_the_program(remains: Remains) -> None:
    """A program that ends by itself, whose grandchildren have left its session and its folder."""
    main = """\
import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.chdir('/')
            time.sleep(600)
        os._exit(0)
time.sleep(0.3)
"""
    assert "ended with status 0" in failure(main, remains)


def test_a_bomb_that_forks_from_orphans_is_ended_whole(remains: Remains) -> None:
    bomb = """\
import os
while True:
    try:
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
    except OSError:
        pass
"""
    assert "ran more than 48 processes" in failure(bomb, remains)


def test_a_warden_that_is_killed_takes_its_program_along(remains: Remains) -> None:
    with opened(answering("return 200, ''"), environment=remains.environment) as (pod, service):
        remains.watch(pod)
        service.start()
        (program,) = remains.processes()
        warden = int(Path(f"/proc/{program}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(warden, signal.SIGKILL)
        give_up, pause = time.monotonic() + 10, threading.Event()
        while remains.processes():
            assert time.monotonic() < give_up
            pause.wait(0.02)

"""What a pod offers beside services: sockets, trusted commands, relays."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from scorers.errors import HarnessFault
from scorers.testbed.pod.opening import open_pod
from scorers.testbed.pod.protocol import Pod, Tier
from tests.scorers.testbed.sandbox.tiers import only_bubblewrap


@pytest.fixture(scope="module")
def pod(tier: Tier) -> Iterator[Pod]:
    with open_pod() as opened:
        assert opened.tier == tier
        yield opened


def test_sockets_meet_in_the_pod_and_not_outside(pod: Pod, tier: Tier) -> None:
    with pod.new_socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pod.connect(port, 5) as ours, closing(listener.accept()[0]) as theirs:
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            ours.sendall(b"hello")
            assert theirs.recv(5) == b"hello"
        if tier != "landlock":  # its network is the machine's
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), 5)


def test_nobody_listening_is_a_refused_connection(pod: Pod) -> None:
    with pytest.raises(ConnectionRefusedError):
        pod.connect(9, 5)


def test_many_threads_may_ask_at_once(pod: Pod) -> None:
    made: list[socket.socket] = []
    threads = [threading.Thread(target=lambda: made.append(pod.new_socket())) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.fileno() for one in made}) == 40
    for one in made:
        one.close()


def test_the_folder_holds_sockets(pod: Pod) -> None:
    assert len(os.fsencode(pod.folder / "a-socket-of-some-server")) <= 107
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(pod.folder / "s"))


def test_a_trusted_command_is_in_the_pods_network_on_the_hosts_files(pod: Pod) -> None:
    with pod.new_socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        program = (
            f"import socket; socket.create_connection(('127.0.0.1', {port}), 5); print(open({__file__!r}).read(3))"
        )
        finished = pod.run([sys.executable, "-c", program], timeout_s=30)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == '"""\n'
    assert 0 < finished.seconds < 30


def test_a_trusted_command_keeps_its_user_environment_and_processors(pod: Pod) -> None:
    program = "import os; print(os.getuid(), os.environ['GIVEN'], os.sched_getaffinity(0))"
    cpu = min(os.sched_getaffinity(0))
    finished = pod.run([sys.executable, "-c", program], timeout_s=30, env={"GIVEN": "1"}, cpus=frozenset({cpu}))
    expected_uid = 0  # without root, a process in the pod sees itself as 0, and is its user on the host all the same
    assert finished.stdout.split() == [str(expected_uid), "1", f"{{{cpu}}}"]


def test_a_failing_command_says_so(pod: Pod) -> None:
    finished = pod.run([sys.executable, "-c", "import sys; sys.exit('broken')"], timeout_s=30)
    assert (finished.returncode, finished.stderr) == (1, "broken\n")


def test_a_command_that_takes_too_long_is_killed_with_its_children(pod: Pod) -> None:
    with tempfile.TemporaryDirectory() as folder:
        program = f"import subprocess; print(subprocess.Popen(['sleep', '600'], cwd={folder!r}).wait())"
        with pytest.raises(subprocess.TimeoutExpired):
            pod.run([sys.executable, "-c", program], timeout_s=1)
        give_up, pause = time.monotonic() + 10, threading.Event()
        while any(_works_in(entry) == folder for entry in Path("/proc").iterdir() if entry.name.isdecimal()):
            assert time.monotonic() < give_up, "the child lives on"
            pause.wait(0.02)


def test_a_relay_leads_to_a_unix_socket(pod: Pod, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "server"))
        server.listen()
        pod.relay_in(5432, tmp_path / "server")
        _talk(pod, 5432, server)


def test_a_relay_leads_out_to_a_server(pod: Pod) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        pod.relay_out(6379, "127.0.0.1", server.getsockname()[1])
        _talk(pod, 6379, server)


def test_a_relay_to_nothing_resets(pod: Pod, tmp_path: Path) -> None:
    pod.relay_in(5433, tmp_path / "nobody")
    with pod.connect(5433, 5) as connection:
        connection.settimeout(5)
        with suppress(ConnectionResetError):
            assert connection.recv(1) == b""


def test_a_port_is_relayed_once(pod: Pod, tmp_path: Path) -> None:
    pod.relay_in(5434, tmp_path / "nobody")
    with pytest.raises(HarnessFault, match="port 5434 of the pod is taken"):
        pod.relay_in(5434, tmp_path / "nobody")


@pytest.mark.usefixtures("tier")
def test_a_closed_pod_says_so() -> None:
    with open_pod() as opened:
        folder = opened.folder
        opened.relay_in(5432, folder / "nobody")
    assert not folder.exists()
    with pytest.raises(HarnessFault, match="closed"):
        opened.new_socket()


@only_bubblewrap
def test_two_pods_do_not_meet(pod: Pod) -> None:
    with pod.new_socket() as listener, open_pod() as other:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(ConnectionRefusedError):
            other.connect(listener.getsockname()[1], 5)


def test_an_unknown_socket_folder_is_refused(pod: Pod) -> None:
    with pytest.raises(ValueError, match="without a socket folder 'postgres'"):
        pod.socket_folder("postgres")


@pytest.mark.usefixtures("tier")
def test_a_socket_folder_that_services_cannot_enter_is_a_fault(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("everything is this user's own")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(HarnessFault, match="cannot enter the socket folder"), open_pod(sockets={"x": closed}):
        pass
    assert closed.stat().st_mode & 0o777 == 0o700


def _talk(pod: Pod, port: int, server: socket.socket) -> None:
    with pod.connect(port, 5) as ours, closing(server.accept()[0]) as theirs:
        ours.sendall(b"question")
        assert theirs.recv(100) == b"question"
        theirs.sendall(b"answer")
        theirs.shutdown(socket.SHUT_WR)
        assert ours.recv(100) == b"answer"
        assert ours.recv(100) == b""


def _works_in(process: Path) -> str:
    try:
        return str((process / "cwd").readlink())
    except OSError:
        return ""

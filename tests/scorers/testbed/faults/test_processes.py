"""Servers that die or stand still, and are always mended."""

import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from redis.exceptions import RedisError

from scorers.errors import HarnessFault
from scorers.testbed.faults.cache import CacheDropped
from scorers.testbed.faults.processes import Killed, Paused, Restarted, paused_server
from scorers.testbed.faults.recovery import NotRecovered, recovery_s
from scorers.testbed.server_user import server_user
from scorers.testbed.valkey.client import ask, open_client
from scorers.testbed.valkey.embedded import SOCKET_NAME, EmbeddedValkey, open_embedded_valkey

FAMILY = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; print(1, flush=True); time.sleep(600)'])"


class Trouble(Exception):
    """What happens within a fault."""


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    with open_embedded_valkey(server_user()) as opened:
        yield opened


def stopped(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


def ended(link: socket.socket) -> bool:
    try:
        return link.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_killed_server_is_back_afterwards(valkey: EmbeddedValkey) -> None:
    first = valkey.pid
    with Killed(valkey).injected(), pytest.raises(HarnessFault):
        valkey.assert_alive()
    valkey.assert_alive()
    assert valkey.pid != first


def test_a_killed_server_is_back_whatever_happens(valkey: EmbeddedValkey) -> None:
    with pytest.raises(Trouble), Killed(valkey).injected():
        raise Trouble
    valkey.assert_alive()


def test_a_restart_cuts_connections_and_nothing_else(valkey: EmbeddedValkey) -> None:
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(valkey.socket_folder / SOCKET_NAME))
        link.settimeout(5)
        with Restarted(valkey).injected():
            valkey.assert_alive()
        assert ended(link)


def test_a_paused_server_keeps_connections_and_answers_nobody(valkey: EmbeddedValkey) -> None:
    pid = valkey.pid
    with closing(open_client(valkey.url() + "&socket_timeout=0.3")) as client:
        with paused_server(valkey).injected():
            assert stopped(pid)
            with pytest.raises(RedisError, match=r"[Tt]imeout"):
                ask(client, "PING")
        assert not stopped(pid)
        assert ask(client, "PING")
    assert valkey.pid == pid


def test_a_paused_server_goes_on_whatever_happens(valkey: EmbeddedValkey) -> None:
    with pytest.raises(Trouble), paused_server(valkey).injected():
        raise Trouble
    valkey.assert_alive()


@contextmanager
def family() -> Generator[list[int]]:
    """A process and its child, ready."""
    parent = subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline()
        (child,) = psutil.Process(parent.pid).children()
        yield [parent.pid, child.pid]
    finally:
        for one in psutil.Process(parent.pid).children():
            one.kill()
        parent.kill()
        parent.communicate()


def test_children_stand_still_too() -> None:
    with family() as pids:
        with Paused(lambda: pids[:1]).injected():
            assert [stopped(pid) for pid in pids] == [True, True]
        assert [stopped(pid) for pid in pids] == [False, False]


def test_a_process_that_ends_while_it_is_paused_is_let_go(valkey: EmbeddedValkey) -> None:
    with paused_server(valkey).injected():
        valkey.kill()
    valkey.restart()
    valkey.assert_alive()


def test_nobody_cannot_be_paused() -> None:
    with subprocess.Popen(["/bin/true"]) as gone:
        gone.wait()
    with pytest.raises(ProcessLookupError), Paused(lambda: [gone.pid]).injected():
        pass


def test_a_dropped_cache_is_empty(valkey: EmbeddedValkey) -> None:
    with closing(valkey.connect("app")) as client:
        ask(client, "SET", "key", "1")
        with CacheDropped(valkey).injected():
            assert ask(client, "GET", "key") is None


def test_recovery_is_measured_to_the_first_good_answer(valkey: EmbeddedValkey) -> None:
    with paused_server(valkey).injected():
        pass
    good_at_s = time.monotonic() + 0.25
    measured_s = recovery_s(lambda: time.monotonic() >= good_at_s, timeout_s=5)
    assert 0.2 < measured_s < 1.0
    answers = iter([OSError("refused"), ConnectionResetError(), True])

    def probe() -> bool:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    assert recovery_s(probe, timeout_s=5) < 1.0


def test_what_never_recovers_is_told() -> None:
    with pytest.raises(NotRecovered, match=r"within 0\.1 s"):
        recovery_s(lambda: False, timeout_s=0.1)
    with pytest.raises(Trouble):
        recovery_s(_troubled, timeout_s=1)


def _troubled() -> bool:
    raise Trouble


def test_the_tests_clean_up(tmp_path: Path) -> None:
    assert not [child for child in psutil.Process().children() if stopped(child.pid)]

"""Faults of processes: a server that dies, and one that stands still."""

import os
import signal
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import psutil

from scorers.testbed.own_process import OwnProcess

_LONGEST_STOP_S = 2.0


@dataclass(frozen=True)
class Killed:
    """The server is gone (SIGKILL) for the length of the block, and is started again at its end, ready."""

    server: OwnProcess
    name: str = "server_killed"

    @contextmanager
    def injected(self) -> Generator[None]:
        """See Fault. Leaving the block takes as long as the server's start."""
        try:
            self.server.kill()
            yield
        finally:
            self.server.restart()


@dataclass(frozen=True)
class Restarted:
    """The server is killed and started again at once: clients lose their connections, and nothing else."""

    server: OwnProcess
    name: str = "server_restarted"

    @contextmanager
    def injected(self) -> Generator[None]:
        """See Fault. The server is back when the block begins."""
        try:
            self.server.kill()
        finally:
            self.server.restart()
        yield


@dataclass(frozen=True)
class Paused:
    """Processes stand still (SIGSTOP), children included: connections stay open, and nobody answers."""

    pids: Callable[[], Iterable[int]]
    """Asked when the block begins, such as `lambda: [server.pid]`."""
    name: str = "process_paused"

    @contextmanager
    def injected(self) -> Generator[None]:
        """See Fault. A process that has ended meanwhile is let go; one that never was raises ProcessLookupError."""
        with ExitStack() as mending:
            pids = _with_children(self.pids())
            for pid in pids:
                # A handle, for the id of a process that ends could pass to another one.
                handle = os.pidfd_open(pid)
                mending.callback(os.close, handle)
                mending.callback(_continue, handle)
                signal.pidfd_send_signal(handle, signal.SIGSTOP)
            _wait_until_stopped(pids)
            yield


def paused_server(server: OwnProcess) -> Paused:
    """Return the fault that `server` stands still."""
    return Paused(lambda: [server.pid])


def _wait_until_stopped(pids: Iterable[int]) -> None:
    """A signal is sent before it has worked; a process in the middle of a system call stops at its end."""
    give_up = time.monotonic() + _LONGEST_STOP_S
    while any(_runs(pid) for pid in pids) and time.monotonic() < give_up:
        time.sleep(0.001)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False


def _continue(handle: int) -> None:
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGCONT)


def _with_children(pids: Iterable[int]) -> list[int]:
    """Return `pids` and all below them, parents first: a parent that stands still starts no more children."""
    found: list[int] = []
    for pid in pids:
        found.append(pid)
        try:
            found.extend(child.pid for child in psutil.Process(pid).children(recursive=True))
        except psutil.NoSuchProcess as error:
            raise ProcessLookupError(f"there is no process {pid}") from error
    return list(dict.fromkeys(found))

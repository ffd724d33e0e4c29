"""Orderly ends: every testbed that is open is closed, however the process comes to its end (but for SIGKILL)."""

import atexit
import ctypes
import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from scorers.errors import HarnessFault

Close = Callable[[], None]

_PR_SET_PDEATHSIG = 1


class OpenTestbeds:
    """The testbeds this process has open, whichever thread opened them."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._closers: dict[int, Close] = {}
        self._next = 0
        self._owner_pid = os.getpid()
        self._ending = False

    def add(self, close: Close) -> int:
        """Remember `close`, which must bear being called twice; return the ticket for `discard`."""
        with self._lock:
            self.refuse_when_ending()
            if os.getpid() != self._owner_pid:  # a fork: what was open belongs to the parent
                self._closers.clear()
                self._owner_pid = os.getpid()
            self._next += 1
            self._closers[self._next] = close
            return self._next

    @property
    def ending(self) -> bool:
        """Whether this process is being ended."""
        return self._ending

    def refuse_when_ending(self) -> None:
        """Raise HarnessFault (kind `shutting_down`) when nothing new is to be begun in this process."""
        if self._ending:
            raise HarnessFault("archeval is shutting down", kind="shutting_down")

    def discard(self, ticket: int) -> None:
        """Forget a testbed that has been closed."""
        with self._lock:
            self._closers.pop(ticket, None)

    def close_all(self) -> None:
        """Close every open testbed and refuse new ones. Grades that are running on them end with a HarnessFault."""
        with self._lock:
            self._ending = True
            closers = list(self._closers.values()) if os.getpid() == self._owner_pid else []
        failures: list[HarnessFault] = []
        for close in closers:
            try:
                close()
            except HarnessFault as failure:
                failures.append(failure)
        if failures:
            raise failures[0]


OPEN_TESTBEDS = OpenTestbeds()
atexit.register(OPEN_TESTBEDS.close_all)


@contextmanager
def orderly_exit(*, also_interrupt: bool = False) -> Generator[None]:
    """Turn SIGTERM and SIGHUP into an orderly exit with status 128 + signal. For the CLI's main thread.

    A signal closes all testbeds, so that grades in other threads end too, and raises SystemExit here. With
    `also_interrupt`, Ctrl-C does the same and raises KeyboardInterrupt: for commands that wait for threads, and leave
    SIGINT to nobody else. A signal that is ignored, as `nohup` ignores SIGHUP, stays so.
    """
    previous = _heed([signal.SIGTERM, signal.SIGHUP, *([signal.SIGINT] if also_interrupt else [])])
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def end_orderly() -> None:
    """Do as `orderly_exit` says for the rest of this process's life, also when the thread that started it is gone.

    For the main thread of a worker, which would else wait for work of a killed parent for ever.
    """
    _heed([signal.SIGTERM, signal.SIGHUP])
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _heed(numbers: Sequence[signal.Signals]) -> dict[signal.Signals, Any]:
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    return {number: signal.signal(number, _leave) for number in heeded}


def _leave(number: int, _frame: FrameType | None) -> None:
    # In a thread, because the main thread may hold any lock just now.
    threading.Thread(target=OPEN_TESTBEDS.close_all, name="archeval-shutdown").start()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)

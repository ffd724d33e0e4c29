"""Deadlines on the grader's side: whatever timeouts a session has set, its statement ends.

First a cancel, which spares the session; a grace later the termination of the backend; and if that does not help
either, the client's own socket is shut, so that the grader goes on in any case.
"""

import heapq
import itertools
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import psycopg

from scorers.testbed.protocol import DeadlineExceeded, Row

GRACE_S = 1.0
"""How long a cancel, and after it a termination, may take to have effect."""

Terminate = Callable[[int], None]
"""Ends the backend with this process id, as the server's administrator."""


class Watchdog:
    """Watches the open deadlines of one server with one thread, started with the first of them."""

    def __init__(self, terminate: Terminate) -> None:
        self._terminate = terminate
        self._due: list[tuple[float, int, _Watched]] = []
        self._open = 0
        self._tickets = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def deadline(self, connection: psycopg.Connection[Row], seconds: float) -> Generator[None]:
        """End what `connection` does once `seconds` are over, and raise DeadlineExceeded from the block.

        The session survives a statement that heeds the cancel; otherwise `connection.closed` (or broken) is true
        afterwards. A block that finished in time is never disturbed later, nor is any later statement: leaving the
        block waits for a cancel that is under way.
        """
        watched = _Watched(connection, self._terminate)
        self._watch(watched, seconds)
        try:
            yield
        except psycopg.Error as error:
            if watched.finish():
                raise DeadlineExceeded(seconds) from error
            raise
        finally:
            expired = watched.finish()
            with self._changed:
                self._open -= 1
        if expired:
            raise DeadlineExceeded(seconds)

    def close(self) -> None:
        """Stop watching. Blocks that are still open have no deadline from here on."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _watch(self, watched: "_Watched", seconds: float) -> None:
        due = time.monotonic() + seconds
        with self._changed:
            self._open += 1
            self._forget_finished()
            first = not self._due or due < self._due[0][0]
            heapq.heappush(self._due, (due, next(self._tickets), watched))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="archeval-deadlines", daemon=True)
                self._thread.start()
            elif first:
                self._changed.notify()

    def _forget_finished(self) -> None:
        """Drop blocks that finished before they were due, once they are most of what is remembered."""
        if len(self._due) > 2 * self._open + 64:
            self._due = [entry for entry in self._due if not entry[2].finished]
            heapq.heapify(self._due)

    def _run(self) -> None:
        while (watched := self._next_expired()) is not None:
            threading.Thread(target=watched.expire, name="archeval-deadline", daemon=True).start()

    def _next_expired(self) -> "_Watched | None":
        with self._changed:
            while not self._closed:
                while self._due and self._due[0][2].finished:
                    heapq.heappop(self._due)
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None


class _Watched:
    """One block under a deadline: either it finishes first, or the deadline expires first; never both."""

    def __init__(self, connection: psycopg.Connection[Row], terminate: Terminate) -> None:
        self._connection = connection
        self._backend_pid = connection.info.backend_pid
        self._terminate = terminate
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._expired = False
        self._quiet = threading.Event()
        """Set when nothing will be sent to the session any more."""

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    def finish(self) -> bool:
        """Mark the block as finished; return whether the deadline had expired. Waits for a cancel under way."""
        with self._lock:
            self._finished.set()
            expired = self._expired
        if expired:
            self._quiet.wait()
        return expired

    def expire(self) -> None:
        """End what the session does, unless the block has finished."""
        with self._lock:
            if self._finished.is_set():
                return
            self._expired = True
        try:
            self._end()
        finally:
            self._quiet.set()

    def _end(self) -> None:
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=GRACE_S)
        if self._finished.wait(GRACE_S):
            return
        with suppress(psycopg.Error):
            self._terminate(self._backend_pid)
        if self._finished.wait(GRACE_S):
            return
        self._hang_up()

    def _hang_up(self) -> None:
        with suppress(psycopg.Error, OSError), socket.socket(fileno=self._connection.fileno()) as connected:
            try:
                connected.shutdown(socket.SHUT_RDWR)
            finally:
                connected.detach()

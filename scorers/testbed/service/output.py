"""What a service prints: taken off its hands at once, of which the beginning and the end are kept."""

import os
import threading
from collections import deque
from collections.abc import Callable

_CHUNK_BYTES = 64 * 1024
_END_S = 5.0
HEAD_BYTES = 16 * 1024
TAIL_BYTES = 48 * 1024


class Output:
    """One pipe that all programs of a service print to, and the thread that reads it."""

    def __init__(self, *, limit_bytes: int, on_flood: Callable[[], None]) -> None:
        """Start reading. `on_flood` is called once, from the thread, when more than `limit_bytes` have come."""
        self._reading, self.writing = os.pipe()
        self._limit_bytes = limit_bytes
        self._on_flood = on_flood
        self._lock = threading.Lock()
        self._head = b""
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._total_bytes = 0
        self._thread = threading.Thread(target=self._read, name="archeval-output", daemon=True)
        self._thread.start()

    @property
    def total_bytes(self) -> int:
        """How much was printed in all."""
        return self._total_bytes

    def text(self) -> str:
        """Return the beginning and the end; what is not UTF-8 is replaced."""
        with self._lock:
            tail = b"".join(self._tail)[-TAIL_BYTES:]
            left_out = self._total_bytes - len(self._head) - len(tail)
        note = f"\n… {left_out} bytes left out …\n".encode() if left_out else b""
        return (self._head + note + tail).decode(errors="replace")

    def close(self) -> None:
        """Stop reading, after all that was printed has been read. Every program that prints must have ended."""
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1
        self._thread.join(_END_S)

    def _read(self) -> None:
        flooded = False
        while chunk := os.read(self._reading, _CHUNK_BYTES):
            self._keep(chunk)
            if self._total_bytes > self._limit_bytes and not flooded:
                flooded = True
                self._on_flood()
        os.close(self._reading)

    def _keep(self, chunk: bytes) -> None:
        with self._lock:
            self._total_bytes += len(chunk)
            room = HEAD_BYTES - len(self._head)
            self._head += chunk[:room]
            rest = chunk[room:]
            self._tail.append(rest)
            self._tail_bytes += len(rest)
            while self._tail_bytes - len(self._tail[0]) > TAIL_BYTES:
                self._tail_bytes -= len(self._tail.popleft())

"""Watching how much a submission stores: PostgreSQL limits temporary files, but not tables."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

POLL_S = 0.25
LEAST_IDLE_SHARE = 20
"""The watcher rests at least this many times as long as a measurement took, so it costs at most 5 % of a core."""


class QuotaWatcher:
    """Measures every quarter of a second, and calls `on_exceeded` as long as there is too much.

    `exceeded_bytes` stays set once it was: what was done after the submission's sessions were ended is void.
    """

    def __init__(self, *, limit_bytes: int, measure: Callable[[], int], on_exceeded: Callable[[], None]) -> None:
        self.limit_bytes = limit_bytes
        self.exceeded_bytes: int | None = None
        self._measure = measure
        self._on_exceeded = on_exceeded
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="archeval-quota", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching, and wait until a measurement under way has ended."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        rest_s = POLL_S
        while not self._stop.wait(rest_s):
            began = time.monotonic()
            measured_bytes = self._measure()
            if measured_bytes > self.limit_bytes:
                self.exceeded_bytes = measured_bytes
                self._on_exceeded()
            rest_s = max(POLL_S, LEAST_IDLE_SHARE * (time.monotonic() - began))


def folder_bytes(folder: Path) -> int:
    """Return the bytes that the files below `folder` take up; files that vanish meanwhile count nothing."""
    return sum(_sizes(str(folder)))


def _sizes(folder: str) -> Iterator[int]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(entry.path)
            else:
                with suppress(OSError):
                    yield entry.stat(follow_symlinks=False).st_blocks * 512

"""The machine's measurement slot: while one grade measures times, no other grade of this user works beside it.

Two lock files, for all processes of this user. The gate is shared by grades that work and held alone by the one that
measures. The turnstile before it is passed by both, so that one who waits to measure is not overtaken for ever.
"""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from scorers.testbed.folders import cache_folder, open_lock_file

_GATE = "measurement.lock"
_TURNSTILE = "measurement-turnstile.lock"


class Slot:
    """One grade's hold on the slot. Use `working` round the grade, and `alone` within it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or cache_folder()
        self._gate = -1
        self._waited_s = 0.0

    @property
    def waited_s(self) -> float:
        """How long the grade has waited to measure, and to go on after it: time that is not its own."""
        return self._waited_s

    @contextmanager
    def working(self) -> Generator[None]:
        """Work beside others; waits while somebody measures or waits to measure."""
        self._gate = open_lock_file(self._folder / _GATE)
        try:
            self._pass_turnstile(fcntl.LOCK_SH)
            yield
        finally:
            os.close(self._gate)
            self._gate = -1

    @contextmanager
    def alone(self) -> Generator[None]:
        """Measure: waits until no grade works, keeps all out until the block ends, and works on."""
        if self._gate < 0:
            raise RuntimeError("a grade measures while it works")
        with self._waiting():
            fcntl.flock(self._gate, fcntl.LOCK_UN)  # or two that wait to measure would wait for each other
            self._pass_turnstile(fcntl.LOCK_EX)
        try:
            yield
        finally:
            with self._waiting():
                fcntl.flock(self._gate, fcntl.LOCK_SH)  # not through the turnstile: it is in already

    @contextmanager
    def _waiting(self) -> Generator[None]:
        began_s = time.monotonic()
        try:
            yield
        finally:
            self._waited_s += time.monotonic() - began_s

    def _pass_turnstile(self, how: int) -> None:
        turnstile = open_lock_file(self._folder / _TURNSTILE)
        try:
            fcntl.flock(turnstile, fcntl.LOCK_EX)
            fcntl.flock(self._gate, how)
        finally:
            os.close(turnstile)

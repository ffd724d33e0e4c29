"""Watching that a service keeps its limits, and ending it where it does not."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from scorers.testbed.sandbox.cgroups import ControlGroup
from scorers.testbed.sandbox.limits import MIB, ServiceLimits
from scorers.testbed.sandbox.tree import proportional_bytes, tree_usage

_POLL_S = 0.1
_LEAST_IDLE_SHARE = 20
"""It rests at least this many times as long as a look took, so that it costs at most 5 % of a core."""


class Meter(Protocol):
    """Measures a service."""

    def memory_bytes(self) -> int:
        """Memory in use."""
        ...

    def excess(self) -> str | None:
        """Which limit is exceeded, in words, or None."""
        ...


class GroupMeter:
    """Asks the kernel, which keeps the limits itself; what it refused is what is reported."""

    def __init__(self, group: ControlGroup, limits: ServiceLimits) -> None:
        self._group = group
        self._limits = limits

    def memory_bytes(self) -> int:
        """See Meter."""
        return self._group.memory_bytes

    def excess(self) -> str | None:
        """See Meter."""
        if self._group.killed_for_memory:
            return _too_much_memory(self._limits)
        return _too_many_processes(self._limits) if self._group.refused_processes else None


class TreeMeter:
    """Adds up what the processes use, where there are no control groups: a limit is noticed after it was exceeded."""

    def __init__(
        self, roots: Callable[[], Iterable[int]], disk_bytes: Callable[[], int], limits: ServiceLimits
    ) -> None:
        self._roots = roots
        self._disk_bytes = disk_bytes
        self._limits = limits

    def memory_bytes(self) -> int:
        """See Meter."""
        return tree_usage(self._roots()).memory_bytes + self._disk_bytes()

    def excess(self) -> str | None:
        """See Meter."""
        usage, limits = tree_usage(self._roots()), self._limits
        if usage.threads >= limits.processes:
            return _too_many_processes(limits)
        disk_bytes = self._disk_bytes()
        if usage.memory_bytes + disk_bytes <= limits.memory_bytes:
            return None
        # Shared pages were counted for each process that has them.
        really_bytes = proportional_bytes(self._roots()) + disk_bytes
        return _too_much_memory(limits) if really_bytes > limits.memory_bytes else None


class LimitWatch:
    """A thread that looks ten times a second, remembers the most memory seen, and calls `end` at the first excess."""

    def __init__(self, meter: Meter, end: Callable[[], None]) -> None:
        self.excess: str | None = None
        self.peak_memory_bytes = 0
        self._meter = meter
        self._end = end
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="archeval-limits", daemon=True)
        self._thread.start()

    def exceeded(self, what: str) -> None:
        """Note an excess that was seen elsewhere, and end the service."""
        if self.excess is None:
            self.excess = what
        self._end()

    def look(self) -> None:
        """Look now."""
        self.peak_memory_bytes = max(self.peak_memory_bytes, self._meter.memory_bytes())
        if self.excess is None and (what := self._meter.excess()) is not None:
            self.exceeded(what)

    def close(self) -> None:
        """Stop watching. May be called again."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        rest_s = _POLL_S
        while not self._stop.wait(rest_s):
            began = time.monotonic()
            self.look()
            rest_s = max(_POLL_S, _LEAST_IDLE_SHARE * (time.monotonic() - began))


def _too_much_memory(limits: ServiceLimits) -> str:
    return f"used more than {limits.memory_bytes // MIB} MiB of memory"


def _too_many_processes(limits: ServiceLimits) -> str:
    return f"ran more than {limits.processes} processes and threads"

"""What a service in Landlock's walls uses: no file system and no process table of its own tells."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from scorers.testbed.sandbox.cgroups import ControlGroup
from scorers.testbed.sandbox.disk import StoredTooMuch, nameless_bytes, stored_bytes, too_much
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.sandbox.tree import trees
from scorers.testbed.sandbox.watch import GroupMeter, TreeMeter


class WalledMeter:
    """See Meter. Memory and processes as elsewhere, and what is stored by looking at the files."""

    def __init__(
        self,
        roots: Callable[[], list[int]],
        folder: Path,
        limits: ServiceLimits,
        group: ControlGroup | None,
        *,
        memory_backed: bool,
    ) -> None:
        """`memory_backed` says that what is stored in `folder` takes up memory."""
        self._roots = roots
        self._folder = folder
        self._limits = limits
        self._group = group
        self._memory_backed = memory_backed
        self._meter = GroupMeter(group, limits) if group else TreeMeter(roots, self._bytes_in_memory, limits)

    def memory_bytes(self) -> int:
        """See Meter."""
        return self._meter.memory_bytes()

    def stored_bytes(self) -> int:
        """What its folder holds, or the limit where that cannot be measured to the end."""
        try:
            return self._stored_bytes()
        except StoredTooMuch:
            return self._limits.disk_bytes

    def excess(self) -> str | None:
        """See Meter."""
        try:
            self._stored_bytes()
        except StoredTooMuch as found:
            return self._meter.excess() or str(found)
        return self._meter.excess()

    def _stored_bytes(self) -> int:
        named = stored_bytes(self._folder, self._limits.disk_bytes)
        if self._group is not None and self._memory_backed:
            return named  # files without a name are memory of the group, which the kernel keeps
        nameless = nameless_bytes(process.pid for process in trees(self._roots()))
        if named + nameless > self._limits.disk_bytes:
            raise too_much(self._limits.disk_bytes)
        return named + nameless

    def _bytes_in_memory(self) -> int:
        return self.stored_bytes() if self._memory_backed else 0


def children_of(pids: Iterable[int]) -> list[int]:
    """Return the processes that have one of `pids` as their parent."""
    found: list[int] = []
    for pid in pids:
        with suppress(psutil.Error):
            found += [child.pid for child in psutil.Process(pid).children()]
    return found


def threads_of(uid: int) -> int:
    """Return how many threads of a user run on this machine."""
    count = 0
    for process in psutil.process_iter():
        with suppress(psutil.Error), process.oneshot():
            if process.uids().real == uid:
                count += process.num_threads()
    return count

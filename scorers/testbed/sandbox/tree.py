"""The processes of a tree, looked up from its root: a sandbox has its own process ids, and its orphans stay below it."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

_MOST_ROUNDS = 50


@dataclass(frozen=True)
class TreeUsage:
    """What the processes of a tree use together."""

    memory_bytes: int
    processes: int
    threads: int
    cpu_s: float


def tree_usage(roots: Iterable[int]) -> TreeUsage:
    """Return what the trees below `roots`, roots included, use. A page that several share counts for each of them."""
    memory_bytes, threads, count, cpu_s = 0, 0, 0, 0.0
    for process in trees(roots):
        with suppress(psutil.Error):
            with process.oneshot():
                memory_bytes += process.memory_info().rss
                threads += process.num_threads()
                times = process.cpu_times()
            count += 1
            cpu_s += times.user + times.system
    return TreeUsage(memory_bytes, count, threads, cpu_s)


def proportional_bytes(roots: Iterable[int]) -> int:
    """Return the memory of the trees with every shared page counted once. Takes some milliseconds for each process."""
    total = 0
    for process in trees(roots):
        with suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


def signal_tree(root: int, number: signal.Signals) -> None:
    """Send a signal to all below `root`, again until no process turns up that has not had it."""
    reached: set[psutil.Process] = set()
    for _ in range(_MOST_ROUNDS):
        fresh = [process for process in _children(root) if process not in reached]
        if not fresh:
            return
        reached.update(fresh)
        for process in fresh:
            with suppress(psutil.Error):
                process.send_signal(number)


def kill_children(root: int) -> None:
    """Kill what `root` started itself: for a sandbox its first process, with which the kernel ends all others in it."""
    with suppress(psutil.Error):
        for process in psutil.Process(root).children():
            with suppress(psutil.Error):
                process.kill()


def kill_hard(pid: int) -> None:
    """Kill one process."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def parent_of(pid: int) -> int | None:
    """Return the parent of a process, or None when there is no such process."""
    try:
        return psutil.Process(pid).ppid()
    except psutil.Error:
        return None


def trees(roots: Iterable[int]) -> list[psutil.Process]:
    """Return the processes of the trees below `roots`, roots included, that can be seen now."""
    found: list[psutil.Process] = []
    for root in roots:
        with suppress(psutil.Error):
            found.append(psutil.Process(root))
            found.extend(_children(root))
    return found


def _children(root: int) -> list[psutil.Process]:
    try:
        return psutil.Process(root).children(recursive=True)
    except psutil.Error:
        return []

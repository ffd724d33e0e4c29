"""The processes below a process, and ending them all, however fast they multiply. Standard library only."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_ROUNDS = 50
_REST_S = 0.005


def descendants(root: int) -> set[int]:
    """Return the ids of all processes below `root`, dead ones that nobody has waited for included."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (parent := _parent(entry)) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def end_all(give_up_s: float) -> bool:
    """End all below this process, which must be the one that orphans go to, and wait for them; say whether none is left.

    They are stopped first: what is killed makes room for what is forked, what is stopped keeps it and forks no more.
    """
    me, give_up = os.getpid(), time.monotonic() + give_up_s
    while time.monotonic() < give_up:
        stopped: set[int] = set()
        for _ in range(_ROUNDS):
            fresh = descendants(me) - stopped
            if not fresh:
                break
            _signal(fresh, signal.SIGSTOP)
            stopped |= fresh
        _signal(descendants(me), signal.SIGKILL)
        if _reaped_all():
            return True
        time.sleep(_REST_S)
    return _reaped_all()


def _reaped_all() -> bool:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
        return False
    return True


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _parent(process: Path) -> int | None:
    try:
        fields = (process / "stat").read_bytes()
    except OSError:
        return None
    return int(fields.rpartition(b")")[2].split()[1])

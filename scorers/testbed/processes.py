"""Finding and ending the processes of a server by the folder they work in, and what they leave in the kernel.

A process id in a file may belong to somebody else by now. The working directory does not lie: every process of a
PostgreSQL server works in its data directory, and so does every other server of a testbed.
"""

import ctypes
import errno
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scorers.errors import HarnessFault

_IPC_RMID = 0
_KEYS = 1 << 32
"""Keys have 32 bits; the kernel prints them signed, PostgreSQL unsigned."""

_SEGMENTS = Path("/proc/sysvipc/shm")
_LONGEST_DEATH_S = 10.0
_LONGEST_DETACH_S = 1.0
_PROGRAMS = {"postgres", "initdb", "valkey-server", "nats-server", "noida-db"}
"""What a testbed's folder may be worked in by."""


@dataclass(frozen=True)
class Segment:
    """A System V shared memory segment: its id may be used again, so the key it was made with goes with it."""

    key: int
    id: int


def processes_in(folder: Path) -> list[int]:
    """Return the ids of servers' processes that work in `folder` or below it."""
    return [pid for pid in _all_pids() if _works_in(pid, folder)]


def kill_processes_in(folder: Path) -> None:
    """Kill every server process working in `folder` or below it, and wait until they are gone.

    Raises HarnessFault when some survive, as only a process stuck in the kernel does.
    """
    give_up = time.monotonic() + _LONGEST_DEATH_S
    while pids := processes_in(folder):
        for pid in pids:
            _kill(pid, folder)
        if time.monotonic() > give_up:
            raise HarnessFault(f"processes {pids} in {str(folder)!r} survive SIGKILL", kind="cleanup_failed")
        time.sleep(0.002)


def remove_segment(segment: Segment, owner_uid: int) -> None:
    """Remove the segment, if it is there, belongs to `owner_uid` and nobody uses it.

    Waits a little for its last users: a process that somebody looks at lets go of its memory late.
    """
    give_up = time.monotonic() + _LONGEST_DETACH_S
    while (users := _users(segment, owner_uid)) is not None:
        if users == 0:
            return _remove(segment)
        if time.monotonic() > give_up:
            return None
        time.sleep(0.002)
    return None


def _remove(segment: Segment) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.shmctl(segment.id, _IPC_RMID, None) != 0 and ctypes.get_errno() not in {errno.EINVAL, errno.EIDRM}:
        error = os.strerror(ctypes.get_errno())
        raise HarnessFault(
            f"cannot remove the shared memory segment {segment.id}: {error}; `ipcrm -m {segment.id}`",
            kind="cleanup_failed",
        )


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _works_in(pid: int, folder: Path) -> bool:
    process = Path("/proc", str(pid))
    try:
        if not (process / "cwd").readlink().is_relative_to(folder):
            return False
    except OSError:  # gone, a zombie, or another user's
        return False
    try:
        return (process / "exe").readlink().name in _PROGRAMS
    except FileNotFoundError:  # it is dying, and may still hold shared memory
        return True
    except OSError:
        return False


def _kill(pid: int, folder: Path) -> None:
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            if _works_in(pid, folder):  # asked again: the id could have passed to another process in between
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)


def _users(segment: Segment, owner_uid: int) -> int | None:
    """Return how many processes have the segment attached, or None when there is no such segment."""
    if not _SEGMENTS.exists():
        return None
    header, *rows = [line.split() for line in _SEGMENTS.read_text().splitlines()]
    for row in rows:
        found = dict(zip(header, map(int, row), strict=False))
        same = found["shmid"] == segment.id and (found["key"] - segment.key) % _KEYS == 0
        if same and found["uid"] == owner_uid:
            return found["nattch"]
    return None

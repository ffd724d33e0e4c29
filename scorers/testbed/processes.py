"""Finding and ending the processes of a server by the folder they work in, and what they leave in the kernel.

A process id in a file may belong to somebody else by now. The working directory does not lie: every process of a
PostgreSQL server works in its data directory.
"""

import ctypes
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from scorers.errors import HarnessFault

_IPC_RMID = 0
_SEGMENTS = Path("/proc/sysvipc/shm")
_LONGEST_DEATH_S = 10.0


def processes_in(folder: Path) -> list[int]:
    """Return the ids of the `postgres` processes whose working directory is `folder`."""
    return [pid for pid in _all_pids() if _works_in(pid, folder)]


def kill_processes_in(folder: Path) -> None:
    """Kill every `postgres` process working in `folder`, and wait until they are gone.

    Raises HarnessFault when some survive, as only a process stuck in the kernel does.
    """
    give_up = time.monotonic() + _LONGEST_DEATH_S
    while pids := processes_in(folder):
        for pid in pids:
            _kill(pid, folder)
        if time.monotonic() > give_up:
            raise HarnessFault(f"processes {pids} in {str(folder)!r} survive SIGKILL", kind="cleanup_failed")
        time.sleep(0.002)


def remove_segment(segment_id: int, owner_uid: int) -> None:
    """Remove the System V shared memory segment, if it is there, belongs to `owner_uid` and nobody uses it."""
    if not _is_orphan(segment_id, owner_uid):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.shmctl(segment_id, _IPC_RMID, None) != 0:
        error = os.strerror(ctypes.get_errno())
        raise HarnessFault(
            f"cannot remove the segment {segment_id}: {error}; `ipcrm -m {segment_id}`", kind="cleanup_failed"
        )


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _works_in(pid: int, folder: Path) -> bool:
    process = Path("/proc", str(pid))
    try:
        return (process / "cwd").readlink() == folder and (process / "exe").readlink().name == "postgres"
    except OSError:  # gone, a zombie, or another user's
        return False


def _kill(pid: int, folder: Path) -> None:
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            if _works_in(pid, folder):  # asked again: the id could have passed to another process in between
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)


def _is_orphan(segment_id: int, owner_uid: int) -> bool:
    if not _SEGMENTS.exists():
        return False
    header, *rows = [line.split() for line in _SEGMENTS.read_text().splitlines()]
    for row in rows:
        values = dict(zip(header, row, strict=False))
        if int(values["shmid"]) == segment_id:
            return int(values["uid"]) == owner_uid and int(values["nattch"]) == 0
    return False

"""What a pod leaves whose archeval was killed: its keeper ends by itself, its control groups do not."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.sandbox.cgroups import remove_leftover_groups
from scorers.testbed.sandbox.tree import signal_tree
from scorers.testbed.storage import TestbedFolder

_DEATH_S = 10.0


def end_leftover_pod(folder: TestbedFolder) -> None:
    """End the processes and control groups of the pod whose folder this is; a folder of anything else has none.

    Raises HarnessFault when something survives.
    """
    give_up = time.monotonic() + _DEATH_S
    while pids := _keepers(folder.server):
        for pid in pids:
            _kill(pid, folder.server)
        if time.monotonic() > give_up:
            raise HarnessFault(f"processes {pids} of a pod survive SIGKILL", kind="cleanup_failed")
        time.sleep(0.005)
    remove_leftover_groups(folder.path.name)


def _keepers(server: Path) -> list[int]:
    """Return the processes that work in exactly this folder: a keeper, and programs that it is about to start."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if _works_in(pid, server)]


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except OSError:  # gone, a zombie, or another user's
        return False


def _kill(pid: int, folder: Path) -> None:
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            if _works_in(pid, folder):  # asked again: the id could have passed to another process in between
                for number in (signal.SIGSTOP, signal.SIGKILL):  # while a warden lives, none below it gets away
                    signal_tree(pid, number)
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)

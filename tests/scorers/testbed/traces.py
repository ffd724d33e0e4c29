"""What a testbed may leave on the machine, looked up afresh by the tests rather than through the code under test."""

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scorers.testbed.embedded import EmbeddedTestbed

HOLDER = Path(__file__).with_name("holder.py")


@dataclass(frozen=True)
class Traces:
    """Where to look for the leftovers of one testbed."""

    folder: str
    postmaster_pid: int
    segment_id: int

    @property
    def left(self) -> list[str]:
        """What is still there."""
        found = [f"folder {self.folder}"] if Path(self.folder).exists() else []
        if Path("/proc/sysvipc/shm").exists() and self.segment_id in segments():
            found.append(f"segment {self.segment_id}")
        return found + [f"process {pid}" for pid in server_processes(self.folder)]


def traces_of(testbed: EmbeddedTestbed) -> Traces:
    """Return where to look for what `testbed` may leave. Read from the server's own files."""
    folder = Path(testbed.postgres.endpoint.parameters["host"]).parent.parent
    lines = (folder / "server/data/postmaster.pid").read_text().splitlines()
    return Traces(str(folder), int(lines[0]), int(lines[6].split()[1]))


def segments() -> list[int]:
    return [int(line.split()[1]) for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]


def server_processes(folder: str) -> list[int]:
    """Return the processes of the server below `folder`: those that work there or name it on their command line."""
    return [int(process.name) for process in Path("/proc").iterdir() if _belongs(process, folder)]


def kill_and_wait(pid: int) -> None:
    """Kill a process that the test itself started, directly or through a server of its own."""
    handle = os.pidfd_open(pid)
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    _wait(handle, pid)


def wait_for_end(pid: int) -> None:
    """Wait until a process has ended; it may be awaited by its parent later all the same."""
    with suppress(ProcessLookupError):
        _wait(os.pidfd_open(pid), pid)


def _wait(handle: int, pid: int) -> None:
    try:
        assert select.select([handle], [], [], 30)[0], f"process {pid} did not end"
    finally:
        os.close(handle)


def mapped_files(pid: int) -> str:
    """Return what a process has mapped, one mapping a line."""
    return Path(f"/proc/{pid}/maps").read_text()


def _belongs(process: Path, folder: str) -> bool:
    if not process.name.isdecimal():
        return False
    try:
        works_in = str((process / "cwd").readlink())
    except OSError:
        return False
    return works_in.startswith(folder)


class Holder:
    """A process that holds a testbed open, as a grade of another archeval does."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HOLDER), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.traces = Traces(**json.loads(self._line()))

    def finish(self) -> int:
        """Let it close its testbed and end; return its status."""
        self.process.communicate(timeout=60)
        return self.process.returncode

    def _line(self) -> str:
        output = self.process.stdout
        assert output is not None
        ready, _, _ = select.select([output], [], [], 120)
        assert ready, "the holder did not open a testbed in time"
        return output.readline()

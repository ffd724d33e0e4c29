"""One PostgreSQL server process with its children: started, asked for, stopped, and cleaned up after."""

import os
import signal
import subprocess
import time
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.evidence import clean
from scorers.testbed.binaries import Installation
from scorers.testbed.processes import Segment, kill_processes_in, remove_segment
from scorers.testbed.server_user import ServerUser
from scorers.testbed.storage import TestbedFolder

PORT = 5432
"""Only part of the socket's name: the server does not listen on TCP."""

_START_S = 60.0
_STOP_FAST_S = 4.0
_STOP_IMMEDIATE_S = 1.0
CRASH_STATUS = 1
"""The status with which the server ends after one of its children crashed."""

_ADDRESS_SPACE_KIB = 3 * 1024**2 // 2
"""What one server process may map, so that no `SET work_mem` of a submission takes all the machine's memory."""

_LIMITED = f'ulimit -c 0; ulimit -v {_ADDRESS_SPACE_KIB}; exec "$0" "$@"'


class Postmaster:
    """The server on a testbed folder's data directory."""

    def __init__(self, installation: Installation, user: ServerUser, folder: TestbedFolder) -> None:
        self._user = user
        self._folder = folder
        self._segment: Segment | None = None
        self._process = self._spawn(installation)

    @property
    def pid(self) -> int:
        """The process id of the server's main process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server's main process lives."""
        return self._process.poll() is None

    def wait(self, seconds: float) -> int | None:
        """Return the status with which the server ended (minus the signal that killed it), or None if it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def wait_until_ready(self) -> None:
        """Return as soon as the server accepts sessions. Raises HarnessFault when it does not come up."""
        give_up = time.monotonic() + _START_S
        while (status := read_status(self._folder.data)) is None or not status.ready:
            if not self.running:
                raise HarnessFault(
                    f"PostgreSQL ended while it started, with status {self._process.returncode}; its log ends:\n"
                    f"{self.log_tail()}",
                    kind="testbed_unavailable",
                )
            if time.monotonic() > give_up:
                raise HarnessFault(
                    f"PostgreSQL was not ready after {_START_S:g} s; the machine may be overloaded; its log ends:\n"
                    f"{self.log_tail()}",
                    kind="testbed_unavailable",
                )
            time.sleep(0.002)
        self._segment = status.segment

    def stop(self) -> None:
        """Stop the server, gently at first, and leave neither process nor shared memory. May be called again."""
        for stop_signal, patience_s in ((signal.SIGINT, _STOP_FAST_S), (signal.SIGQUIT, _STOP_IMMEDIATE_S)):
            if self._stopped_by(stop_signal, patience_s):
                break
        kill_processes_in(self._folder.data)
        self._process.wait()
        if self._segment is not None:
            remove_segment(self._segment, self._user.uid)

    def log_tail(self, limit_bytes: int = 2000) -> str:
        """Return the end of what the server printed, cleaned of secrets and control characters."""
        return clean(self._folder.log.read_bytes()[-limit_bytes:].decode(errors="replace").strip())

    def _spawn(self, installation: Installation) -> subprocess.Popen[bytes]:
        command = [
            *("/bin/sh", "-c", _LIMITED),
            installation.program("postgres"),
            *("-D", str(self._folder.data)),
            *("-k", str(self._folder.sockets)),
            *("-p", str(PORT)),
        ]
        with self._folder.log.open("ab") as log:
            try:
                return subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=installation.environment,
                    cwd=self._folder.data,
                    start_new_session=True,  # a Ctrl-C in the terminal is for archeval, which then stops the server
                    **self._user.process_user,
                )
            except OSError as error:
                raise HarnessFault(
                    f"cannot start {command[3]!r} as user {self._user.uid}: {error}; see `archeval doctor`",
                    kind="testbed_unavailable",
                ) from error

    def _stopped_by(self, stop_signal: signal.Signals, patience_s: float) -> bool:
        if not self.running:
            return True
        self._process.send_signal(stop_signal)
        return self.wait(patience_s) is not None


class ServerStatus:
    """What the server's `postmaster.pid` says."""

    def __init__(self, lines: list[str]) -> None:
        key_and_id = lines[6].split() if len(lines) > 6 else []
        known = len(key_and_id) == 2 and all(number.isdecimal() for number in key_and_id)
        self.segment = Segment(*map(int, key_and_id)) if known else None
        self.ready = len(lines) > 7 and lines[7].strip() == "ready"


def read_status(data: Path) -> ServerStatus | None:
    """Return what `postmaster.pid` in `data` says, or None when there is none."""
    try:
        handle = os.open(data / "postmaster.pid", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return ServerStatus(os.read(handle, 4096).decode(errors="replace").splitlines())
    finally:
        os.close(handle)

"""One server process with a folder of its own: started, asked for, killed and restarted by faults, and cleaned up after.

For the servers beside PostgreSQL. The folder is a testbed folder like a cluster's, so that what a killed archeval
leaves is swept in the same way (see `scorers.testbed.sweep`).
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.evidence import clean
from scorers.testbed.network import THIS_MACHINE, Network, listens, port_taken, require_free
from scorers.testbed.processes import kill_processes_in
from scorers.testbed.server_user import ServerUser
from scorers.testbed.shutdown import OPEN_TESTBEDS
from scorers.testbed.storage import HeldFolder, TestbedFolder, choose_storage, make_folder
from scorers.testbed.sweep import remove_leftover

START_S = 30.0
"""How long a server may take to become ready; the machine may be busy."""

_STOP_S = 3.0
_LIMITED = 'ulimit -c 0; ulimit -v {}; exec "$0" "$@"'


@dataclass(frozen=True)
class Recipe:
    """How to run one server."""

    kind: str
    """What it is called in messages and in kinds of faults, such as `valkey`."""
    command: Callable[[TestbedFolder], Sequence[str]]
    """The command line, for the folder that the server gets; it works in the folder's `data`."""
    ready: Callable[[TestbedFolder], bool]
    """Whether the server answers as it should. Asked again and again until it does."""
    port: int | None = None
    """The port of its network that it listens at; it is not started while somebody else does."""
    configuration: Callable[[TestbedFolder], str] | None = None
    """The content of the file `configuration_path`, for passwords do not belong on command lines. It is there only
    while the server starts."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    address_space_kib: int | None = None
    """What the process may map, for programs that have no memory limit of their own; None where it needs more than it
    uses, as Go's do."""


def configuration_path(folder: TestbedFolder) -> Path:
    """Return where the server finds its configuration while it starts."""
    return folder.server / "configuration"


class OwnServer:
    """See OwnProcess. Made ready; `close` ends it and removes its folder, also from another thread."""

    def __init__(self, recipe: Recipe, user: ServerUser, *, needed_bytes: int, network: Network = THIS_MACHINE) -> None:
        self._recipe = recipe
        self._network = network
        self._user = user
        self._lifecycle = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._held: HeldFolder | None = None
        self._closed = False
        self._ticket = OPEN_TESTBEDS.add(self.close)
        with self._lifecycle:
            try:
                self._held = make_folder(choose_storage(user, needed_bytes), user)
                self._make_data(self._held.folder)
                self._start()
            except BaseException:
                self.close()
                raise

    @property
    def folder(self) -> TestbedFolder:
        """The server's folder. Raises HarnessFault when it is closed."""
        if self._held is None or self._closed:
            raise HarnessFault(f"this {self._recipe.kind} server is closed", kind="testbed_closed")
        return self._held.folder

    @property
    def pid(self) -> int:
        """The process id of the server that runs now. Raises HarnessFault (kind 'server_down') when none does."""
        process = self._process
        if process is None or process.poll() is not None:
            raise HarnessFault(f"{self._recipe.kind} is not running: {self.ending}", kind="server_down")
        return process.pid

    @property
    def running(self) -> bool:
        """Whether the server's process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def listens(self) -> bool:
        """Whether it is the server itself that listens at its port, and nobody who took it."""
        process, port = self._process, self._recipe.port
        return process is not None and (port is None or listens(process.pid, port))

    @property
    def ending(self) -> str:
        """How the process ended, in words; empty as long as it runs."""
        status = None if self._process is None else self._process.poll()
        if self._process is None:
            return "it was never started"
        if status is None:
            return ""
        return f"signal {-status}" if status < 0 else f"status {status}"

    def kill(self) -> None:
        """End the server with SIGKILL and wait until it is gone. A server that is gone stays gone."""
        with self._lifecycle:
            if self._process is not None:
                self._process.kill()
                kill_processes_in(self.folder.data)
                self._process.wait()

    def restart(self) -> None:
        """Start the server again on its folder, and wait until it is ready; ends it first if it runs."""
        with self._lifecycle:
            self._stop(self.folder)
            self._start()

    def close(self) -> None:
        """End the server and remove its folder. May be called again."""
        with self._lifecycle:
            if self._held is not None:
                self._stop(self._held.folder)
                remove_leftover(self._held, self._user)
            self._closed = True
            OPEN_TESTBEDS.discard(self._ticket)

    def log_tail(self, limit_bytes: int = 2000) -> str:
        """Return the end of what the server printed, cleaned of secrets and control characters."""
        try:
            return clean(self.folder.log.read_bytes()[-limit_bytes:].decode(errors="replace").strip())
        except FileNotFoundError:
            return ""

    def gone(self, what: str, *, attributable: bool) -> HarnessFault:
        """Return the fault to raise when the server does not work: how it ended, and the end of its log."""
        how = f"; it ended with {self.ending}" if self.ending else ""
        log = self.log_tail()
        return HarnessFault(
            f"{self._recipe.kind} is gone: {what}{how}" + (f"; its log ends:\n{log}" if log else ""),
            kind=f"{self._recipe.kind}_gone",
            attributable=attributable,
        )

    def _make_data(self, folder: TestbedFolder) -> None:
        folder.data.mkdir(mode=0o700)
        if self._user.is_other:
            os.chown(folder.data, self._user.uid, self._user.gid)

    def _start(self) -> None:
        folder = self.folder
        self._require_port()
        with self._configured(folder):
            self._process = self._spawn(folder)
            self._wait_until_ready(folder)

    def _wait_until_ready(self, folder: TestbedFolder) -> None:
        give_up = time.monotonic() + START_S
        while not self._recipe.ready(folder):
            if not self.running:
                self._require_port()
                raise self._failed(f"ended while it started, with {self.ending}")
            if time.monotonic() > give_up:
                raise self._failed(f"was not ready after {START_S:g} s; the machine may be overloaded")
            time.sleep(0.005)
        if not self.listens and self._recipe.port is not None:
            raise port_taken(self._network, self._recipe.port, self._recipe.kind)

    def _require_port(self) -> None:
        if self._recipe.port is not None:
            require_free(self._network, self._recipe.port, self._recipe.kind)

    def _spawn(self, folder: TestbedFolder) -> subprocess.Popen[bytes]:
        limited = _LIMITED.format(self._recipe.address_space_kib or "unlimited")
        command = ["/bin/sh", "-c", limited, *self._recipe.command(folder)]
        with folder.log.open("ab") as log, self._network.joining(self._user) as joining:
            try:
                return subprocess.Popen(
                    [*joining.prefix, *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**joining.environment, **self._recipe.environment},
                    cwd=folder.data,
                    pass_fds=joining.descriptors,
                    start_new_session=True,  # a Ctrl-C in the terminal is for archeval, which then stops the server
                    **joining.process_user,
                )
            except OSError as error:
                raise HarnessFault(
                    f"cannot start {command[0]!r} as user {self._user.uid}: {error}; see `archeval doctor`",
                    kind="testbed_unavailable",
                ) from error

    @contextmanager
    def _configured(self, folder: TestbedFolder) -> Generator[None]:
        if self._recipe.configuration is None:
            yield
            return
        path = configuration_path(folder)
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as file:
            os.fchown(handle, self._user.uid, self._user.gid)
            file.write(self._recipe.configuration(folder))
        try:
            yield
        finally:
            path.unlink(missing_ok=True)

    def _failed(self, what: str) -> HarnessFault:
        return HarnessFault(f"{self._recipe.kind} {what}; its log ends:\n{self.log_tail()}", kind="testbed_unavailable")

    def _stop(self, folder: TestbedFolder) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            # A paused process hears no other signal than SIGKILL until it continues.
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
        kill_processes_in(folder.server)
        process.wait()

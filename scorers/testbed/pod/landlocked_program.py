"""A program in Landlock's walls, and the warden that keeps it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scorers.errors import HarnessFault
from scorers.testbed.pod.client import bare_environment, is_readable
from scorers.testbed.sandbox.landlock import warden
from scorers.testbed.sandbox.tree import signal_tree
from scorers.testbed.server_user import ServerUser

_ROOT = Path(warden.__file__).parents[4]
_BEGIN = (
    "import sys; sys.path.append(sys.argv.pop(1)); from scorers.testbed.sandbox.landlock.warden import main; main()"
)
_START_S = 30.0
_DEATH_S = 15.0


@dataclass(frozen=True)
class Place:
    """Where programs of one service run, and what they may touch."""

    user: ServerUser
    above: Path
    """Where the warden works: by this folder a later start finds it."""
    folder: Path
    paths: Mapping[str, int]
    """Rights by path, see `landlock.kernel`."""
    port: int
    """The one to listen at."""
    socket_folders: Sequence[str]
    """Where sockets of servers are that may be connected to."""
    own_folders: Sequence[str]


class LandlockedProgram:
    """See Program. Made stopped: `go` lets it run."""

    def __init__(
        self,
        place: Place,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        ports: Mapping[int, int],
        limits: Mapping[str, int],
        output: int,
    ) -> None:
        """`ports` may be connected to, and lead to other ones; `limits` are rlimits by name. Raises HarnessFault when the walls do not stand."""
        self._lock = threading.Lock()
        self._status: int | None = None
        self._fault: str | None = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        gate, self._gate = os.pipe()
        try:
            with theirs:
                self._warden = _start_warden(theirs, place.above)
            request: dict[str, Any] = {
                "uid": place.user.uid,
                "gid": place.user.gid,
                "keep_modes": not place.user.is_other,  # else no file of the machine is this user's
                "folder": str(place.folder),
                "paths": list(place.paths.items()),
                "port": place.port,
                "socket_folders": list(place.socket_folders),
                "own_folders": list(place.own_folders),
                "ports": list(ports.items()),
                "argv": list(argv),
                "env": dict(environment),
                "limits": dict(limits),
            }
            socket.send_fds(self._control, [json.dumps(request).encode()], [gate, output])
            self.pid = self._first_answer()
        except OSError as error:
            self.close()
            raise HarnessFault(f"cannot start a warden: {error}", kind="pod_gone") from error
        except BaseException:
            self.close()
            raise
        finally:
            os.close(gate)

    @property
    def warden_pid(self) -> int:
        """The process above all that the program starts."""
        return self._warden.pid

    @property
    def runs(self) -> bool:
        """Whether the warden is there still, so that its number is nobody else's."""
        return self._warden.poll() is None

    def go(self) -> None:
        """Let it run."""
        with suppress(BrokenPipeError):
            os.write(self._gate, warden.GATE_OPEN)

    def allow(self, ports: Mapping[int, int]) -> None:
        """Let it connect to these ports from now on, which lead to those, and to no others."""
        with suppress(OSError):  # it has ended
            self._control.send(json.dumps({"ports": list(ports.items())}).encode())

    def poll(self) -> int | None:
        """See Program. Raises HarnessFault when the walls did not stand."""
        return self.wait(0)

    def wait(self, timeout_s: float) -> int | None:
        """See Program. Raises HarnessFault when the walls did not stand, so that it never ran, or its warden is gone."""
        readable = self._status is not None or is_readable(self._control, timeout_s)
        with self._lock:
            if self._status is None and readable:
                self._take_status()
            if self._fault is not None:
                raise HarnessFault(self._fault, kind="pod_gone")
            return self._status

    def end(self) -> None:
        """End it with all that it started. Raises HarnessFault when something survives, as only what is stuck can."""
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        try:
            self._warden.wait(_DEATH_S)
        except subprocess.TimeoutExpired:
            for number in (signal.SIGSTOP, signal.SIGKILL):
                signal_tree(self._warden.pid, number)
            self._warden.kill()
            self._warden.wait()
            raise HarnessFault("processes of a service survive SIGKILL", kind="cleanup_failed") from None
        with self._lock:
            if self._status is None:
                self._take_status()

    def close(self) -> None:
        """End it, and let go of it. May be called again."""
        if self._gate < 0:
            return
        try:
            if hasattr(self, "_warden"):
                self.end()
        finally:
            os.close(self._gate)
            self._gate = -1
            self._control.close()

    def _first_answer(self) -> int:
        if not is_readable(self._control, _START_S):
            raise HarnessFault(
                f"a warden was not ready after {_START_S:g} s; the machine may be overloaded", kind="no_pod"
            )
        packet = self._control.recv(warden.LARGEST_REQUEST_BYTES)
        message: dict[str, Any] = json.loads(packet) if packet else {"error": "its warden ended at once"}
        if "error" in message:
            raise HarnessFault(f"cannot start a program: {message['error']}", kind="sandbox_unavailable")
        return int(message["pid"])

    def _take_status(self) -> None:
        try:
            packet = self._control.recv(warden.LARGEST_REQUEST_BYTES)
        except OSError:
            packet = b""
        # No packet: the warden was killed, and the program with it.
        message: dict[str, Any] = json.loads(packet) if packet else {"error": "a program's warden is gone"}
        self._status = int(message.get("status", -signal.SIGKILL))
        self._fault = message.get("error")


def _start_warden(control: socket.socket, folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*(sys.executable, "-I", "-S", "-B", "-c", _BEGIN), str(_ROOT), str(control.fileno())],
        pass_fds=[control.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=bare_environment(),
        cwd=folder,
        start_new_session=True,
    )

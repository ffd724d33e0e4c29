"""The other end of the pod's keeper: asking it for sockets and programs."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from scorers.errors import HarnessFault
from scorers.testbed.pod import keeper
from scorers.testbed.server_user import ServerUser

_PROGRAM = Path(keeper.__file__)
_START_S = 30.0
_ANSWER_S = 30.0
_END_S = 10.0


def bare_environment() -> dict[str, str]:
    """Return the environment of the pod's own programs: what this Python may need to start, and none of the user's keys."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


class SandboxUnavailable(HarnessFault):
    """The machine does not let the pod's namespaces be made. `errno` is the kernel's answer, if it gave one."""

    def __init__(self, message: str, errno: int | None) -> None:
        super().__init__(message, kind="sandbox_unavailable")
        self.errno = errno


class KeeperClient:
    """A keeper process and the socket to it. Safe for use from several threads."""

    def __init__(self, user: ServerUser, work: Path, size_bytes: int) -> None:
        """Start a keeper whose memory-backed folder is `work`. Raises SandboxUnavailable when it cannot set up."""
        self._lock = threading.Lock()
        self._work: int | None = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", "-B", str(_PROGRAM)),
                    *(str(theirs.fileno()), str(user.uid), str(user.gid), str(work), str(size_bytes)),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=bare_environment(),
                cwd=work.parent,  # by which a later start finds what is left of it
                start_new_session=True,
            )
        try:
            self._work = self._first_answer()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The keeper's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the keeper runs."""
        return self._process.poll() is None

    def seen_from_here(self, relative: str) -> Path:
        """Return a path by which this process reaches a file of the pod's folder, which only the pod has mounted."""
        return Path(f"/proc/self/fd/{self._work}") / relative

    def new_socket(self, family: int, kind: int) -> socket.socket:
        """Return a socket of the pod's network."""
        with closing(self._ask({"do": "socket", "family": int(family), "kind": int(kind)}, [])) as answer:
            _, descriptors = self._answer(answer, descriptors=1)
        return socket.socket(fileno=descriptors[0])

    def write_files(self, folder: Path, files: Mapping[str, str]) -> None:
        """Write `files` below `folder`, a path in the pod. Raises OSError when the disk limit does not let them in."""
        handle = os.memfd_create("files")
        try:
            with os.fdopen(os.dup(handle), "w", encoding="utf-8") as stream:
                json.dump(dict(files), stream)
            os.lseek(handle, 0, os.SEEK_SET)
            with closing(self._ask({"do": "files", "folder": str(folder)}, [handle])) as answer:
                self._answer(answer)
        finally:
            os.close(handle)

    def mount(self, folder: Path, size_bytes: int) -> None:
        """Make `folder`, a path in the pod, and mount memory of this size on it."""
        request = {"do": "mount", "folder": str(folder), "size_bytes": size_bytes}
        with closing(self._ask(request, [])) as answer:
            self._answer(answer)

    def unmount(self, folder: Path) -> None:
        """Undo `mount`; nothing in `folder` is left."""
        with closing(self._ask({"do": "unmount", "folder": str(folder)}, [])) as answer:
            self._answer(answer)

    def spawn(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        limits: Mapping[str, int],
        gate: int,
        output: int,
        extra: Sequence[int] = (),
    ) -> "PodProcess":
        """Start a program in the pod's namespaces; it waits for a byte at `gate` before it runs.

        `limits` are rlimits by name; `extra` descriptors are numbered from `keeper.FIRST_DESCRIPTOR` on.
        """
        request = {"do": "spawn", "argv": list(argv), "env": dict(environment), "limits": dict(limits)}
        answer = self._ask(request, [gate, output, *extra])
        message, _ = self._answer(answer)
        return PodProcess(int(message["pid"]), answer)

    def close(self) -> None:
        """End the keeper, and with it all that it started. May be called again."""
        with self._lock:
            self._control.close()
            if self._work is not None:
                os.close(self._work)
                self._work = None
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _first_answer(self) -> int:
        if not is_readable(self._control, _START_S):
            raise HarnessFault(
                f"a pod was not ready after {_START_S:g} s; the machine may be overloaded", kind="no_pod"
            )
        packet, descriptors, _, _ = socket.recv_fds(self._control, keeper.LARGEST_REQUEST_BYTES, 1)
        message: dict[str, Any] = json.loads(packet) if packet else {"error": f"it ended ({self._process.wait()})"}
        if "error" in message:
            raise SandboxUnavailable(f"cannot open a pod: {message['error']}", message.get("errno"))
        return descriptors[0]

    def _ask(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, self._lock:
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], [theirs.fileno(), *descriptors])
            except OSError as error:
                ours.close()
                raise HarnessFault(f"the pod is gone: {error}", kind="pod_gone") from error
        return ours

    def _answer(self, answer: socket.socket, descriptors: int = 0) -> tuple[dict[str, Any], list[int]]:
        if not is_readable(answer, _ANSWER_S):
            raise HarnessFault(f"the pod's keeper did not answer within {_ANSWER_S:g} s", kind="pod_gone")
        packet, received, _, _ = socket.recv_fds(answer, keeper.LARGEST_REQUEST_BYTES, max(descriptors, 1))
        if not packet:
            raise HarnessFault("the pod's keeper is gone", kind="pod_gone")
        message: dict[str, Any] = json.loads(packet)
        if "error" in message:
            raise OSError(message.get("errno") or 0, message["error"])
        return message, received


class PodProcess:
    """A program that the keeper started: its process id on the host, and how it ended."""

    def __init__(self, pid: int, answer: socket.socket) -> None:
        self.pid = pid
        self._answer = answer
        self._lock = threading.Lock()
        self._status: int | None = None

    def poll(self) -> int | None:
        """Return the exit status (minus the signal that ended it), or None while it runs."""
        return self.wait(0)

    def wait(self, timeout_s: float) -> int | None:
        """Return the exit status as soon as there is one, or None after `timeout_s`."""
        readable = self._status is not None or is_readable(self._answer, timeout_s)
        with self._lock:
            if self._status is None and readable:
                packet = self._answer.recv(keeper.LARGEST_REQUEST_BYTES)
                # No packet: the keeper itself is gone, and everything it had started with it.
                self._status = int(json.loads(packet)["status"]) if packet else -signal.SIGKILL
            return self._status

    def close(self) -> None:
        """Let go of it; it must have ended."""
        self._answer.close()


def is_readable(source: socket.socket, timeout_s: float) -> bool:
    """Whether something, or the end, can be read from `source` within `timeout_s`."""
    poll = select.poll()
    poll.register(source, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))

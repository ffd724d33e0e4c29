"""The pod's keeper: a small program that owns the pod's namespaces and starts what runs in them.

It runs on its own (`python -I -S keeper.py …`), imports the standard library only, and needs no privileges: root gives up
its user first. It makes a user, a network and a mount namespace, brings the loopback up, mounts the pod's folder in memory
with a size that the kernel holds, and then serves requests on a socket. When that socket ends, because archeval closed it
or was killed, the keeper ends, and with it all that it started.

One request is one packet of JSON with file descriptors; the first of them is where the answer goes. See `client.py`.
"""

import ctypes
import fcntl
import json
import os
import resource
import selectors
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_MS_NOSUID = 2
_MS_NODEV = 4
_MNT_DETACH = 2
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1

LARGEST_REQUEST_BYTES = 128 * 1024
MOST_DESCRIPTORS = 16
FIRST_DESCRIPTOR = 10
"""The number that the first of a program's extra descriptors has."""

GATE_OPEN = b"g"
_NEVER_RAN = 125

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Set the pod up, say so, and serve. Arguments: control descriptor, uid, gid, folder, bytes that it may hold."""
    control = socket.socket(fileno=int(sys.argv[1]))
    try:
        _become(int(sys.argv[2]), int(sys.argv[3]))
        _own_namespaces(os.geteuid(), os.getegid())
        _loopback_up()
        _mount_memory(sys.argv[4], int(sys.argv[5]))
    except OSError as error:
        _send(control, {"error": f"{error.args[0]}: {error.strerror or error}", "errno": error.errno})
        sys.exit(1)
    work = os.open(sys.argv[4], os.O_RDONLY | os.O_DIRECTORY)
    _send(control, {"ready": os.getpid()}, [work])
    Keeper(control, work).serve()


class Keeper:
    """Serves one archeval until it goes away."""

    def __init__(self, control: socket.socket, work: int) -> None:
        self._control = control
        self._work = work
        self._replies: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(wake, False)
        for number in (signal.SIGINT, signal.SIGHUP):  # meant for archeval, which then closes the pod
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._selector.register(control, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def serve(self) -> None:
        """Answer requests until the other side is gone."""
        while True:
            ready = {key.fileobj for key, _ in self._selector.select()}
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
                self._reap()
            if self._control in ready and not self._one_request():
                return

    def _one_request(self) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._control, LARGEST_REQUEST_BYTES, MOST_DESCRIPTORS)
        if not packet:
            return False
        reply = socket.socket(fileno=descriptors[0])
        request: dict[str, Any] = json.loads(packet)
        try:
            self._answer(request, reply, descriptors[1:])
        except OSError as error:
            _send(reply, {"error": str(error), "errno": error.errno})
        finally:
            for descriptor in descriptors[1:]:
                os.close(descriptor)
            if reply not in self._replies.values():
                reply.close()
        return True

    def _answer(self, request: dict[str, Any], reply: socket.socket, descriptors: list[int]) -> None:
        match request["do"]:
            case "socket":
                with socket.socket(request["family"], request["kind"]) as fresh:
                    _send(reply, {}, [fresh.fileno()])
            case "files":
                self._write_files(Path(request["folder"]), descriptors[0])
                _send(reply, {})
            case "mount":
                Path(request["folder"]).mkdir(mode=0o700)
                _mount_memory(request["folder"], request["size_bytes"])
                _send(reply, {})
            case "unmount":
                _unmount(request["folder"])
                Path(request["folder"]).rmdir()
                _send(reply, {})
            case "spawn":
                pid = _spawn(request, descriptors)
                self._replies[pid] = reply
                _send(reply, {"pid": pid})
            case unknown:
                _send(reply, {"error": f"there is no request {unknown!r}"})

    def _write_files(self, folder: Path, source: int) -> None:
        with os.fdopen(os.dup(source), "rb") as stream:
            files: dict[str, str] = json.load(stream)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            reply = self._replies.pop(pid, None)
            if reply is not None:
                _send(reply, {"status": os.waitstatus_to_exitcode(status)})
                reply.close()


def _become(uid: int, gid: int) -> None:
    """Give up root for good."""
    if os.geteuid() != uid:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its own files in /proc stay root's
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _own_namespaces(uid: int, gid: int) -> None:
    _check(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWNS), "make a user and a network namespace")
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    except OSError as error:
        raise OSError(error.errno, f"map user {uid} in a user namespace: {error.strerror}") from error


def _loopback_up() -> None:
    with socket.socket() as any_socket:
        asked = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _mount_memory(folder: str, size_bytes: int) -> None:
    options = f"size={size_bytes},nr_inodes=65536,mode=0700"
    mounted = _libc.mount(b"pod", folder.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV, options.encode())
    _check(mounted, f"mount memory at {folder!r}")


def _unmount(folder: str) -> None:
    _check(_libc.umount2(folder.encode(), _MNT_DETACH), f"unmount {folder!r}")


def _spawn(request: dict[str, Any], descriptors: list[int]) -> int:
    """Start a program that waits for the gate (the first descriptor) before it runs; the second takes its output."""
    pid = os.fork()
    if pid == 0:
        try:
            _run(request, descriptors)
        finally:
            os._exit(_NEVER_RAN)
    return pid


def _run(request: dict[str, Any], descriptors: list[int]) -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    gate, output, *extra = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 200) for descriptor in descriptors]
    # The one who asked moves this process into its control group first; when he is gone, the gate ends.
    if os.read(gate, 1) != GATE_OPEN:
        return
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for offset, descriptor in enumerate(extra):
        os.dup2(descriptor, FIRST_DESCRIPTOR + offset)
    with suppress(OSError):  # where memory runs out, this goes first
        Path("/proc/self/oom_score_adj").write_text("500")
    for name, limit in request["limits"].items():
        _limit(getattr(resource, name), limit)
    os.umask(0o022)
    os.setsid()
    os.execve(request["argv"][0], request["argv"], request["env"])


def _limit(which: int, limit: int) -> None:
    hard = resource.getrlimit(which)[1]
    allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(which, (allowed, allowed))


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot {what}: {os.strerror(number)}")


def _send(to: socket.socket, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
    with suppress(BrokenPipeError, ConnectionError):
        socket.send_fds(to, [json.dumps(message).encode()], descriptors or [])


if __name__ == "__main__":
    main()

"""The warden of one program: closes it in with Landlock, answers for its sockets, and ends all that it started.

It runs on its own, imports the standard library and its neighbours only, and needs no privileges: root gives up its user
first. Orphans of the program come to it, so that none escapes. When the program ends, or the control socket does because
archeval closed it or was killed, it ends whatever is left below it, and itself.

The control socket brings one request of JSON with two descriptors (gate, output), then the ports that may be connected
to whenever they change. Back go `pid`, and in the end `status`; or `error`.
"""

import ctypes
import errno
import fcntl
import json
import os
import resource
import selectors
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from scorers.testbed.sandbox.landlock.calls import filter_program, install, number_of
from scorers.testbed.sandbox.landlock.door import Door
from scorers.testbed.sandbox.landlock.kernel import READ, Walls, enter, grant, new_ruleset
from scorers.testbed.sandbox.landlock.modes import ModeAnswers
from scorers.testbed.sandbox.landlock.procs import end_all
from scorers.testbed.sandbox.landlock.sockets import SocketAnswers

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36

LARGEST_REQUEST_BYTES = 128 * 1024
GATE_OPEN = b"g"
_DEATH_S = 8.0
_NEVER_RAN = 125
_NOT_FOUND = 127

_OWN_PROC = ("cgroup", "cmdline", "comm", "fd", "limits", "maps", "smaps_rollup", "stat", "statm", "status")
"""What the program may read about itself; its children may not, as nobody knows their numbers beforehand."""

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Take the request, start its program, and stay until it has ended."""
    control = socket.socket(fileno=int(sys.argv[1]))
    packet, descriptors, _, _ = socket.recv_fds(control, LARGEST_REQUEST_BYTES, 2)
    if not packet:
        return
    request: dict[str, Any] = json.loads(packet)
    try:
        _become(request["uid"], request["gid"])
        walls = Walls(dict(request["paths"]), [request["port"]])
        warden = Warden(control, request, new_ruleset(walls), descriptors)
    except OSError as error:
        _send(control, {"error": str(error), "errno": error.errno})
        return
    warden.serve()


class Warden:
    """Keeps one program."""

    def __init__(self, control: socket.socket, request: dict[str, Any], ruleset: int, descriptors: list[int]) -> None:
        self._control = control
        self._sockets = SocketAnswers(
            bind_port=request["port"],
            ports=dict(request["ports"]),
            folders=[*request["socket_folders"], *request["own_folders"]],
        )
        self._modes = ModeAnswers(request["own_folders"])
        self._fault: str | None = None
        self._status: int | None = None
        self._woken, wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(wake, False)
        self._from_program, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pid = _spawn(request, ruleset, theirs, descriptors)
        theirs.close()
        for descriptor in (ruleset, *descriptors):
            os.close(descriptor)
        for number in (signal.SIGINT, signal.SIGHUP):  # meant for archeval, which then closes the pod
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        _send(control, {"pid": self._pid})

    def serve(self) -> None:
        """Stay until the program has ended or archeval lets go."""
        selector = selectors.DefaultSelector()
        for source in (self._control, self._woken, self._from_program):
            selector.register(source, selectors.EVENT_READ)
        self._reap()  # it may have ended before anybody listened
        wanted = True
        while wanted and self._status is None:
            ready = {key.fileobj for key, _ in selector.select()}
            if self._from_program in ready and not self._hear_program():
                selector.unregister(self._from_program)
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
                self._reap()
            if self._control in ready:
                wanted = self._hear_archeval()
        gone = end_all(_DEATH_S)
        self._from_program.setblocking(False)
        with suppress(BlockingIOError):
            while self._hear_program():
                pass
        answer: dict[str, Any] = {"status": -signal.SIGKILL if self._status is None else self._status}
        if self._fault is not None:
            answer["error"] = self._fault
        elif not gone:
            answer["error"] = "processes of a service survive SIGKILL"
        _send(self._control, answer)
        os._exit(0)  # the door's threads may still be waiting for the kernel

    def _hear_archeval(self) -> bool:
        packet = self._control.recv(LARGEST_REQUEST_BYTES)
        if not packet:
            return False
        self._sockets.ports = dict(json.loads(packet)["ports"])
        return True

    def _hear_program(self) -> bool:
        """Take the filter's descriptor, or what went wrong before the program ran; nothing comes after its start."""
        packet, descriptors, _, _ = socket.recv_fds(self._from_program, 4096, 1)
        if descriptors:
            answers = {**self._sockets.answers, **self._modes.answers}.items()
            numbered = {number: answer for call, answer in answers if (number := number_of(call)) is not None}
            Door(descriptors[0], numbered).start()
        elif packet:
            self._fault = packet.decode()
        return bool(packet)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._pid:
                self._status = os.waitstatus_to_exitcode(status)


def _become(uid: int, gid: int) -> None:
    """Give up root for good, and take in orphans."""
    if os.geteuid() != uid:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its own files in /proc stay root's
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _spawn(request: dict[str, Any], ruleset: int, to_warden: socket.socket, descriptors: list[int]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() == parent:
                _run(request, ruleset, to_warden, descriptors)
        except OSError as error:
            with suppress(OSError):
                to_warden.send(f"cannot start a program in Landlock's walls: {error}"[:4000].encode())
        finally:
            os._exit(_NEVER_RAN)
    return pid


def _run(request: dict[str, Any], ruleset: int, to_warden: socket.socket, descriptors: list[int]) -> None:
    """Become the program; it waits for the gate (the first descriptor) before it runs, the second takes its output."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    gate, output = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 200) for descriptor in descriptors]
    # The one who asked moves this process into its control group first; when he is gone, the gate ends.
    if os.read(gate, 1) != GATE_OPEN:
        return
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    with suppress(OSError):  # where memory runs out, this goes first
        Path("/proc/self/oom_score_adj").write_text("500")
    for name, limit in request["limits"].items():
        _limit(getattr(resource, name), limit)
    os.umask(0o022)
    os.setsid()
    os.chdir(request["folder"])
    for name in _OWN_PROC:
        grant(ruleset, f"/proc/{os.getpid()}/{name}", READ)
    enter(ruleset)
    listener = install(filter_program(keep_modes=request["keep_modes"]))
    socket.send_fds(to_warden, [b"listener"], [listener])
    os.close(listener)
    _prove_the_door()
    argv: list[str] = request["argv"]
    try:
        os.execvpe(argv[0], argv, request["env"])
    except OSError as error:  # the program's own fault, or its author's
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(_NOT_FOUND)


def _prove_the_door() -> None:
    """Ask the warden for something that it refuses: were it unable to look into this process, it would say so instead."""
    with socket.socket() as unbound:
        try:
            unbound.listen()
        except OSError as error:
            if error.errno == errno.EACCES:
                return
            raise OSError(error.errno, f"the warden cannot see its program's sockets: {error.strerror}") from error
    raise OSError(errno.EPERM, "the filter of system calls does not hold")


def _limit(which: int, limit: int) -> None:
    hard = resource.getrlimit(which)[1]
    allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(which, (allowed, allowed))


def _send(to: socket.socket, message: dict[str, Any]) -> None:
    with suppress(BrokenPipeError, ConnectionError):
        to.send(json.dumps(message).encode())

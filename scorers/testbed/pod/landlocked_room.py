"""A room in Landlock's walls: one service's folder, limits and programs."""

import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.folders import remove_tree
from scorers.testbed.pod.landlocked_program import LandlockedProgram, Place
from scorers.testbed.pod.landlocked_usage import WalledMeter, children_of, threads_of
from scorers.testbed.pod.ports import HeldPort
from scorers.testbed.pod.protocol import Program, RoomUsage
from scorers.testbed.sandbox.cgroups import ControlGroup
from scorers.testbed.sandbox.landlock.kernel import OWN
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.sandbox.tree import signal_tree, tree_usage
from scorers.testbed.sandbox.watch import LimitWatch
from scorers.testbed.server_user import ServerUser

_OPEN_FILES = 4096
_OTHERS_THREADS = 256
"""How many the user may start elsewhere before the service is refused any."""


class LandlockedRoom:
    """See Room. Its folder holds the service's own, `app`, and what is its `/tmp`, `tmp`."""

    def __init__(
        self,
        folder: Path,
        *,
        user: ServerUser,
        above: Path,
        port: HeldPort,
        ports: Callable[[], Mapping[int, int]],
        paths: Mapping[str, int],
        socket_folders: Sequence[str],
        environment: Mapping[str, str],
        limits: ServiceLimits,
        group: ControlGroup | None,
        memory_backed: bool,
    ) -> None:
        """`group` is made by this room. `memory_backed` says that what is stored in the folder takes up memory."""
        self._folder = folder
        self._port = port
        self._ports = ports
        self._limits = limits
        self._group = group
        self._app, temporary = folder / "app", folder / "tmp"
        for made in (folder, self._app, temporary):
            made.mkdir(mode=0o700)
            os.chown(made, user.uid, user.gid)
        self._user = user
        self._environment = {**environment, "HOME": str(temporary), "TMPDIR": str(temporary)}
        own = [str(self._app), str(temporary)]
        self._place = Place(
            user=user,
            above=above,
            folder=self._app,
            paths={**paths, **dict.fromkeys(own, OWN)},
            port=port.number,
            socket_folders=socket_folders,
            own_folders=own,
        )
        self._programs: list[LandlockedProgram] = []
        self._lock = threading.Lock()
        self._closed = False
        if group is not None:
            group.create(memory_bytes=limits.memory_bytes, processes=limits.processes, cpus=limits.cpus)
        self._meter = WalledMeter(self._roots, folder, limits, group, memory_backed=memory_backed)
        self._watch = LimitWatch(self._meter, self._kill_all)

    @property
    def port(self) -> int:
        """See Room."""
        return self._port.number

    @property
    def environment(self) -> Mapping[str, str]:
        """See Room. `/tmp` is another folder here."""
        return self._environment

    @property
    def excess(self) -> str | None:
        """See Room. Looks once more, so that an excess just now is not missed."""
        if not self._closed:
            self._watch.look()
        return self._watch.excess

    def write_files(self, files: Mapping[str, str]) -> None:
        """See Room. Raises HarnessFault once a program has run, which may have put links in the way."""
        if self._programs:
            raise HarnessFault("files are written before a service's first program", kind="misuse")
        if sum(len(text.encode()) for text in files.values()) > self._limits.disk_bytes:
            raise ValueError(f"the files do not fit into {self._limits.disk_bytes} bytes")
        for name, text in files.items():
            path = self._app / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        for place, folders, names in os.walk(self._app):
            for name in (*folders, *names):
                os.chown(Path(place, name), self._user.uid, self._user.gid)

    def start(self, argv: Sequence[str], environment: Mapping[str, str], output: int) -> Program:
        """See Room."""
        program = LandlockedProgram(
            self._place,
            argv,
            environment=environment,
            ports=self._ports(),
            limits=self._rlimits(),
            output=output,
        )
        with self._lock:
            self._programs.append(program)
        with suppress(ProcessLookupError):
            if self._group is not None:
                self._group.add(program.pid)
            if self._limits.cpus:
                os.sched_setaffinity(program.pid, self._limits.cpus)
        program.go()
        return program

    def allow(self, ports: Mapping[int, int]) -> None:
        """Let all programs connect to these ports from now on; see LandlockedProgram."""
        for program in self._running():
            program.allow(ports)

    def kill(self, program: Program) -> None:
        """See Room. Raises HarnessFault when something survives."""
        for own in self._running():
            if own is program:
                own.end()

    def signal(self, program: Program, number: signal.Signals) -> None:
        """See Room."""
        for own in self._running():
            if own is program:
                signal_tree(own.warden_pid, number)

    def usage(self) -> RoomUsage:
        """See Room."""
        usage = tree_usage(self._roots())
        memory_bytes = self._meter.memory_bytes()
        return RoomUsage(
            memory_bytes=memory_bytes,
            peak_memory_bytes=max(memory_bytes, self._watch.peak_memory_bytes),
            processes=usage.processes,
            disk_bytes=self._meter.stored_bytes(),
            cpu_s=usage.cpu_s,
        )

    def assert_kept(self) -> None:
        """See Room."""
        for program in list(self._programs):
            program.poll()

    def end(self, what: str) -> None:
        """See Room."""
        self._watch.exceeded(what)

    def close(self) -> None:
        """See Room."""
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        try:
            for program in self._programs:
                program.close()
        finally:
            if self._group is not None:
                self._group.remove()
            remove_tree(self._folder)
            self._port.close()

    def _rlimits(self) -> dict[str, int]:
        limits = {
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": _OPEN_FILES,
            "RLIMIT_MEMLOCK": 0,
            "RLIMIT_FSIZE": self._limits.disk_bytes,
        }
        if self._group is None:
            # The kernel counts all that the user runs on this machine, the watcher the service's own: it is the judge.
            limits["RLIMIT_NPROC"] = threads_of(self._user.uid) + self._limits.processes + _OTHERS_THREADS
        return limits

    def _running(self) -> list[LandlockedProgram]:
        with self._lock:
            programs = list(self._programs)
        return [] if self._closed else [program for program in programs if program.runs]

    def _roots(self) -> list[int]:
        return children_of(program.warden_pid for program in self._running())

    def _kill_all(self) -> None:
        for program in self._running():
            program.end()

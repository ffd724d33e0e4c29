"""A room in a sandboxed pod: one service's folder, limits and programs."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.pod.client import KeeperClient, PodProcess
from scorers.testbed.pod.keeper import FIRST_DESCRIPTOR, GATE_OPEN
from scorers.testbed.pod.protocol import Program, RoomUsage
from scorers.testbed.sandbox.bubblewrap import SandboxView, command_line, options_descriptor, sandbox_options
from scorers.testbed.sandbox.cgroups import ControlGroup
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.sandbox.seccomp import filter_descriptor
from scorers.testbed.sandbox.tree import kill_children, kill_hard, parent_of, signal_tree, tree_usage
from scorers.testbed.sandbox.watch import GroupMeter, LimitWatch, TreeMeter

_HARNESS_PROCESSES = 4
"""What bubblewrap itself adds to the processes that a service may have."""

_KILL_AGAIN_S = 0.05
_PATIENCE_S = 2.0
_DEATH_S = 10.0
_OPEN_FILES = 4096


class SandboxedRoom:
    """See Room. Every program has a sandbox of its own; they share the folder and the limits."""

    def __init__(
        self,
        keeper: KeeperClient,
        *,
        bwrap: Path,
        view: Callable[[Path, int], SandboxView],
        folder: Path,
        port: int,
        environment: Mapping[str, str],
        limits: ServiceLimits,
        group: ControlGroup | None,
    ) -> None:
        """`view` makes the sandbox's view from the folder and the size of `/tmp`; `group` is made by this room."""
        self._keeper = keeper
        self._bwrap = bwrap
        self._folder = folder
        self._port = port
        self._environment = environment
        self._limits = limits
        self._group = group
        self._view = view(folder, limits.disk_bytes)
        self._programs: list[PodProcess] = []
        self._lock = threading.Lock()
        self._closed = False
        self._keeper.mount(folder, limits.disk_bytes)
        if group is not None:
            group.create(
                memory_bytes=limits.memory_bytes,
                processes=limits.processes + _HARNESS_PROCESSES,
                cpus=limits.cpus,
            )
        meter = GroupMeter(group, limits) if group else TreeMeter(self._running_pids, self._disk_bytes, limits)
        self._watch = LimitWatch(meter, self._kill_all)

    @property
    def port(self) -> int:
        """See Room."""
        return self._port

    @property
    def environment(self) -> Mapping[str, str]:
        """See Room."""
        return self._environment

    @property
    def excess(self) -> str | None:
        """See Room. Looks once more, so that an excess just now is not missed."""
        if not self._closed:
            self._watch.look()
        return self._watch.excess

    def write_files(self, files: Mapping[str, str]) -> None:
        """See Room."""
        try:
            self._keeper.write_files(self._folder, files)
        except OSError as error:
            raise ValueError(f"the files do not fit into {self._limits.disk_bytes} bytes: {error}") from error

    def start(self, argv: Sequence[str], environment: Mapping[str, str], output: int) -> Program:
        """See Room."""
        gate, opened = os.pipe()
        # Numbered from FIRST_DESCRIPTOR on in the program: the options, then the filter if there is one.
        seccomp = filter_descriptor()
        options = sandbox_options(
            self._view, environment=environment, seccomp=None if seccomp is None else FIRST_DESCRIPTOR + 1
        )
        extra = [options_descriptor(options), *([] if seccomp is None else [seccomp])]
        try:
            program = self._keeper.spawn(
                command_line(self._bwrap, FIRST_DESCRIPTOR, argv),
                environment={},
                limits=self._rlimits(),
                gate=gate,
                output=output,
                extra=extra,
            )
            with self._lock:
                self._programs.append(program)
            self._confine(program.pid)
            os.write(opened, GATE_OPEN)
        except OSError as error:
            raise HarnessFault(f"cannot start a program in the pod: {error}", kind="pod_gone") from error
        finally:
            for handle in (gate, opened, *extra):
                os.close(handle)
        return program

    def kill(self, program: Program) -> None:
        """See Room. Raises HarnessFault when it survives, as only a process stuck in the kernel does."""
        began = time.monotonic()
        while self._is_ours(program):
            # Again and again: bubblewrap may only just be about to start the sandbox's first process.
            kill_children(program.pid)
            if program.wait(_KILL_AGAIN_S) is not None:
                return
            if time.monotonic() - began > _PATIENCE_S:
                kill_hard(program.pid)
            if time.monotonic() - began > _DEATH_S:
                raise HarnessFault(f"process {program.pid} survives SIGKILL", kind="cleanup_failed")

    def signal(self, program: Program, number: signal.Signals) -> None:
        """See Room."""
        if self._is_ours(program):
            signal_tree(program.pid, number)

    def usage(self) -> RoomUsage:
        """See Room."""
        usage = tree_usage(self._running_pids())
        memory_bytes = self._group.memory_bytes if self._group else usage.memory_bytes + self._disk_bytes()
        return RoomUsage(
            memory_bytes=memory_bytes,
            peak_memory_bytes=max(memory_bytes, self._watch.peak_memory_bytes),
            processes=usage.processes,
            disk_bytes=self._disk_bytes(),
            cpu_s=usage.cpu_s,
        )

    def assert_kept(self) -> None:
        """See Room."""
        if not self._keeper.alive:
            raise HarnessFault("the pod's keeper is gone, which no service can bring about", kind="pod_gone")

    def end(self, what: str) -> None:
        """End all programs because of an excess that was seen elsewhere."""
        self._watch.exceeded(what)

    def close(self) -> None:
        """See Room."""
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        self._kill_all()
        for program in self._programs:
            program.close()
        if self._group is not None:
            self._group.remove()
        if self._keeper.alive:
            self._keeper.unmount(self._folder)

    def _is_ours(self, program: Program) -> bool:
        """Whether it runs: its number may pass to a stranger's process, but no stranger has the keeper as its parent."""
        return program.poll() is None and parent_of(program.pid) == self._keeper.pid

    def _confine(self, pid: int) -> None:
        if self._group is not None:
            self._group.add(pid)
        if self._limits.cpus:
            os.sched_setaffinity(pid, self._limits.cpus)

    def _rlimits(self) -> dict[str, int]:
        limits = {"RLIMIT_CORE": 0, "RLIMIT_NOFILE": _OPEN_FILES, "RLIMIT_MEMLOCK": 0}
        if self._group is None:
            limits["RLIMIT_NPROC"] = self._limits.processes + _HARNESS_PROCESSES
        return limits

    def _running_pids(self) -> list[int]:
        with self._lock:
            programs = list(self._programs)
        return [] if self._closed else [program.pid for program in programs if program.poll() is None]

    def _kill_all(self) -> None:
        with self._lock:
            programs = list(self._programs)
        for program in programs:
            if program.poll() is None:
                self.kill(program)

    def _disk_bytes(self) -> int:
        try:
            room = os.statvfs(self._keeper.seen_from_here(self._folder.name))
        except OSError:
            return 0
        return (room.f_blocks - room.f_bfree) * room.f_frsize

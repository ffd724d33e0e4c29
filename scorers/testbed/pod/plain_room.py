"""A room without a sandbox: programs as children of this process, whose limits are watched."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from scorers.testbed.pod.protocol import Program, RoomUsage
from scorers.testbed.quota import folder_bytes
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.sandbox.tree import signal_tree, tree_usage
from scorers.testbed.sandbox.watch import LimitWatch, TreeMeter

_DEATH_S = 5.0


class PlainProgram:
    """See Program."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """See Program."""
        return self._process.pid

    def poll(self) -> int | None:
        """See Program."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> int | None:
        """See Program."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None


class PlainRoom:
    """See Room."""

    def __init__(self, folder: Path, port: int, limits: ServiceLimits, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._folder = folder
        self._port = port
        self._programs: dict[int, PlainProgram] = {}
        self._lock = threading.Lock()
        self._watch = LimitWatch(TreeMeter(self._running_pids, self._disk_bytes, limits), self._kill_all)

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
        """See Room."""
        self._watch.look()
        return self._watch.excess

    def write_files(self, files: Mapping[str, str]) -> None:
        """See Room."""
        for name, text in files.items():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")

    def start(self, argv: Sequence[str], environment: Mapping[str, str], output: int) -> Program:
        """See Room."""
        program = PlainProgram(
            subprocess.Popen(
                ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in environment.items()), *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                start_new_session=True,
            )
        )
        with self._lock:
            self._programs[program.pid] = program
        return program

    def kill(self, program: Program) -> None:
        """See Room. Ends its session, and its children wherever they are; once, as its number may pass to another."""
        with self._lock:
            found = self._programs.pop(program.pid, None)
        if found is None:
            return
        signal_tree(program.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait(_DEATH_S)

    def signal(self, program: Program, number: signal.Signals) -> None:
        """See Room."""
        os.kill(program.pid, number)
        signal_tree(program.pid, number)

    def usage(self) -> RoomUsage:
        """See Room."""
        usage = tree_usage(self._running_pids())
        return RoomUsage(
            memory_bytes=usage.memory_bytes,
            peak_memory_bytes=max(usage.memory_bytes, self._watch.peak_memory_bytes),
            processes=usage.processes,
            disk_bytes=self._disk_bytes(),
            cpu_s=usage.cpu_s,
        )

    def end(self, what: str) -> None:
        """See Room."""
        self._watch.exceeded(what)

    def assert_kept(self) -> None:
        """See Room. There is nothing between this process and its programs."""

    def close(self) -> None:
        """See Room."""
        self._watch.close()
        self._kill_all()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _running_pids(self) -> list[int]:
        with self._lock:
            programs = list(self._programs.values())
        return [program.pid for program in programs if program.poll() is None]

    def _kill_all(self) -> None:
        with self._lock:
            programs = list(self._programs.values())
        for program in programs:
            self.kill(program)

    def _disk_bytes(self) -> int:
        return folder_bytes(self._folder)

"""A submission's service in a room of a pod: built, started, watched, and ended."""

import signal
import threading
import time
from collections.abc import Mapping, Sequence
from typing import NoReturn

from scorers.errors import InputError
from scorers.testbed.pod.protocol import Pod, Program, Room
from scorers.testbed.sandbox.limits import MIB, ServiceLimits
from scorers.testbed.service.failure import ServiceFailure
from scorers.testbed.service.manifest import ServiceManifest
from scorers.testbed.service.output import Output
from scorers.testbed.service.protocol import Usage
from scorers.testbed.service.readiness import wait_for_ready

_LAST_WORDS_S = 0.2
"""How long what a program printed at its end may be on its way."""


class RunningService:
    """See Service. Made by open_service; faults may come from other threads."""

    def __init__(
        self,
        pod: Pod,
        room: Room,
        manifest: ServiceManifest,
        environment: Mapping[str, str],
        limits: ServiceLimits,
        ready_path: str,
    ) -> None:
        self._room = room
        self._manifest = manifest
        self._environment = dict(environment)
        self._limits = limits
        self._ready_path = ready_path
        self._lock = threading.RLock()
        self._programs: dict[str, Program] = {}
        self._killed: set[str] = set()
        self._prepared = False
        self._output = Output(
            limit_bytes=limits.output_bytes,
            on_flood=lambda: room.end(f"printed more than {limits.output_bytes // MIB} MiB"),
        )
        # A client of its own, and no connection kept: an open one would count as a client of the service.
        self._client = pod.http(room.port, headers={"Connection": "close", "Accept-Encoding": "identity"})

    @property
    def port(self) -> int:
        """See Service."""
        return self._room.port

    def start(self) -> None:
        """See Service. Builds and migrates the first time only."""
        if not self._prepared:
            self._run_to_end("build", self._manifest.build, self._limits.build_s)
            self._run_to_end("migrate", self._manifest.migrate, self._limits.migrate_s)
            self._prepared = True
        with self._lock:
            for name in self._manifest.processes:
                self._start(name)
        self.wait_until_ready(self._limits.ready_s)

    def output(self) -> str:
        """See Service."""
        return self._output.text()

    def kill(self, process: str) -> None:
        """See Service."""
        with self._lock:
            self._room.kill(self._program(process))
            self._killed.add(process)

    def restart(self, process: str) -> None:
        """See Service."""
        with self._lock:
            self._room.kill(self._program(process))
            self._start(process)

    def pause(self, process: str) -> None:
        """See Service."""
        self._room.signal(self._program(process), signal.SIGSTOP)

    def resume(self, process: str) -> None:
        """See Service."""
        self._room.signal(self._program(process), signal.SIGCONT)

    def wait_until_ready(self, timeout_s: float) -> float:
        """See Service."""
        began = time.monotonic()
        last = wait_for_ready(self._client, self._ready_path, timeout_s, self.assert_alive)
        if last is not None:
            self.assert_alive()
            self._fail(f"GET {self._ready_path} on $PORT did not answer 200 within {timeout_s:g} s: {last}", late=True)
        return time.monotonic() - began

    def usage(self) -> Usage:
        """See Service."""
        found = self._room.usage()
        return Usage(
            memory_bytes=found.memory_bytes,
            peak_memory_bytes=found.peak_memory_bytes,
            processes=found.processes,
            disk_bytes=found.disk_bytes,
            cpu_s=found.cpu_s,
        )

    def assert_alive(self) -> None:
        """See Service. Raises HarnessFault when the pod itself is gone."""
        self._room.assert_kept()
        self._assert_within_limits()
        with self._lock:
            watched = {name: program for name, program in self._programs.items() if name not in self._killed}
        for name, program in watched.items():
            if (status := program.poll()) is not None:
                self._assert_within_limits()
                self._fail(f"the process {name!r} {_how(status)}")

    def stop(self) -> None:
        """See Service."""
        with self._lock:
            for program in self._programs.values():
                self._room.kill(program)
            self._programs.clear()
            self._killed.clear()

    def close(self) -> None:
        """End it for good."""
        self.stop()
        self._client.close()

    def close_output(self) -> None:
        """Stop listening to it, once all its programs have ended."""
        self._output.close()

    def _run_to_end(self, what: str, argv: Sequence[str] | None, timeout_s: float) -> None:
        if argv is None:
            return
        program = self._room.start(argv, self._environment, self._output.writing)
        try:
            status = program.wait(timeout_s)
            self._assert_within_limits()
            if status is None:
                self._fail(f"`{what}` did not end within {timeout_s:g} s", late=True)
            if status != 0:
                self._fail(f"`{what}` {_how(status)}")
        finally:
            self._room.kill(program)

    def _start(self, name: str) -> None:
        argv = self._manifest.processes[name].command
        self._programs[name] = self._room.start(argv, self._environment, self._output.writing)
        self._killed.discard(name)

    def _program(self, name: str) -> Program:
        program = self._programs.get(name)
        if program is None:
            raise InputError(f"the service runs no process {name!r}; it has {sorted(self._manifest.processes)}")
        return program

    def _assert_within_limits(self) -> None:
        if (excess := self._room.excess) is not None:
            self._fail(f"the service {excess} and was ended")

    def _fail(self, reason: str, *, late: bool = False) -> NoReturn:
        threading.Event().wait(_LAST_WORDS_S)
        raise ServiceFailure(reason, output=self.output(), late=late)


def _how(status: int) -> str:
    """Bubblewrap reports a program that a signal ended by 128 and the signal's number."""
    number = -status if status < 0 else status - 128
    if number in set(signal.Signals):
        return f"was ended by {signal.Signals(number).name}"
    return f"ended with status {status}"

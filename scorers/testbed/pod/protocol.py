"""What graders, drivers and load generators may ask of a pod."""

import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import httpx

from scorers.testbed.network import Network
from scorers.testbed.runtime.shown import RuntimeName
from scorers.testbed.sandbox.limits import ServiceLimits

Tier = Literal["bubblewrap", "docker", "landlock", "none"]
"""What keeps the submission's code from the machine. `none` is for submissions that ship with archeval only."""


@dataclass(frozen=True)
class Finished:
    """How a trusted command in the pod ended."""

    returncode: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def output(self) -> str:
        """What it said on both, errors first."""
        return self.stderr + self.stdout


class Pod(Network, Protocol):
    """One loopback-only network namespace for one grade: its service, its clients and its brokers meet here."""

    @property
    def folder(self) -> Path:
        """A short path on the host, private to the pod's user, for unix sockets (a path has at most 107 bytes)."""
        ...

    @property
    def tier(self) -> Tier:
        """What stands between the service and the machine; part of the results."""
        ...

    @property
    def description(self) -> dict[str, str]:
        """What ran, for `Grade.testbed`: the tier, and what enforces the limits."""
        ...

    def new_socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """Return a new socket of the pod's network, not yet bound or connected. Use it as any other from here."""
        ...

    def connect(self, port: int, timeout_s: float) -> socket.socket:
        """Return a TCP connection to `port` on the pod's 127.0.0.1, with TCP_NODELAY. Raises OSError as `connect` does."""
        ...

    def http(self, port: int, **options: Any) -> httpx.Client:
        """Return an HTTP client of the service at `port`; close it. `options` are httpx.Client's.

        No proxy, no redirects, no environment. Whatever the service does, one request ends within `total_s` (default
        30) seconds with an answer of at most `body_bytes` (default 16 MiB) or an `httpx.TransportError`.
        """
        ...

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        cpus: frozenset[int] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run a trusted command of the harness in the pod's network, on the host's files, and wait for it.

        It keeps this process's user and environment (or has `env` instead). Raises subprocess.TimeoutExpired after
        killing it with all its children when it takes longer.
        """
        ...

    def socket_folder(self, name: str) -> Path:
        """Return where services see the socket folder that `open_pod` was given as `name`: put it into DATABASE_URL."""
        ...

    def open_room(self, limits: ServiceLimits, runtime: RuntimeName | None) -> "AbstractContextManager[Room]":
        """Open a room for one service. For `scorers.testbed.service`, which knows what to do in it.

        Raises HarnessFault (kind `runtime_missing`) when the machine lacks `runtime`; None is the system's own programs.
        """
        ...

    def relay_in(self, port: int, target: Path) -> None:
        """Let `port` on the pod's loopback lead to the unix socket `target` on the host, until the pod closes.

        For drivers that speak only TCP. Nothing that is measured goes through it.
        """
        ...

    def relay_out(self, port: int, host: str, host_port: int) -> None:
        """Let `port` on the pod's loopback lead to a server outside, until the pod closes."""
        ...


class Program(Protocol):
    """A program of the submission that was started."""

    @property
    def pid(self) -> int:
        """Its process id on the host."""
        ...

    def poll(self) -> int | None:
        """Return its exit status (minus the signal that ended it), or None while it runs."""
        ...

    def wait(self, timeout_s: float) -> int | None:
        """Return its exit status as soon as there is one, or None after `timeout_s`."""
        ...


@dataclass(frozen=True)
class RoomUsage:
    """What the programs in a room use just now."""

    memory_bytes: int
    peak_memory_bytes: int
    processes: int
    disk_bytes: int
    cpu_s: float


class Room(Protocol):
    """Where the programs of one service run: a folder of its own, and limits for all of them together."""

    @property
    def port(self) -> int:
        """A port of the pod that nobody else was given."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which a program finds the runtime."""
        ...

    @property
    def excess(self) -> str | None:
        """Which limit was exceeded, in words, or None; all programs have been killed then."""
        ...

    def write_files(self, files: Mapping[str, str]) -> None:
        """Put files into the folder. Raises ValueError when they do not fit."""
        ...

    def start(self, argv: Sequence[str], environment: Mapping[str, str], output: int) -> Program:
        """Start a program in the folder; it and all it starts print to the descriptor `output`."""
        ...

    def kill(self, program: Program) -> None:
        """End a program with all that it started, and wait until it is gone."""
        ...

    def signal(self, program: Program, number: signal.Signals) -> None:
        """Send a signal to a program and all that it started."""
        ...

    def usage(self) -> RoomUsage:
        """What its programs use just now."""
        ...

    def end(self, what: str) -> None:
        """End all programs because of an excess that was seen elsewhere; `excess` is `what` from now on."""
        ...

    def assert_kept(self) -> None:
        """Raise HarnessFault when the harness's own side of it is gone."""
        ...

    def close(self) -> None:
        """End all its programs and remove the folder. May be called again."""
        ...

"""What graders, drivers and load generators may ask of a pod."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import httpx

Tier = Literal["bubblewrap", "docker", "landlock", "none"]
"""What keeps the submission's code from the machine. `none` is for submissions that ship with archeval only."""


@dataclass(frozen=True)
class Finished:
    """How a trusted command in the pod ended."""

    returncode: int
    stdout: str
    stderr: str
    seconds: float


class Pod(Protocol):
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

    def relay_in(self, port: int, target: Path) -> None:
        """Let `port` on the pod's loopback lead to the unix socket `target` on the host, until the pod closes.

        For drivers that speak only TCP. Nothing that is measured goes through it.
        """
        ...

    def relay_out(self, port: int, host: str, host_port: int) -> None:
        """Let `port` on the pod's loopback lead to a server outside, until the pod closes."""
        ...

"""Ports of this machine's loopback for pods that share it."""

import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scorers.errors import HarnessFault

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 20_000
_USUAL_HIGHEST = 32_768
_TRIES = 200


class HeldPort:
    """A port that no other archeval of this machine takes meanwhile."""

    def __init__(self, number: int, holder: socket.socket) -> None:
        self.number = number
        self._holder = holder

    def close(self) -> None:
        """Let go of it. May be called again."""
        self._holder.close()


def hold_port() -> HeldPort:
    """Return a free TCP port below those that the system gives to connections, which could take it between two starts.

    It is held by a name that the kernel forgets with its holder, and not bound: the service is to bind it. Raises
    HarnessFault (kind `port_taken`) when none is free.
    """
    for _ in range(_TRIES):
        number = _LOWEST + secrets.randbelow(_highest() - _LOWEST)
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            holder.bind(f"\0archeval-port-{number}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", number))
        except OSError:
            holder.close()
            continue
        return HeldPort(number, holder)
    raise HarnessFault(
        f"no port between {_LOWEST} and {_highest()} is free on this machine's loopback; end what takes them all",
        kind="port_taken",
    )


class NotedSocket(socket.socket):
    """A socket that says which port it is bound to."""

    def __init__(self, family: int, kind: int, note: Callable[[int], None]) -> None:
        super().__init__(family, kind)
        self._note = note

    def bind(self, address: Any, /) -> None:
        """See socket.socket."""
        super().bind(address)
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            self._note(self.getsockname()[1])


def _highest() -> int:
    try:
        lowest_given = int(_RANGE.read_text().split()[0])
    except (OSError, ValueError):
        return _USUAL_HIGHEST
    return lowest_given if lowest_given > _LOWEST + _TRIES else _USUAL_HIGHEST

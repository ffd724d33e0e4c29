"""Ports of this machine's loopback for pods that share it."""

import socket
from collections.abc import Callable
from typing import Any

from scorers.testbed.network import LOOPBACK, candidate_ports, no_free_port


class HeldPort:
    """A port that no other archeval of this machine takes meanwhile."""

    def __init__(self, number: int, holder: socket.socket) -> None:
        self.number = number
        self._holder = holder

    def close(self) -> None:
        """Let go of it. May be called again."""
        self._holder.close()


def hold_port() -> HeldPort:
    """Return a free TCP port of this machine's loopback.

    It is held by a name that the kernel forgets with its holder, and not bound: the service is to bind it. Raises
    HarnessFault (kind `port_taken`) when none is free.
    """
    for number in candidate_ports():
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            holder.bind(f"\0archeval-port-{number}")
            with socket.socket() as probe:
                probe.bind((LOOPBACK, number))
        except OSError:
            holder.close()
            continue
        return HeldPort(number, holder)
    raise no_free_port()


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

"""A server that runs as a process of the testbed's own: where it runs, and what faults may do to it."""

from dataclasses import dataclass
from typing import Protocol


class OwnProcess(Protocol):
    """A server that may be killed, paused and restarted, because no other grade uses it."""

    @property
    def pid(self) -> int:
        """The process id of the server that runs now. Raises HarnessFault (kind 'server_down') when none does."""
        ...

    def kill(self) -> None:
        """End the server with SIGKILL, and wait until it is gone. A server that is gone stays gone."""
        ...

    def restart(self) -> None:
        """Start it again at the same address on the same folder, and wait until it is ready. Ends it first if it runs."""
        ...


@dataclass(frozen=True)
class ServerPlace:
    """Where a server with a TCP port is to run. By default on this machine's loopback, at a port that is free."""

    enter: tuple[str, ...] = ()
    """A command prefix that runs a program in a pod's network namespace, such as `nsenter … -n`; empty: this machine's."""
    port: int | None = None
    """The loopback port; None picks one that is free."""

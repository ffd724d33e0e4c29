"""A server that runs as a process of the testbed's own, and what faults may do to it."""

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

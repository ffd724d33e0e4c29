"""What graders, faults and load runs may ask of a submission's running service."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Usage:
    """What a service uses just now."""

    memory_bytes: int
    """Of all its processes: proportional set sizes, or what the control group counts."""
    peak_memory_bytes: int
    processes: int
    disk_bytes: int
    """What its folder holds."""
    cpu_s: float
    """Processor time of the processes that live."""


class Service(Protocol):
    """A submission's service in a pod."""

    @property
    def port(self) -> int:
        """Where `web` listens, on the pod's loopback."""
        ...

    def start(self) -> None:
        """Build, migrate, start every process, and wait until `GET /ready` answers 200. Raises ServiceFailure."""
        ...

    def output(self) -> str:
        """What the service printed: the beginning and the end when it is long. Text of the submission."""
        ...

    def kill(self, process: str) -> None:
        """End one process with all its children, as a crash does."""
        ...

    def restart(self, process: str) -> None:
        """End one process if it runs, and start it again; does not wait for readiness (see `wait_until_ready`)."""
        ...

    def pause(self, process: str) -> None:
        """Stop one process with all its children (SIGSTOP)."""
        ...

    def resume(self, process: str) -> None:
        """Let a paused process go on (SIGCONT)."""
        ...

    def wait_until_ready(self, timeout_s: float) -> float:
        """Return after how many seconds `GET /ready` answered 200. Raises ServiceFailure when it did not in time."""
        ...

    def usage(self) -> Usage:
        """What it uses just now."""
        ...

    def assert_alive(self) -> None:
        """Raise ServiceFailure unless every process that was not killed on purpose runs, saying why it ended."""
        ...

    def stop(self) -> None:
        """End all processes with all their children. May be called again; `start` starts anew."""
        ...

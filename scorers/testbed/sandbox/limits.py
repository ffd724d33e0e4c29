"""What a sandboxed service may use."""

from dataclasses import dataclass

MIB = 1024**2


@dataclass(frozen=True)
class ServiceLimits:
    """Limits of one service, all its processes together unless said otherwise."""

    memory_bytes: int = 512 * MIB
    """Memory of all processes, files in memory (`/tmp`, the service's folder) included."""
    processes: int = 128
    """Processes and threads."""
    disk_bytes: int = 256 * MIB
    """What its folder may hold; `/tmp` of each process may hold as much again."""
    cpus: frozenset[int] | None = None
    """The processors it may run on; None means all."""
    output_bytes: int = 64 * MIB
    """What it may print in all; beyond that it is ended."""
    build_s: float = 60.0
    migrate_s: float = 60.0
    ready_s: float = 30.0
    """How long after its start `GET /ready` may take to answer 200."""

"""What graders may ask of a Valkey server, whichever provider stands behind it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:  # it takes a quarter of a second to import, and most grades have no Valkey
    import redis

ValkeyRole = Literal["app", "admin"]
"""Who a client is: the submission's user, or the grader's administrator."""

ValkeyClient: TypeAlias = "redis.Redis"
"""redis-py's client, which speaks to Valkey; answers are bytes."""


@dataclass(frozen=True)
class ValkeyFeatures:
    """What this provider's server can do, so that a check can be not applicable where it cannot."""

    server_version: str
    own_server: bool
    """The server belongs to this grade alone: its counters are the submission's, and its settings may be changed."""


@dataclass(frozen=True)
class ValkeyStats:
    """The server's own counters. All but the two gauges at the end only grow until the server restarts."""

    keyspace_hits: int
    keyspace_misses: int
    commands: int
    connections: int
    evicted_keys: int
    expired_keys: int
    keys: int
    used_memory_bytes: int

    @property
    def hit_ratio(self) -> float | None:
        """Hits among all reads of keys, 0..1; None when nothing was read."""
        reads = self.keyspace_hits + self.keyspace_misses
        return self.keyspace_hits / reads if reads else None

    def since(self, before: "ValkeyStats") -> "ValkeyStats":
        """Return how much the counters grew after `before`, with the gauges as they are now."""
        return ValkeyStats(
            keyspace_hits=self.keyspace_hits - before.keyspace_hits,
            keyspace_misses=self.keyspace_misses - before.keyspace_misses,
            commands=self.commands - before.commands,
            connections=self.connections - before.connections,
            evicted_keys=self.evicted_keys - before.evicted_keys,
            expired_keys=self.expired_keys - before.expired_keys,
            keys=self.keys,
            used_memory_bytes=self.used_memory_bytes,
        )


class ValkeyServer(Protocol):
    """A Valkey server (or one database of a server) for one grade."""

    @property
    def features(self) -> ValkeyFeatures:
        """What the server can do."""
        ...

    @property
    def socket_folder(self) -> Path | None:
        """The folder with the server's unix socket and nothing else, to be bound into a pod; None where it has none."""
        ...

    def url(self, *, socket_folder: Path | None = None) -> str:
        """Return the submission's REDIS_URL, password included.

        `socket_folder` is where the submission sees `self.socket_folder`, such as `/run/valkey`.
        """
        ...

    def connect(self, role: ValkeyRole) -> ValkeyClient:
        """Return a client with a deadline on every answer. The caller closes it."""
        ...

    def stats(self) -> ValkeyStats:
        """Read the server's counters. Raises HarnessFault (kind 'valkey_gone', attributable) when it does not answer."""
        ...

    def drop_cache(self) -> None:
        """Remove every key of the submission, as an operator who empties the cache does."""
        ...

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'valkey_gone') unless the server answers."""
        ...

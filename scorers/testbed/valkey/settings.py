"""How a testbed's Valkey is set up, the same on every provider."""

from dataclasses import dataclass
from typing import Literal

EvictionPolicy = Literal[
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
]


@dataclass(frozen=True)
class ValkeySettings:
    """What a scenario may choose about its Valkey."""

    maxmemory_bytes: int = 128 * 1024**2
    maxmemory_policy: EvictionPolicy = "noeviction"
    """What happens at `maxmemory_bytes`; `noeviction`, the server's own default, refuses writes."""


ADMIN_USER = "archeval_admin"
APP_USER = "app"

ADMIN_RULES = ("~*", "&*", "+@all")

APP_RULES = (
    "~*",
    "&*",
    "+@all",
    "-@admin",
    "-@dangerous",
    "-debug",
    # Marked dangerous because they are slow or thorough, and of use to an application all the same.
    "+info",
    "+keys",
    "+flushdb",
    "+sort",
    "+sort_ro",
)
"""What the submission's user may do: all that applications do, and nothing that changes, stops or looks into the server
or concerns other clients. FLUSHALL is denied, for a server may have databases of others."""

MAX_CLIENTS = 1000
DATABASES = 16


def server_settings(settings: ValkeySettings) -> dict[str, str]:
    """Return the directives that every provider's server of its own gets: nothing kept on disk, memory bounded."""
    return {
        "save": '""',
        "databases": str(DATABASES),
        "appendonly": "no",
        "maxmemory": str(settings.maxmemory_bytes),
        "maxmemory-policy": settings.maxmemory_policy,
        # Answers that wait for slow readers count apart from maxmemory.
        "maxmemory-clients": "64mb",
        "maxclients": str(MAX_CLIENTS),
    }

"""The grader's clients of Valkey: deadlines on everything, and the server's counters as numbers."""

import hashlib
from collections.abc import Mapping
from typing import Any, cast

import redis

from scorers.testbed.valkey.protocol import ValkeyClient, ValkeyStats
from scorers.testbed.valkey.settings import DATABASES

ANSWER_S = 10.0
"""How long an answer may take: a script of the submission can keep the server busy."""

CONNECT_S = 5.0


def open_client(url: str) -> ValkeyClient:
    """Return a client of `url` that neither retries nor waits longer than ANSWER_S for an answer."""
    client: ValkeyClient = redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        url, socket_timeout=ANSWER_S, socket_connect_timeout=CONNECT_S, retry=None
    )
    return client


def ask(client: ValkeyClient, *words: str) -> Any:
    """Send one command and return its answer as redis-py reads it. Raises redis.RedisError."""
    return cast(Any, client.execute_command(*words))  # pyright: ignore[reportUnknownMemberType]


def facts_of(client: ValkeyClient) -> Mapping[str, Any]:
    """Return what `INFO` says. Raises redis.RedisError."""
    return cast("Mapping[str, Any]", client.info("all"))  # pyright: ignore[reportUnknownMemberType]


def server_version(facts: Mapping[str, Any]) -> str:
    """Return Valkey's version; for a Redis server, its version with the name in front."""
    own = facts.get("valkey_version")
    return str(own) if own else f"redis {facts['redis_version']}"


def stats_of(facts: Mapping[str, Any], *, databases: frozenset[int] | None = None) -> ValkeyStats:
    """Return the counters in `facts`; `keys` counts those of `databases`, or of all."""
    return ValkeyStats(
        keyspace_hits=int(facts["keyspace_hits"]),
        keyspace_misses=int(facts["keyspace_misses"]),
        commands=int(facts["total_commands_processed"]),
        connections=int(facts["total_connections_received"]),
        evicted_keys=int(facts["evicted_keys"]),
        expired_keys=int(facts["expired_keys"]),
        keys=sum(_keys(facts, number) for number in (databases if databases is not None else range(DATABASES))),
        used_memory_bytes=int(facts["used_memory"]),
    )


def password_rule(password: str) -> str:
    """Return the ACL rule that sets `password` without naming it."""
    return "#" + hashlib.sha256(password.encode()).hexdigest()


def _keys(facts: Mapping[str, Any], database: int) -> int:
    found = facts.get(f"db{database}")
    return int(cast("Mapping[str, Any]", found)["keys"]) if isinstance(found, Mapping) else 0

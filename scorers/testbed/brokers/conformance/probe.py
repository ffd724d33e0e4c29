"""What a probe of the conformance suite is: one thing that a broker does for one client, or does not."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

Settings = dict[str, str]
"""How to reach the broker: confluent-kafka's names for Kafka (`bootstrap.servers` at least), `url` for NATS."""


@dataclass(frozen=True)
class Probe:
    """One question to a broker. The id is `<client>.<what>`, and is the capability that holds when it succeeds."""

    id: str
    asks: str
    run: Callable[[Settings], None]
    """Raises when the answer is no. Has the process to itself, and is killed when its time is up."""
    timeout_s: float
    prepare: Callable[[Settings, str], None] | None = None
    """For probes across a restart: what happens before it; the second argument names the topic or stream."""
    check: Callable[[Settings, str], None] | None = None
    """What must hold after the restart."""

    @property
    def needs_restart(self) -> bool:
        """Whether the broker must be restarted between `prepare` and `check`; then `run` is not called."""
        return self.prepare is not None


class NotConforming(Exception):
    """The broker answered, and not as Kafka (or NATS) does."""


def require(holds: object, what: str) -> None:
    """Raise NotConforming with `what` unless `holds`."""
    if not holds:
        raise NotConforming(what)


def fresh_name(what: str) -> str:
    """Return a name for a topic, group or stream that nobody has used."""
    return f"probe-{what}-{secrets.token_hex(4)}"


def only_across(_settings: Settings) -> None:
    """Stand in for `run` of probes that have two halves."""
    raise NotConforming("this probe needs a restart between its halves")

"""What a probe of the conformance suite is: one thing that a broker does for one client, or does not."""

import os
import secrets
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Settings = dict[str, str]
"""How to reach the broker: confluent-kafka's names for Kafka (`bootstrap.servers` at least), `url` for NATS."""


End = Literal["stop", "kill"]
"""How a broker is ended before it is started again: in order (SIGTERM), or by SIGKILL."""


@dataclass(frozen=True)
class Across:
    """The two halves of a probe across the broker's end; the second argument of both names the topic or stream."""

    end: End
    before: Callable[[Settings, str], None]
    after: Callable[[Settings, str], None]


@dataclass(frozen=True)
class Probe:
    """One question to a broker. The id is `<client>.<what>`, and is the capability that holds when it succeeds."""

    id: str
    asks: str
    run: Callable[[Settings], None]
    """Raises when the answer is no. Has the process to itself, and is killed when its time is up."""
    timeout_s: float
    across: Across | None = None
    """For probes across a restart of the broker; then `run` is not called."""


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


@contextmanager
def doomed(work: Callable[[], None]) -> Generator[Callable[[], None]]:
    """Run `work` in a forked process, and give what kills it. Use it before the process has any client or thread."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    gone = False

    def kill() -> None:
        nonlocal gone
        if not gone:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            gone = True

    try:
        yield kill
    finally:
        kill()

"""The servers beside PostgreSQL: only those that a scenario needs are opened, and only those can be asked for."""

import importlib
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

from scorers.errors import HarnessFault
from scorers.scenario import Need
from scorers.testbed.brokers.protocol import KafkaBroker, NatsServer, Placing
from scorers.testbed.valkey.protocol import ValkeyServer

T = TypeVar("T")


@dataclass(frozen=True)
class Openers:
    """Where a provider's openers are, as `module:function`.

    Their clients take a second to import, so a module is imported when its server is needed, and not before.
    """

    valkey: str
    kafka: str
    nats: str


class Companions:
    """The open servers of one testbed."""

    def __init__(
        self,
        *,
        valkey: ValkeyServer | None = None,
        kafka: Placing[KafkaBroker] | None = None,
        nats: Placing[NatsServer] | None = None,
    ) -> None:
        self._valkey = valkey
        self._kafka = kafka
        self._nats = nats

    @property
    def valkey(self) -> ValkeyServer:
        """The Valkey. Raises HarnessFault when it was not asked for."""
        if self._valkey is None:
            raise not_asked_for("valkey")
        return self._valkey

    @property
    def kafka(self) -> Placing[KafkaBroker]:
        """The Kafka broker. Raises HarnessFault when it was not asked for."""
        if self._kafka is None:
            raise not_asked_for("kafka")
        return self._kafka

    @property
    def nats(self) -> Placing[NatsServer]:
        """The NATS server. Raises HarnessFault when it was not asked for."""
        if self._nats is None:
            raise not_asked_for("nats")
        return self._nats

    @property
    def description(self) -> dict[str, str]:
        """What ran, for the results: the brokers by their own names, for none of the embedded ones is Kafka."""
        found: dict[str, str] = {}
        if self._valkey is not None:
            found["valkey"] = self._valkey.features.server_version
        for kind, broker in (("kafka", self._kafka), ("nats", self._nats)):
            if broker is not None:
                found[kind] = f"{broker.features.name} {broker.features.version}"
        return found


@contextmanager
def open_companions(needs: frozenset[Need], openers: Openers, *arguments: object) -> Generator[Companions]:
    """Open what is in `needs`, giving `arguments` to each opener; close it after the block.

    Raises what the openers raise.
    """
    with ExitStack() as stack:
        yield Companions(
            valkey=stack.enter_context(_opener(openers.valkey, ValkeyServer)(*arguments))
            if "valkey" in needs
            else None,
            kafka=stack.enter_context(_opener(openers.kafka, Placing[KafkaBroker])(*arguments))
            if "kafka" in needs
            else None,
            nats=stack.enter_context(_opener(openers.nats, Placing[NatsServer])(*arguments))
            if "nats" in needs
            else None,
        )


def _opener(where: str, _opens: type[T]) -> Callable[..., AbstractContextManager[T]]:
    module, _, name = where.partition(":")
    return cast("Callable[..., AbstractContextManager[T]]", getattr(importlib.import_module(module), name))


def not_asked_for(need: Need) -> HarnessFault:
    """Return the fault of a grader that wants a server which its scenario does not need."""
    return HarnessFault(
        f"this testbed has no {need}: the scenario's `needs` in scenario.yaml do not name it; add {need!r} there",
        kind="not_asked_for",
    )

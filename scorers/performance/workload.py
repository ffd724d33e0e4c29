"""The workload of a `performance` scenario: Python that knows the contract of the service, and nothing of how it is built.

One package per scenario under `scorers/performance/workloads/`. Everything goes through HTTP and through the statements
of the other programs; a truth to compare with is the slow service that the scenario ships, running beside the
submission's on a database of its own with the same content.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from scorers.performance.traffic import Answer, Request


class Violation(Exception):
    """The contract is broken: `what` happened, `detail` shows it."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.detail = detail


class Side(Protocol):
    """A running service with a database of its own."""

    @property
    def notes(self) -> dict[str, Any]:
        """What a workload remembers about this side, such as ids that it handed out."""
        ...

    def call(self, request: Request) -> Answer:
        """Send a request. Safe for several threads."""
        ...

    def program(self, name: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run a statement of another program as `app_user`; return its rows. Safe for several threads."""
        ...


@dataclass(frozen=True)
class Step:
    """One thing done on both sides; what `run` returns must be equal, as JSON.

    Where the contract lets an answer be a little old, `run` only reads, and is repeated for `patience_s` until it is.
    """

    label: str
    run: Callable[[Side], Any]
    patience_s: float = 0.0


@dataclass(frozen=True)
class Trial:
    """One question that only parallel requests can answer. `run` raises Violation when the contract is broken."""

    name: str
    run: Callable[[Side, Random], None]
    rounds: int = 3


@dataclass(frozen=True)
class FreshCase:
    """A change made behind the service's back, and the answers that must show it.

    `change` does the same on both sides; after it, each of `looks` must answer as on the baseline within `allowed_s`.
    """

    name: str
    looks: Sequence[Request]
    change: Callable[[Side], None]
    allowed_s: float
    compare: Callable[[Side, Answer], Any]


@dataclass(frozen=True)
class Probe:
    """Requests of one kind and weight whose cost is counted: first `warm`, then `measured`, one after the other."""

    endpoint: str
    label: str
    warm: Sequence[Request]
    measured: Sequence[Request]
    rows: int
    """What an answer lists."""
    counted: int = 0
    """What an answer counts or adds up."""
    same_as: str | None = None
    """Label of the probe (a first page) that this one (a deep page) may not cost more than."""


@dataclass
class WriteRun:
    """Writes whose cost is compared with the baseline's: requests, and statements of other programs."""

    requests: list[Request] = field(default_factory=list[Request])
    programs: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])


class Workload(ABC):
    """What a scenario's contract says; made of its functions by `workloads/contract.py`, listed in `workloads/registry.py`."""

    name: str

    @abstractmethod
    def steps(self, random: Random) -> Sequence[Step]:
        """The recorded mix (each clause of the contract, each refusal) and then generated requests, on the small seed."""

    @abstractmethod
    def trials(self) -> Sequence[Trial]:
        """Questions for parallel requests, on the small seed."""

    @abstractmethod
    def fresh_cases(self, random: Random) -> Sequence[FreshCase]:
        """Changes by other programs that answers must show, on the small seed."""

    @abstractmethod
    def probes(self, side: Side, random: Random) -> Sequence[Probe]:
        """Reads and writes to count, on the large seed. May ask `side` for cursors first. Raises Violation."""

    @abstractmethod
    def write_run(self, random: Random) -> WriteRun:
        """Writes to weigh, on the large seed."""

    @abstractmethod
    def memory_requests(self, random: Random, count: int) -> list[Request]:
        """Reads with ever other parameters and large answers, on the large seed."""

    @abstractmethod
    def load_requests(self, side: Side, random: Random, count: int) -> list[Request]:
        """The stated mix, drawn `count` times, on the large seed. May ask `side` for cursors first."""

    @abstractmethod
    def baseline_requests(self, random: Random, count: int) -> list[Request]:
        """The same mix as far as the slow baseline can be asked without walking through it for minutes."""

"""The oracle of a `database_schema` scenario: Python that knows the contract and nothing of the schema.

A scenario's oracle is a model of its contract. It says what the named queries must answer (a hypothesis rule-based
state machine), how to fill a database through them, and which questions of integrity and concurrency the contract
raises. It may use named queries only: the submission's tables are its own business.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.stateful import ContractMachine
from scorers.database_schema.values import Value


@dataclass(frozen=True)
class IntegrityCase:
    """One attempt to store something that must not be stored, or to lose something that must be kept.

    `run` gets a session on a fresh, migrated, empty database. It raises Violation (or ShapeError) when the contract is
    broken, and returns when it holds. Cases with the same `group` are one clause of the contract.
    """

    name: str
    group: str
    run: Callable[[ContractSession, Random], None]


@dataclass(frozen=True)
class ConcurrencyTrial:
    """One question that only parallel sessions can answer (who gets the last item?).

    `run` gets a factory of sessions on one fresh database (one per thread) and raises Violation when the contract is
    broken. It is run for several seeds, each on a fresh database.
    """

    name: str
    run: Callable[[Callable[[], ContractSession], Random], None]
    rounds: int = 8


@dataclass(frozen=True)
class Probe:
    """A read whose cost is measured: a query and two sets of parameters of equal weight, the first to warm up with.

    `label` tells apart several probes of one query (first page, deep page).
    """

    query: str
    label: str
    warm: Params
    measured: Params
    tenant: Value = None
    min_rows: int = 1
    """The measured call must return at least so many rows; fewer is a violation of the contract, not a cheap call."""


@dataclass
class Population:
    """What the oracle stored through the named queries, and how to ask for it."""

    rows: int = 0
    markers: list[str] = field(default_factory=list[str])
    """Texts that occur in this population's data and nowhere else."""
    secrets: list[str] = field(default_factory=list[str])
    """Values that the contract says must not be readable in the database."""
    ids: dict[str, list[Value]] = field(default_factory=dict[str, list[Any]])
    """Ids handed out by the submission, by kind (`project`, `task`, …)."""
    probes: list[Probe] = field(default_factory=list[Probe])


@dataclass(frozen=True)
class CrossReference:
    """An attempt, through a named query, to tie something of tenant `own` to something of tenant `other`.

    `run(session, own, other, populations)` returns the call's result; it must be refused or have no effect that
    `other` can see. `populations` maps both tenants to what was stored for them.
    """

    name: str
    run: Callable[[ContractSession, Value, Value, dict[Value, Population]], CallResult]


class Oracle(ABC):
    """What a scenario's contract says. One subclass per contract, registered in `oracles/registry.py`."""

    name: str

    @abstractmethod
    def machine(self) -> type[ContractMachine]:
        """The state machine that compares the named queries with a model."""

    @abstractmethod
    def populate(self, session: ContractSession, random: Random, rows: int, population: Population) -> None:
        """Add about `rows` rows of the growing kinds, skewed as real data is, for the cost measurements.

        Called twice on one database with the same `population` (to n, then to 4n rows); refreshes its `probes`.
        """

    def integrity_cases(self) -> Sequence[IntegrityCase]:
        """Attempts that the database itself must withstand."""
        return ()

    def concurrency_trials(self) -> Sequence[ConcurrencyTrial]:
        """Questions for parallel sessions."""
        return ()


class TenantOracle(Oracle):
    """An oracle whose contract keeps tenants apart."""

    @abstractmethod
    def new_tenant(self, random: Random) -> Value:
        """An id for a tenant that does not exist yet."""

    @abstractmethod
    def register_tenant(self, session: ContractSession, random: Random, tenant: Value) -> None:
        """Make `tenant` exist, with as little as the contract allows."""

    @abstractmethod
    def populate_tenant(self, session: ContractSession, random: Random, tenant: Value) -> Population:
        """Register `tenant` and store a little of everything for it, every text carrying a marker of its own."""

    @abstractmethod
    def reads_of_tenant(self, session: ContractSession, tenant: Value, population: Population) -> list[CallResult]:
        """Call every read query as `tenant` with ids from `population`, which may be another tenant's."""

    @abstractmethod
    def writes_of_tenant(self, session: ContractSession, tenant: Value, population: Population) -> list[CallResult]:
        """Call every changing query as `tenant`, aimed at ids from `population`, which may be another tenant's."""

    @abstractmethod
    def cross_references(self) -> Sequence[CrossReference]:
        """Attempts to tie one tenant's things to another's through the contract."""

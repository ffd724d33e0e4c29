"""A workload as data: the sizes of its seed, and the functions that know its contract."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

from scorers.performance.traffic import Request
from scorers.performance.workload import FreshCase, Probe, Side, Step, Trial, Workload, WriteRun

S = TypeVar("S")
"""What a scenario's seed stored: a class that takes the numbers of `parameters.seed`."""


@dataclass(frozen=True)
class Contract(Generic[S]):
    """What `Workload` asks for, as functions of the seed's sizes; see there. The first four are for the small seed."""

    name: str
    sizes: Callable[..., S]
    recorded: Callable[[S], Sequence[Step]]
    generated: Callable[[S, Random], Sequence[Step]]
    trials: Callable[[S], Sequence[Trial]]
    fresh_cases: Callable[[S, Random], Sequence[FreshCase]]
    probes: Callable[[S, Side, Random], Sequence[Probe]]
    write_run: Callable[[S, Random], WriteRun]
    memory_requests: Callable[[S, Random, int], list[Request]]
    load_requests: Callable[[S, Side, Random, int], list[Request]]
    baseline_requests: Callable[[S, Random, int], list[Request]]


class ContractWorkload(Workload, Generic[S]):
    """The workload of a contract, for seeds of these sizes. Raises TypeError when they are not those it knows."""

    def __init__(self, contract: Contract[S], small: dict[str, int], large: dict[str, int]) -> None:
        self.name = contract.name
        self._contract = contract
        self._small = contract.sizes(**small)
        self._large = contract.sizes(**large)

    def steps(self, random: Random) -> Sequence[Step]:
        """See Workload."""
        return [*self._contract.recorded(self._small), *self._contract.generated(self._small, random)]

    def trials(self) -> Sequence[Trial]:
        """See Workload."""
        return self._contract.trials(self._small)

    def fresh_cases(self, random: Random) -> Sequence[FreshCase]:
        """See Workload."""
        return self._contract.fresh_cases(self._small, random)

    def probes(self, side: Side, random: Random) -> Sequence[Probe]:
        """See Workload."""
        return self._contract.probes(self._large, side, random)

    def write_run(self, random: Random) -> WriteRun:
        """See Workload."""
        return self._contract.write_run(self._large, random)

    def memory_requests(self, random: Random, count: int) -> list[Request]:
        """See Workload."""
        return self._contract.memory_requests(self._large, random, count)

    def load_requests(self, side: Side, random: Random, count: int) -> list[Request]:
        """See Workload."""
        return self._contract.load_requests(self._large, side, random, count)

    def baseline_requests(self, random: Random, count: int) -> list[Request]:
        """See Workload."""
        return self._contract.baseline_requests(self._large, random, count)

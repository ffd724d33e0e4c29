"""The workload of `hot_counter`: campaigns with counters that many pledges change at the same time."""

from collections.abc import Sequence
from random import Random

from scorers.performance.traffic import Request
from scorers.performance.workload import FreshCase, Probe, Side, Step, Trial, Workload, WriteRun
from scorers.performance.workloads.hot_counter import probes
from scorers.performance.workloads.hot_counter.campaigns import Sizes
from scorers.performance.workloads.hot_counter.fresh import fresh_cases
from scorers.performance.workloads.hot_counter.steps import generated, recorded
from scorers.performance.workloads.hot_counter.trials import trials


class HotCounter(Workload):
    """See Workload."""

    name = "hot_counter"

    def __init__(self, small: dict[str, int], large: dict[str, int]) -> None:
        self._small = Sizes(**small)
        self._large = Sizes(**large)

    def steps(self, random: Random) -> Sequence[Step]:
        """See Workload."""
        return [*recorded(self._small), *generated(self._small, random)]

    def trials(self) -> Sequence[Trial]:
        """See Workload."""
        return trials(self._small)

    def fresh_cases(self, random: Random) -> Sequence[FreshCase]:
        """See Workload."""
        return fresh_cases(self._small, random)

    def probes(self, side: Side, random: Random) -> Sequence[Probe]:
        """See Workload. Places in pages are numbers that the contract gives, so `side` is not asked."""
        del side
        return probes.probes(self._large, random)

    def write_run(self, random: Random) -> WriteRun:
        """See Workload."""
        return probes.write_run(self._large, random)

    def memory_requests(self, random: Random, count: int) -> list[Request]:
        """See Workload."""
        return probes.memory_requests(self._large, random, count)

    def load_requests(self, side: Side, random: Random, count: int) -> list[Request]:
        """See Workload."""
        del side
        return probes.load_requests(self._large, random, count)

    def baseline_requests(self, random: Random, count: int) -> list[Request]:
        """See Workload."""
        return probes.load_requests(self._large, random, count)

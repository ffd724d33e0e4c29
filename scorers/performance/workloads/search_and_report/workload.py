"""The workload of `search_and_report`: a help desk with searches, pages, tickets, reports and a few writes."""

from collections.abc import Sequence
from random import Random

from scorers.performance.traffic import Request
from scorers.performance.workload import FreshCase, Probe, Side, Step, Trial, Workload, WriteRun
from scorers.performance.workloads.search_and_report import probes
from scorers.performance.workloads.search_and_report.desk import Sizes
from scorers.performance.workloads.search_and_report.fresh import fresh_cases
from scorers.performance.workloads.search_and_report.generated import generated
from scorers.performance.workloads.search_and_report.steps import recorded
from scorers.performance.workloads.search_and_report.trials import trials


class SearchAndReport(Workload):
    """See Workload."""

    name = "search_and_report"

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
        """See Workload."""
        return probes.probes(self._large, side, random)

    def write_run(self, random: Random) -> WriteRun:
        """See Workload."""
        return probes.write_run(self._large, random)

    def memory_requests(self, random: Random, count: int) -> list[Request]:
        """See Workload."""
        return probes.memory_requests(self._large, random, count)

    def load_requests(self, side: Side, random: Random, count: int) -> list[Request]:
        """See Workload."""
        return probes.load_requests(self._large, side, random, count)

    def baseline_requests(self, random: Random, count: int) -> list[Request]:
        """See Workload."""
        return probes.baseline_requests(self._large, random, count)

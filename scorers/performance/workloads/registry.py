"""The workloads there are, by the name that a scenario's `parameters.workload` gives."""

from collections.abc import Callable

from scorers.errors import InputError
from scorers.performance.parameters import PerformanceParameters
from scorers.performance.workload import Workload
from scorers.performance.workloads.hot_counter.workload import HotCounter
from scorers.performance.workloads.order_history.workload import OrderHistory
from scorers.performance.workloads.search_and_report.workload import SearchAndReport

WORKLOADS: dict[str, Callable[[dict[str, int], dict[str, int]], Workload]] = {
    OrderHistory.name: OrderHistory,
    HotCounter.name: HotCounter,
    SearchAndReport.name: SearchAndReport,
}


def workload_of(parameters: PerformanceParameters) -> Workload:
    """The scenario's workload. Raises InputError when there is none of that name, or the seed's numbers do not fit."""
    make = WORKLOADS.get(parameters.workload)
    if make is None:
        raise InputError(f"no performance workload {parameters.workload!r}; there are {sorted(WORKLOADS)}")
    try:
        return make(parameters.seed.small, parameters.seed.large)
    except TypeError as error:
        raise InputError(f"workload {parameters.workload!r}: the seed's numbers do not fit: {error}") from error

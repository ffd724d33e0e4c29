"""The workloads there are, by the name that a scenario's `parameters.workload` gives."""

from collections.abc import Callable
from functools import partial

from scorers.errors import InputError
from scorers.performance.parameters import PerformanceParameters
from scorers.performance.workload import Workload
from scorers.performance.workloads.contract import ContractWorkload
from scorers.performance.workloads.hot_counter.workload import HOT_COUNTER
from scorers.performance.workloads.order_history.workload import ORDER_HISTORY
from scorers.performance.workloads.search_and_report.workload import SEARCH_AND_REPORT

WORKLOADS: dict[str, Callable[[dict[str, int], dict[str, int]], Workload]] = {
    ORDER_HISTORY.name: partial(ContractWorkload, ORDER_HISTORY),
    HOT_COUNTER.name: partial(ContractWorkload, HOT_COUNTER),
    SEARCH_AND_REPORT.name: partial(ContractWorkload, SEARCH_AND_REPORT),
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

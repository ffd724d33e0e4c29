"""The workload of `hot_counter`: campaigns with counters that many pledges change at the same time."""

from scorers.performance.workloads.contract import Contract
from scorers.performance.workloads.hot_counter import probes
from scorers.performance.workloads.hot_counter.campaigns import Sizes
from scorers.performance.workloads.hot_counter.fresh import fresh_cases
from scorers.performance.workloads.hot_counter.steps import generated, recorded
from scorers.performance.workloads.hot_counter.trials import trials

HOT_COUNTER = Contract(
    name="hot_counter",
    sizes=Sizes,
    recorded=recorded,
    generated=generated,
    trials=trials,
    fresh_cases=fresh_cases,
    probes=probes.probes,
    write_run=probes.write_run,
    memory_requests=probes.memory_requests,
    load_requests=probes.load_requests,
    baseline_requests=probes.baseline_requests,
)

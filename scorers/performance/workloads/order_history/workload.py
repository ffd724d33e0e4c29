"""The workload of `order_history`: a shop's order history with pages, details, summaries and a few writes."""

from scorers.performance.workloads.contract import Contract
from scorers.performance.workloads.order_history import probes
from scorers.performance.workloads.order_history.fresh import fresh_cases
from scorers.performance.workloads.order_history.shop import Sizes
from scorers.performance.workloads.order_history.steps import generated, recorded
from scorers.performance.workloads.order_history.trials import trials

ORDER_HISTORY = Contract(
    name="order_history",
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

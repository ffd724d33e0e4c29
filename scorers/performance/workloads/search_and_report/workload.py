"""The workload of `search_and_report`: a help desk with searches, pages, tickets, reports and a few writes."""

from scorers.performance.workloads.contract import Contract
from scorers.performance.workloads.search_and_report import probes
from scorers.performance.workloads.search_and_report.desk import Sizes
from scorers.performance.workloads.search_and_report.fresh import fresh_cases
from scorers.performance.workloads.search_and_report.generated import generated
from scorers.performance.workloads.search_and_report.steps import recorded
from scorers.performance.workloads.search_and_report.trials import trials

SEARCH_AND_REPORT = Contract(
    name="search_and_report",
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

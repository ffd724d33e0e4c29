"""The family `performance`: make a slow service fast, and keep it right."""

from scorers.errors import InputError
from scorers.families import Family
from scorers.performance.bench import PerformanceBench, given_programs, open_bench
from scorers.performance.check_behaves import behaves, concurrency, fresh
from scorers.performance.check_costs import memory, writes
from scorers.performance.check_counts import pages, reads, scans, statements
from scorers.performance.check_files import files_complete, service_starts
from scorers.performance.check_load import latency, served
from scorers.performance.check_migrations import (
    data_survives,
    migrations_apply,
    migrations_rebuild,
    migrations_step_down,
    settings_untouched,
)
from scorers.performance.parameters import load_parameters
from scorers.performance.workloads.registry import workload_of
from scorers.scenario import Scenario


def validate(scenario: Scenario) -> None:
    """Raise InputError when the scenario's parameters are wrong or its service is missing."""
    workload_of(load_parameters(scenario))
    if not scenario.given_service():
        raise InputError(f"scenario {scenario.id!r} has no 'fixtures/service'; put the slow service there")
    given_programs(scenario)


FAMILY: Family[PerformanceBench] = Family(
    name="performance",
    title="Performance optimisation",
    checks=(
        files_complete,
        migrations_apply,
        settings_untouched,
        migrations_step_down,
        migrations_rebuild,
        data_survives,
        service_starts,
        behaves,
        concurrency,
        fresh,
        statements,
        reads,
        scans,
        pages,
        writes,
        memory,
        served,
        latency,
    ),
    open_bench=open_bench,
    validate=validate,
)

"""Checks on what a speed-up may have cost elsewhere: writes, and memory."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice

from scorers.checks import Outcome, check, failed, not_applicable, passed
from scorers.errors import HarnessFault
from scorers.evidence import Evidence
from scorers.performance.bench import PerformanceBench
from scorers.performance.counting import Totals, statistics_of
from scorers.performance.judging import submissions_fault
from scorers.performance.sides import RunningSide
from scorers.performance.traffic import Request
from scorers.performance.workload import Violation, WriteRun
from scorers.results import Measurement

CLIENTS = 4
"""How many requests run at once while memory is watched."""

MIB = 1024**2

_INDEXES = b"""
SELECT c.relname, pg_get_indexdef(i.indexrelid), pg_relation_size(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2
"""


@check(
    id="writes",
    title="Writes do not pay for the reads",
    spec_lines=("profile.trade_offs", "task.performance", "capability.caching_and_queries"),
    weight=2,
    requires=("behaves",),
)
@submissions_fault
def writes(bench: PerformanceBench) -> Outcome:
    """Do the same writes, by the service and by other programs, log at most so many times the bytes they logged before?

    Why: every index and every copied sum is written again with each row; a dozen of them makes reading fast and the
    import that runs each night late.
    Source: PostgreSQL documentation, "pg_stat_statements" (wal_bytes) and "Heap-Only Tuples (HOT)".
    Fails: an index for each column that is ever filtered by.
    """
    if not bench.schema.postgres.features.statement_statistics:
        return not_applicable("this server does not keep statement statistics (pg_stat_statements)")
    with bench.side("baseline", "large") as side:
        before, indexes_before = _written(side, bench.workload.write_run(bench.random("writes"))), _indexes(bench, side)
    with bench.side("candidate", "large") as side:
        after, indexes_after = _written(side, bench.workload.write_run(bench.random("writes"))), _indexes(bench, side)
        side.assert_alive()
    if before.wal_bytes <= 0:
        raise HarnessFault("the baseline's writes logged nothing", kind="statistics")
    ratio, limit = after.wal_bytes / before.wal_bytes, bench.parameters.writes.times_baseline
    measurements = [
        Measurement(name="log bytes of writes, times the baseline", value=ratio, unit="times", target=limit),
        Measurement(
            name="statements of writes, times the baseline", value=after.statements / before.statements, unit="times"
        ),
        Measurement(name="indexes", value=len(indexes_after), unit="indexes"),
        Measurement(name="indexes before", value=len(indexes_before), unit="indexes"),
    ]
    added = "\n".join(sorted(set(indexes_after) - set(indexes_before))) or "none"
    evidence = [
        Evidence(title="Indexes added", body=added, kind="sql"),
        Evidence(
            title="Log bytes", body=f"before: {before.wal_bytes:.0f}\nnow:    {after.wal_bytes:.0f}", kind="table"
        ),
    ]
    if ratio > limit:
        return failed(
            f"the same writes log {ratio:.1f} times the bytes they did, at most {limit:g} times is allowed",
            evidence=evidence,
            measurements=measurements,
        )
    return passed(f"writes log {ratio:.1f} times the bytes they did", evidence=evidence, measurements=measurements)


@check(
    id="memory",
    title="Memory does not grow with the requests served",
    spec_lines=("capability.caching_and_queries", "metric.availability", "profile.foresight"),
    weight=2,
    requires=("reads", "scans"),
)
@submissions_fault
def memory(bench: PerformanceBench) -> Outcome:
    """Once warm, does the service use about as much memory after another thousand requests as before them?

    Why: a cache without an end, or a list that everything is added to, ends in a restart at the busiest hour.
    Source: Nygard, "Release It!", on unbounded caches.
    Fails: a dictionary that keeps every answer ever given.
    """
    limits = bench.parameters.memory
    total = limits.warm_requests + 2 * limits.requests
    requests = iter(bench.workload.memory_requests(bench.random("memory"), total))
    with bench.side("candidate", "large") as side:
        sizes: list[int] = []
        for number in (limits.warm_requests, limits.requests, limits.requests):
            _serve(side, list(islice(requests, number)))
            side.assert_alive()
            sizes.append(side.service.usage().memory_bytes)
    grown = min(sizes[2] - sizes[1], sizes[1] - sizes[0])
    measurements = [
        Measurement(name="memory", value=sizes[2] / MIB, unit="MiB", target=limits.limit_bytes / MIB),
        Measurement(
            name=f"memory growth over {limits.requests} requests",
            value=grown / MIB,
            unit="MiB",
            target=limits.growth_bytes / MIB,
        ),
    ]
    body = "\n".join(f"{size / MIB:8.1f} MiB after {label}" for size, label in zip(sizes, _labels(bench), strict=True))
    evidence = [Evidence(title="Memory", body=body, kind="table")]
    if grown > limits.growth_bytes:
        return failed(
            f"memory grows by at least {grown / MIB:.0f} MiB with every {limits.requests} requests",
            evidence=evidence,
            measurements=measurements,
        )
    return passed(f"memory stays at {sizes[2] / MIB:.0f} MiB", evidence=evidence, measurements=measurements)


def _written(side: RunningSide, run: WriteRun) -> Totals:
    """What the writes cost on `side`. Raises Violation when one is not answered with success."""
    with statistics_of(side.postgres, side.database) as statistics:
        statistics.reset()
        for request in run.requests:
            answer = side.call(request)
            if answer.status not in {200, 201}:
                raise Violation(f"a write was not answered with success: {request.label}", answer.label)
        for name, params in run.programs:
            side.program(name, params)
        return statistics.totals()


def _indexes(bench: PerformanceBench, side: RunningSide) -> list[str]:
    with closing(bench.schema.postgres.connect(side.database, "admin")) as admin:
        return [str(definition) for _, definition, _ in admin.execute(_INDEXES).fetchall()]


def _serve(side: RunningSide, requests: list[Request]) -> None:
    """Send all requests, a few at a time. Raises Violation when one is not answered with success."""
    with ThreadPoolExecutor(CLIENTS) as threads:
        for request, answer in zip(requests, threads.map(side.call, requests), strict=True):
            if answer.status not in {200, 201}:
                side.assert_alive()
                raise Violation(f"not answered with success: {request.label}", answer.label)


def _labels(bench: PerformanceBench) -> list[str]:
    limits = bench.parameters.memory
    first = limits.warm_requests
    return [f"{first + number * limits.requests} requests" for number in range(3)]

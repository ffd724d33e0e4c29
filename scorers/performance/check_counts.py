"""Checks that count instead of timing: statements, buffers and rows of a request, tables read from end to end, pages."""

from collections.abc import Callable

from scorers.checks import Outcome, check, failed, not_applicable, passed
from scorers.evidence import Evidence
from scorers.performance.bench import PerformanceBench
from scorers.performance.counting import Counts, ProbeCount, count_probes, reset_tables, scanned_tables
from scorers.performance.judging import shaped, submissions_fault
from scorers.performance.parameters import Budget, EndpointParameters
from scorers.results import Measurement

PAGE_BUFFERS = 30
"""Room for a deep page beyond its share: an index level, rows that lie apart."""

_NO_STATISTICS = "this server does not keep statement statistics (pg_stat_statements)"


@check(
    id="statements",
    title="A request takes a bounded number of statements",
    spec_lines=("task.performance", "use_when.slow_queries", "metric.query_performance"),
    weight=4,
    gate=True,
    requires=("behaves",),
)
@submissions_fault
def statements(bench: PerformanceBench) -> Outcome:
    """Does a request send as few statements for a page of 100 as for one of 20 (no N+1), those inside functions included?

    Counted by the server on the large database, averaged over requests with different parameters. Transaction control
    and PostgreSQL's own look-ups for foreign keys do not count.

    Why: each statement is a round trip; a page that takes one per row gets slower with every row and every millisecond of
    network between service and database.
    Source: PostgreSQL documentation, "pg_stat_statements"; Fowler, "Patterns of Enterprise Application Architecture", lazy load.
    Fails: a query for each order of a page.
    """
    if not bench.schema.postgres.features.statement_statistics:
        return not_applicable(_NO_STATISTICS)
    counts = _counted(bench)
    return _judge(bench, counts, "statements", lambda limits: limits.statements, lambda count: count.statements)


@check(
    id="reads",
    title="A request reads no more than its answer warrants",
    spec_lines=("anti.no_indexing", "anti.unplanned_query_patterns", "observability.explain_slow_queries"),
    weight=4,
    gate=True,
    requires=("statements",),
)
def reads(bench: PerformanceBench) -> Outcome:
    """Do buffers touched and rows fetched stay within what the rows of the answer, and what it counts, can explain?

    Why: an index with its columns in the wrong order, or rows that are fetched to be thrown away, cost little on a small
    table and everything on a large one.
    Source: PostgreSQL documentation, "Multicolumn Indexes"; use-the-index-luke.com.
    Fails: an index that begins with the date, where pages are asked for by customer.
    """
    counts = bench.counts
    if counts is None:
        return not_applicable(_NO_STATISTICS)
    buffers = _judge(bench, counts, "buffers", lambda limits: limits.buffers, lambda count: count.buffers)
    rows = _judge(bench, counts, "rows fetched", lambda limits: limits.result_rows, lambda count: count.rows)
    worse = buffers if buffers.score <= rows.score else rows
    measurements = buffers.measurements + rows.measurements
    if worse.status == "passed":
        evidence = buffers.evidence + rows.evidence
        return passed(f"{buffers.message}; {rows.message}", evidence=evidence, measurements=measurements)
    return failed(worse.message, score=worse.score, evidence=worse.evidence, measurements=measurements)


@check(
    id="scans",
    title="No large table is read from end to end",
    spec_lines=("anti.no_indexing", "observability.explain_slow_queries", "use_when.scaling_bottlenecks"),
    weight=2,
    requires=("statements",),
)
def scans(bench: PerformanceBench) -> Outcome:
    """Did no request make the server read a whole table of tens of thousands of rows?

    Why: what reads the whole table gets slower every day, and pushes what others need out of memory.
    Source: PostgreSQL documentation, "The Cumulative Statistics System".
    Fails: lines of an order looked up without an index on the order.
    """
    counts = bench.counts
    if counts is None:
        return not_applicable(_NO_STATISTICS)
    read = sum(table.rows for table in counts.scanned)
    measurement = Measurement(name="rows read by scans of large tables", value=read, unit="rows", target=0)
    if not counts.scanned:
        return passed("no large table was read from end to end", measurements=[measurement])
    body = "\n".join(f"{table.name}: {table.scans} scans, {table.rows} rows" for table in counts.scanned)
    return failed(
        f"{len(counts.scanned)} large tables were read from end to end",
        evidence=[Evidence(title="Scans", body=body, kind="table")],
        measurements=[measurement],
    )


@check(
    id="pages",
    title="A page costs the same at any depth",
    spec_lines=("task.performance", "anti.unplanned_query_patterns", "use_when.scaling_bottlenecks"),
    weight=2,
    requires=("statements",),
)
def pages(bench: PerformanceBench) -> Outcome:
    """Does a page far behind the first touch no more than the first?

    Why: OFFSET reads all that it skips, so those who scroll furthest pay for everybody.
    Source: PostgreSQL documentation, "LIMIT and OFFSET": skipped rows still have to be computed.
    Fails: `OFFSET 500 LIMIT 20`, whatever the index.
    """
    counts = bench.counts
    if counts is None:
        return not_applicable(_NO_STATISTICS)
    pairs = [(count, counts.labelled(count.probe.same_as)) for count in counts.probes if count.probe.same_as]
    if not pairs:
        return not_applicable("the contract has no pages")
    factor = bench.parameters.page_growth
    deeper = [(deep, first) for deep, first in pairs if deep.buffers > factor * first.buffers + PAGE_BUFFERS]
    lines = [
        f"{deep.probe.label}: {deep.buffers:.0f} buffers; {first.probe.label}: {first.buffers:.0f}"
        for deep, first in pairs
    ]
    table = Evidence(title="Buffers", body="\n".join(lines), kind="table")
    measurements = [
        Measurement(
            name=f"buffers: {deep.probe.label}",
            value=deep.buffers,
            unit="buffers",
            target=factor * first.buffers + PAGE_BUFFERS,
        )
        for deep, first in pairs
    ]
    if deeper:
        costliest = [Evidence(title=deep.probe.label, body=deep.costliest, kind="table") for deep, _ in deeper]
        return failed("deep pages cost more than the first", evidence=[table, *costliest], measurements=measurements)
    return passed("deep pages cost what the first one costs", evidence=[table], measurements=measurements)


def _counted(bench: PerformanceBench) -> Counts:
    """Count all probes, once per grade. Raises Violation and ServiceFailure."""
    if bench.counts is None:
        with bench.side("candidate", "large") as side:
            with shaped("asking for pages"):
                probes = bench.workload.probes(side, bench.random("probes"))
            reset_tables(side)
            counted = count_probes(side, probes)
            side.assert_alive()
            scanned = scanned_tables(side, at_least_rows=bench.parameters.large_table_rows)
            bench.counts = Counts(counted, scanned)
    return bench.counts


def _judge(
    bench: PerformanceBench,
    counts: Counts,
    what: str,
    limit_of: Callable[[EndpointParameters], Budget | None],
    value_of: Callable[[ProbeCount], float],
) -> Outcome:
    """Compare one figure of every probe with its budget."""
    judged: list[tuple[ProbeCount, float, float]] = []
    for count in counts.probes:
        limits = bench.parameters.endpoints.get(count.probe.endpoint)
        budget = limit_of(limits) if limits else None
        if budget is not None:
            judged.append((count, value_of(count), budget.allows(count.probe.rows, count.probe.counted)))
    measurements = [
        Measurement(name=f"{what}: {count.probe.label}", value=value, unit=what.split()[0], target=limit)
        for count, value, limit in judged
    ]
    lines = [f"{value:8.1f} of {limit:6.0f}  {count.probe.label}" for count, value, limit in judged]
    table = Evidence(title=f"{what} per request, and the most allowed", body="\n".join(lines), kind="table")
    over = [(count, value, limit) for count, value, limit in judged if value > limit]
    if not over:
        return passed(f"{what} of {len(judged)} requests within bounds", evidence=[table], measurements=measurements)
    costliest = [Evidence(title=count.probe.label, body=count.costliest, kind="table") for count, _, _ in over[:4]]
    worst = ", ".join(f"{count.probe.label} ({value:.0f} of {limit:.0f})" for count, value, limit in over[:4])
    return failed(
        f"{what}: {len(over)} of {len(judged)} requests are over: {worst}",
        score=1 - len(over) / len(judged),
        evidence=[table, *costliest],
        measurements=measurements,
    )

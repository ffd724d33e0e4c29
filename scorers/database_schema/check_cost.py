"""Checks on what queries cost, and on whether they go on costing that as the data grows."""

from scorers.checks import Outcome, check, failed, not_applicable, passed
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.check_contract import violation_evidence
from scorers.database_schema.cost import explain, grown_tables, measure, settle
from scorers.database_schema.oracle import Population
from scorers.database_schema.parameters import CostBudget
from scorers.database_schema.probe_cost import CostRecord, ProbeCost
from scorers.database_schema.values import ShapeError
from scorers.database_schema.violation import Violation
from scorers.evidence import Evidence
from scorers.results import Measurement

SMALL_ROWS = 5_000
LARGE_ROWS = 20_000
GROWN_AT_ROWS = 500
GROWTH_FACTOR = 1.5
GROWTH_BUFFERS = 8
GROWTH_TUPLES = 60
"""Room for one more index level, and for a page that holds a few rows more."""


@check(
    id="query_cost",
    title="Each query touches no more than its result warrants",
    spec_lines=("anti.no_indexing", "anti.unplanned_query_patterns", "metric.query_performance"),
    weight=3,
    requires=("right",),
)
def query_cost(bench: SchemaBench) -> Outcome:
    """At 20,000 rows, does a warm call stay within the contract's budget of buffers and tuples for the rows it returns?

    The data is stored through the submission's own queries, skewed, vacuumed and analysed. The server counts.

    Why: a missing or ill-ordered index is invisible in a demo and is the first thing to fail in production.
    Source: PostgreSQL documentation, "Using EXPLAIN" and "pg_stat_statements"; use-the-index-luke.com on paging.
    Fails: a list by project without an index that starts with the project.
    """
    contracts = {contract.name: contract for contract in (*bench.parameters.queries, *bench.parameters.given_queries)}
    if not bench.postgres.features.statement_statistics:
        return not_applicable("this server does not keep statement statistics (pg_stat_statements)")
    if not any(contract.cost for contract in contracts.values()):
        return not_applicable("the contract sets no budgets")
    try:
        record = _measure_both(bench)
    except Violation as violation:
        return failed(violation.what, evidence=violation_evidence(violation))
    except ShapeError as error:
        return failed(
            "the database could not be filled through the queries", evidence=[Evidence(title="Error", body=str(error))]
        )
    bench.costs = record
    budgeted = [(cost, contracts[cost.probe.query].cost) for cost in record.large]
    judged = [(cost, budget) for cost, budget in budgeted if budget is not None]
    over = [(cost, budget) for cost, budget in judged if _over(cost, budget)]
    measurements = [_measurement(cost, budget) for cost, budget in judged]
    table = Evidence(
        title="Cost of each call", body="\n".join(_line(cost, budget) for cost, budget in judged), kind="table"
    )
    if not over:
        return passed(
            f"{len(judged)} calls within budget at {LARGE_ROWS} rows", evidence=[table], measurements=measurements
        )
    plans = [
        Evidence(title=f"Plan: {cost.probe.label}", body=record.plans.get(cost.probe.label, ""), kind="plan")
        for cost, _ in over
    ]
    names = _few([cost.probe.label for cost, _ in over])
    return failed(
        f"{len(over)} of {len(judged)} calls are over budget: {names}",
        score=1 - len(over) / len(judged),
        evidence=[table, *plans],
        measurements=measurements,
    )


@check(
    id="query_growth",
    title="Queries do not get slower as the data grows",
    spec_lines=("anti.unplanned_query_patterns", "use_when.scaling_bottlenecks", "profile.foresight"),
    weight=2,
    requires=("right",),
)
def query_growth(bench: SchemaBench) -> Outcome:
    """From 5,000 to 20,000 rows, does the cost of look-ups by key and of keyset pages at any depth stay the same?

    Why: what is linear today is an outage next year; a page reached by OFFSET reads all the pages before it.
    Source: PostgreSQL documentation, "LIMIT and OFFSET": skipped rows still have to be computed.
    Fails: `OFFSET :page * 50` for a deep page.
    """
    record = bench.costs
    contracts = {contract.name: contract for contract in (*bench.parameters.queries, *bench.parameters.given_queries)}
    if not bench.postgres.features.statement_statistics or not any(contract.cost for contract in contracts.values()):
        return not_applicable("no costs are measured here")
    if record is None:
        return failed("the database could not be filled, so no costs were measured")
    pairs = [
        (small, large, budget)
        for small, large in zip(record.small, record.large, strict=True)
        if (budget := contracts[large.probe.query].cost) is not None and not budget.may_grow
    ]
    grown = [(small, large) for small, large, budget in pairs if _grew(small, large, budget)]
    lines = [
        f"{small.buffers:8.0f} → {large.buffers:8.0f} buffers {small.tuples:8.0f} → {large.tuples:8.0f} tuples  {large.probe.label}"
        for small, large, _ in pairs
    ]
    table = Evidence(title=f"Cost at {SMALL_ROWS} and at {LARGE_ROWS} rows", body="\n".join(lines), kind="table")
    if not grown:
        return passed(f"{len(pairs)} calls cost the same at four times the rows", evidence=[table])
    names = _few([large.probe.label for _, large in grown])
    return failed(
        f"{len(grown)} of {len(pairs)} calls grow with the data: {names}",
        score=1 - len(grown) / len(pairs),
        evidence=[table],
    )


def _few(labels: list[str]) -> str:
    """The first three, and how many more."""
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return "; ".join(labels[:3]) + more


def _measure_both(bench: SchemaBench) -> CostRecord:
    with bench.database() as database:
        population = Population()
        random = bench.random("population")
        costs: list[list[ProbeCost]] = []
        for rows in (SMALL_ROWS, LARGE_ROWS):
            with bench.session(database) as session:
                bench.oracle.populate(session, random, rows - population.rows, population)
            settle(bench, database)
            costs.append([_sound(cost) for cost in measure(bench, database, population.probes)])
        bench.grown_tables = grown_tables(bench, database, at_least_rows=GROWN_AT_ROWS)
        plans = {
            cost.probe.label: explain(bench, database, cost.probe) for cost in costs[1] if _suspicious(bench, cost)
        }
    return CostRecord(costs[0], costs[1], plans)


def _suspicious(bench: SchemaBench, cost: ProbeCost) -> bool:
    budget = bench.parameters.query(cost.probe.query).cost
    return budget is not None and _over(cost, budget)


def _sound(cost: ProbeCost) -> ProbeCost:
    """A probe that is refused, or returns less than is there, is a broken contract and no cheap call."""
    if cost.refusal:
        raise Violation(f"{cost.probe.label} on a full database", expected="rows", actual=f"error {cost.refusal}")
    if cost.rows < cost.probe.min_rows:
        raise Violation(
            f"{cost.probe.label} on a full database",
            expected=f"at least {cost.probe.min_rows} rows",
            actual=f"{cost.rows} rows",
        )
    return cost


def _limits(cost: ProbeCost, budget: CostBudget) -> tuple[float, float]:
    return (
        budget.base_buffers + budget.buffers_per_row * cost.rows,
        budget.base_tuples + budget.tuples_per_row * cost.rows,
    )


def _over(cost: ProbeCost, budget: CostBudget) -> bool:
    buffers, tuples = _limits(cost, budget)
    return cost.buffers > buffers or cost.tuples > tuples


def _grew(small: ProbeCost, large: ProbeCost, budget: CostBudget) -> bool:
    more_rows = max(0, large.rows - small.rows)
    buffers = small.buffers * GROWTH_FACTOR + GROWTH_BUFFERS + budget.buffers_per_row * more_rows
    tuples = small.tuples * GROWTH_FACTOR + GROWTH_TUPLES + budget.tuples_per_row * more_rows
    # At the small size the planner may rather read a small table whole: more tuples, fewer buffers. Going over to an index
    # is no growth, so growth in one of the two counts only if the other has not become less.
    more_buffers = large.buffers > buffers and large.tuples >= small.tuples
    more_tuples = large.tuples > tuples and large.buffers >= small.buffers
    return more_buffers or more_tuples


def _line(cost: ProbeCost, budget: CostBudget) -> str:
    buffers, tuples = _limits(cost, budget)
    mark = "OVER" if _over(cost, budget) else "  ok"
    return (
        f"{mark} {cost.buffers:8.0f} of {buffers:6.0f} buffers {cost.tuples:8.0f} of {tuples:6.0f} tuples "
        f"{cost.rows:6d} rows  {cost.probe.label}"
    )


def _measurement(cost: ProbeCost, budget: CostBudget) -> Measurement:
    return Measurement(
        name=f"buffers: {cost.probe.label}", value=cost.buffers, unit="buffers", target=_limits(cost, budget)[0]
    )

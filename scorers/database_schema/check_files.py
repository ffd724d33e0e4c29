"""Check: is everything there that the contract asks for?"""

from scorers.checks import Outcome, check, failed, passed
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.migrations import parse_migrations
from scorers.database_schema.named_queries import NamedQuery, parse_queries
from scorers.evidence import Evidence


@check(
    id="files_complete",
    title="All deliverables are there and can be read",
    spec_lines=("deliverable.database_schema", "evolution.migration_driven"),
    gate=True,
)
def files_complete(bench: SchemaBench) -> Outcome:
    """Are the migrations complete pairs in order, does queries.sql hold every named query, is DESIGN.md there?

    Why: a migration without its way back, or a query that the application calls and nobody wrote, stops a deployment.
    Source: golang-migrate's file naming, aiosql's `-- name:` form, the scenario's contract.
    Fails: `migrations/0002_add_tasks.up.sql` without `migrations/0002_add_tasks.down.sql`.
    """
    files = bench.submission.files
    migrations, problems = parse_migrations(files)
    taken = {step.version for step in bench.base}
    problems += [
        f"version {step.version} is taken by a migration that exists already"
        for step in migrations
        if step.version in taken
    ]
    problems += [
        f"version {step.version} comes before the last one that exists already ({max(taken)})"
        for step in migrations
        if taken and step.version < max(taken) and step.version not in taken
    ]
    queries, query_problems = parse_queries(files.get("queries.sql", ""))
    problems += query_problems if "queries.sql" in files else ["queries.sql is missing"]
    problems += _missing(bench, queries)
    if not files.get("DESIGN.md", "").strip():
        problems.append("DESIGN.md is missing or empty")
    if problems:
        return failed(
            f"{len(problems)} problems with the files", evidence=[Evidence(title="Problems", body="\n".join(problems))]
        )
    bench.migrations = migrations
    bench.queries = queries
    return passed(f"{len(migrations)} migrations, {len(bench.parameters.queries)} queries, DESIGN.md")


def _missing(bench: SchemaBench, queries: dict[str, NamedQuery]) -> list[str]:
    problems: list[str] = []
    for contract in bench.parameters.queries:
        query = queries.get(contract.name)
        if query is None:
            problems.append(f"queries.sql has no query {contract.name!r}")
            continue
        unknown = sorted(set(query.names) - {param.name for param in contract.params})
        if unknown:
            problems.append(f"query {contract.name!r} uses parameters that its contract does not have: {unknown}")
    return problems

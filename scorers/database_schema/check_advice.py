"""Advice on the schema: what an experienced reviewer would remark on. Weighs little and is never a gate."""

from collections.abc import Sequence

from scorers.checks import Outcome, check, failed, not_applicable, passed
from scorers.database_schema.advice_facts import Column, ForeignKey, SchemaFacts, read_facts
from scorers.database_schema.advice_indexes import duplicates, tables_losing_rows, uncovered
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.squawk import RULES, Finding, Unreadable, lint
from scorers.database_schema.staircase import open_staircase
from scorers.evidence import Evidence

WEIGHT = 0.25
LARGEST_INT = 2**31 - 1
NARROW = {"smallint", "integer"}


@check(
    id="advice_foreign_keys",
    title="Foreign keys that deletions follow have an index",
    spec_lines=("anti.no_indexing", "evolution.database_integrity"),
    weight=WEIGHT,
    requires=("migrations_apply",),
)
def advice_foreign_keys(bench: SchemaBench) -> Outcome:
    """Does every foreign key of a growing table have an index, where rows it refers to can be deleted?

    An index will do if its first columns are the key's, in any order, or those of them that refer to something unique
    by themselves. Asked for are keys to tables that the application may delete from: by its privileges, through
    functions with their owner's rights, or by a cascade.

    Why: each deletion of a referenced row searches the referring table; without an index it reads all of it.
    Source: PostgreSQL documentation, "Foreign Keys": declaring one does not create an index on the referencing columns.
    Fails: `comments (task_id REFERENCES tasks ON DELETE CASCADE)` with no index that starts with `task_id`.
    """
    facts = _facts(bench)
    deleting = [query.text for name, query in bench.queries.items() if _runs_as_owner(bench, name)]
    losing = tables_losing_rows(facts, deleting)
    asked = [key for key in facts.foreign_keys if key.referenced_table in losing and _grows(bench, key)]
    if not asked:
        return not_applicable("no growing table refers to rows that can be deleted")
    lacking = [key for key in uncovered(facts, deleting) if key in asked]
    if not lacking:
        return passed(f"{len(asked)} foreign keys have an index")
    body = "\n".join(f"{key.table}: {key.name} {key.definition}" for key in lacking)
    return failed(
        f"{len(lacking)} of {len(asked)} foreign keys have no index",
        score=1 - len(lacking) / len(asked),
        evidence=[Evidence(title="Without an index", body=body, kind="sql")],
    )


@check(
    id="advice_duplicate_indexes",
    title="No index repeats another one",
    spec_lines=("anti.no_indexing", "capability.schema_design"),
    weight=WEIGHT,
    requires=("migrations_apply",),
)
def advice_duplicate_indexes(bench: SchemaBench) -> Outcome:
    """Is every index of use that no other index on the table has: other keys, another predicate, a rule of its own?

    Indexes that a constraint or a foreign key rests on are needed, and so are unique ones; a plain index on the first
    columns of another one is not.

    Why: each index costs time on every write, memory and disk; one that repeats another gives nothing back.
    Source: PostgreSQL documentation, "Multicolumn Indexes"; PostgreSQL wiki, "Index Maintenance", on duplicate indexes.
    Fails: `CREATE INDEX ON tasks (project_id)` beside `CREATE INDEX ON tasks (project_id, created_at)`.
    """
    facts = _facts(bench)
    found = duplicates(facts.indexes)
    total = len([index for index in facts.indexes if not index.of_partition])
    if not found:
        return passed(f"{total} indexes, none of them twice")
    body = "\n".join(f"{index.definition}\n    is covered by {other.definition}" for index, other in found)
    return failed(
        f"{len(found)} of {total} indexes repeat another one",
        score=1 - len(found) / total,
        evidence=[Evidence(title="Indexes to drop", body=body, kind="sql")],
    )


@check(
    id="advice_squawk",
    title="Migrations do not hold up a busy database",
    spec_lines=("capability.zero_downtime_migrations", "deliverable.migration_plan"),
    weight=WEIGHT,
    requires=("migrations_apply",),
)
def advice_squawk(bench: SchemaBench) -> Outcome:
    """Does the linter squawk find nothing that blocks readers or writers of tables that are in use?

    Asked where tables exist before the submission's migrations. Counted are findings on those tables, and on new ones
    that an earlier file has filled, by rules about locks and rewrites; rules of style are not.

    Why: a migration that takes a minute under a lock is a minute of outage.
    Source: squawkhq.com/docs/rules; PostgreSQL documentation, "ALTER TABLE", notes, and "Building Indexes Concurrently".
    Fails: `ALTER TABLE invoices ADD CONSTRAINT positive CHECK (total >= 0)` without `NOT VALID`.
    """
    if not bench.base:
        return not_applicable("all tables are new and empty when the migrations run")
    with open_staircase(bench) as stairs:
        tables = stairs.look().of_kind("table")
    reports = lint(bench.migrations, {table.identity.rpartition(".")[2].strip('"') for table in tables})
    findings = [report for report in reports if isinstance(report, Finding)]
    unreadable = [report for report in reports if isinstance(report, Unreadable)]
    skipped = f"; {len(unreadable)} files that squawk cannot parse were left out" if unreadable else ""
    notes = [Evidence(title=f"Left out: {report.file}", body=report.message) for report in unreadable]
    if not findings:
        return passed(f"no findings in {len(bench.migrations) - len(unreadable)} files{skipped}", evidence=notes)
    body = "\n\n".join(_shown(finding) for finding in findings)
    files = {finding.file for finding in findings}
    return failed(
        f"{len(findings)} findings in {len(files)} files{skipped}",
        score=1 - len(files) / len(bench.migrations),
        evidence=[Evidence(title="Findings", body=body, kind="log"), *notes],
    )


@check(
    id="advice_timestamps",
    title="Points in time are stored with their time zone",
    spec_lines=("capability.schema_design", "evolution.database_integrity"),
    weight=WEIGHT,
    requires=("migrations_apply",),
)
def advice_timestamps(bench: SchemaBench) -> Outcome:
    """Do tables keep points in time as `timestamptz`, and none as `timestamp` without time zone?

    Generated columns may have either type.

    Why: a `timestamp` is a clock's face without the place where it hangs: sessions with other time zones misread it.
    Source: PostgreSQL wiki, "Don't Do This", "Don't use timestamp (without time zone)".
    Fails: `created_at timestamp NOT NULL DEFAULT now()`.
    """
    times = [column for column in _facts(bench).columns if column.type.startswith("timestamp") and not column.generated]
    if not times:
        return not_applicable("no column holds a point in time")
    bare = [column for column in times if column.type == "timestamp without time zone"]
    if not bare:
        return passed(f"{len(times)} columns are timestamptz")
    return failed(
        f"{len(bare)} of {len(times)} columns have no time zone",
        score=1 - len(bare) / len(times),
        evidence=[Evidence(title="Without time zone", body=_listed(bare), kind="sql")],
    )


@check(
    id="advice_id_room",
    title="Keys have room to grow",
    spec_lines=("capability.schema_design", "profile.foresight"),
    weight=WEIGHT,
    requires=("migrations_apply",),
)
def advice_id_room(bench: SchemaBench) -> Outcome:
    """Can the keys of growing tables pass 2,147,483,647, and can what refers to a key hold all of its values?

    Asked about columns that count up from a sequence, about integer primary keys of tables that were seen to grow, and
    about foreign keys narrower than what they refer to. Positions within a parent, as in a composite key, need not.

    Why: when an `integer` key runs out, no row can be added, and widening it rewrites a table that is huge by then.
    Source: PostgreSQL documentation, "Numeric Types"; squawkhq.com/docs/prefer-bigint-over-int.
    Fails: `id serial PRIMARY KEY` on orders.
    """
    facts = _facts(bench)
    by_name = {(column.table, column.name): column for column in facts.columns}
    keys = [column for column in facts.columns if column.sequence_end is not None or column.sole_key]
    asked = [column for column in keys if _grows(bench, column)]
    tight = [column for column in asked if _runs_out(column, known_to_grow=bool(bench.grown_tables))]
    mismatched = [
        f"{key.table}.{here} {narrow.declared} refers to {key.referenced_table}.{there} {wide.declared}"
        for key in facts.foreign_keys
        for here, there in zip(key.columns, key.referenced_columns, strict=True)
        if (narrow := by_name.get((key.table, here)))
        and (wide := by_name.get((key.referenced_table, there)))
        and narrow.type in NARROW
        and wide.type not in {"smallint", narrow.type}
    ]
    if not tight and not mismatched:
        return passed(f"{len(asked)} keys of growing tables have room")
    body = "\n".join([*([_listed(tight)] if tight else []), *mismatched])
    return failed(
        f"{len(tight) + len(mismatched)} keys run out of numbers",
        score=max(0.0, 1 - (len(tight) + len(mismatched)) / (len(asked) + len(mismatched))),
        evidence=[Evidence(title="Keys that run out", body=body, kind="sql")],
    )


def _facts(bench: SchemaBench) -> SchemaFacts:
    if bench.template is None:
        raise RuntimeError("advice needs the database that migrations_apply leaves")
    with bench.postgres.connect(bench.template, "admin") as admin, bench.postgres.deadline(admin, bench.remaining_s()):
        return read_facts(admin)


def _runs_as_owner(bench: SchemaBench, query: str) -> bool:
    return any(contract.name == query and contract.role == "app_owner" for contract in bench.parameters.queries)


def _grows(bench: SchemaBench, part: ForeignKey | Column) -> bool:
    """Whether its table was seen to grow; without a population every table may."""
    return not bench.grown_tables or any(table in bench.grown_tables for table in (part.table, *part.partitions))


def _runs_out(column: Column, *, known_to_grow: bool) -> bool:
    if column.sequence_end is not None:
        return column.type in NARROW or column.sequence_end <= LARGEST_INT
    return column.type in NARROW and known_to_grow


def _listed(columns: Sequence[Column]) -> str:
    return "\n".join(f"{column.table}.{column.name} {column.declared}" for column in columns)


def _shown(finding: Finding) -> str:
    return (
        f"{finding.file}:{finding.line}: {finding.rule}: {RULES[finding.rule]}\n    {finding.statement.strip()[:300]}"
    )


ADVICE_CHECKS = (advice_foreign_keys, advice_duplicate_indexes, advice_squawk, advice_timestamps, advice_id_room)

"""Checks on migrations: that they apply, leave the surroundings alone, and can be taken back."""

from scorers.checks import Outcome, check, failed, passed
from scorers.database_schema.bench import MigrationFailure, SchemaBench
from scorers.database_schema.catalog.difference import INVALID_INDEX
from scorers.database_schema.catalog.snapshot import Catalog
from scorers.database_schema.staircase import (
    StepFailed,
    apply_base,
    difference_evidence,
    failure_evidence,
    file_name,
    look,
    open_staircase,
)
from scorers.evidence import Evidence

FINDINGS_SHOWN = 4
"""Steps with a fault of their own that are looked for at most; each costs a database."""


@check(
    id="migrations_apply",
    title="Every migration applies",
    spec_lines=("deliverable.database_schema", "evolution.migration_driven"),
    weight=2,
    gate=True,
    requires=("files_complete",),
)
def migrations_apply(bench: SchemaBench) -> Outcome:
    """Do all up files run in order, as the database's owner, and leave only valid indexes behind?

    Each file is sent as one simple query in a session of its own; one that leaves a transaction open has failed.

    Why: a migration that fails half-way stops a release at the worst moment.
    Source: PostgreSQL documentation, "Multiple Statements in a Simple Query"; golang-migrate, which runs files this way.
    Fails: `CREATE INDEX CONCURRENTLY` in one file with other statements: SQLSTATE 25001.
    """
    database = bench.postgres.create_database()
    bench.untouched = _look(bench, database)
    apply_base(bench, database)
    for migration in bench.migrations:
        failure = bench.migrate(database, migration, "up")
        if failure is not None:
            file = file_name(failure.label, failure.direction)
            return failed(f"{file} failed with SQLSTATE {failure.sqlstate}", evidence=failure_evidence(failure))
    invalid = [index for index in _look(bench, database).of_kind("index") if index.attributes.get("valid") is False]
    if invalid:
        body = "\n".join(f"{index.identity} on {index.within}: {INVALID_INDEX}" for index in invalid)
        return failed(f"{len(invalid)} indexes are invalid", evidence=[Evidence(title="Invalid indexes", body=body)])
    bench.template = database
    return passed(f"{len(bench.migrations)} migrations apply")


@check(
    id="migrations_step_down",
    title="Each single migration can be taken back",
    spec_lines=("evolution.rollback_tested", "deliverable.migration_plan", "metric.schema_stability"),
    weight=2,
    gate=True,
    requires=("migrations_apply",),
)
def migrations_step_down(bench: SchemaBench) -> Outcome:
    """Does each down file restore the catalog from before its up file, and going up again the one from after it?

    Catalogs are compared as they are, object by object: definitions, constraints by name, privileges, policies,
    comments, storage options. A column that was dropped and added again may stand last; NULL privileges equal the
    default they stand for; OIDs and statistics do not count.

    Why: a rollback that leaves something behind, or forgets a policy or a grant, fails when it is needed most.
    Source: PostgreSQL documentation, "System Catalogs"; golang-migrate's best practices on reversible migrations.
    Fails: an up file that tightens a CHECK constraint, whose down file drops it and does not bring the old one back.
    """
    faults: list[Evidence] = []
    faulty = 0
    level = len(bench.migrations)
    while level > 0 and faulty < FINDINGS_SHOWN:
        level, found = _faulty_step_below(bench, level)
        faulty += bool(found)
        faults += found
    if faulty:
        return failed(f"{faulty} steps cannot be taken back cleanly", evidence=faults)
    return passed(f"each of {len(bench.migrations)} steps goes down and up again")


@check(
    id="migrations_rebuild",
    title="All the way down and up again",
    spec_lines=("evolution.rollback_tested", "evolution.migration_driven"),
    weight=2,
    gate=True,
    requires=("migrations_apply",),
)
def migrations_rebuild(bench: SchemaBench) -> Outcome:
    """Do all down files, last one first, restore the catalog before the first up file, and all up files the same schema?

    Why: what only works once (a name that is taken the second time, a leftover type) breaks staging before production.
    Source: PostgreSQL documentation, "System Catalogs"; Fowler and Sadalage, "Evolutionary Database Design".
    Fails: a down file that drops a table and leaves the enum type that its up file created for it.
    """
    with open_staircase(bench) as stairs:
        try:
            start = stairs.look()
            stairs.climb(bench.migrations)
            head = stairs.look()
            stairs.descend(bench.migrations)
            evidence = difference_evidence(start, stairs.look(), "All down, compared with the start")
            if evidence:
                return failed("all the way down does not lead back to the start", evidence=evidence)
            stairs.climb(bench.migrations)
            evidence = difference_evidence(head, stairs.look(), "All up again, compared with the first time")
        except StepFailed as error:
            return _step_failed(error.failure)
    if evidence:
        return failed("going up again gives another schema than the first time", evidence=evidence)
    return passed("all down restores the start, all up again the same schema")


def _faulty_step_below(bench: SchemaBench, level: int) -> tuple[int, list[Evidence]]:
    """Try the steps from `level` downwards until one is faulty. Returns how many steps are still below, and evidence."""
    with open_staircase(bench) as stairs:
        catalogs = [stairs.look()]
        try:
            for migration in bench.migrations[:level]:
                stairs.step(migration, "up")
                catalogs.append(stairs.look())
        except StepFailed as error:
            # It went up before, in another database: nothing below can be judged.
            return 0, failure_evidence(error.failure)
        for below in range(level - 1, -1, -1):
            migration = bench.migrations[below]
            down, up = (file_name(migration.label, "down"), file_name(migration.label, "up"))
            try:
                stairs.step(migration, "down")
                if found := difference_evidence(
                    catalogs[below], stairs.look(), f"After {down}, compared with before {up}"
                ):
                    return below, found
                stairs.step(migration, "up")
                again = f"After {up} the second time, compared with the first"
                if found := difference_evidence(catalogs[below + 1], stairs.look(), again):
                    return below, found
                stairs.step(migration, "down")
            except StepFailed as error:
                return below, failure_evidence(error.failure)
    return 0, []


def _step_failed(failure: MigrationFailure) -> Outcome:
    file = file_name(failure.label, failure.direction)
    return failed(f"{file} failed with SQLSTATE {failure.sqlstate}", evidence=failure_evidence(failure))


def _look(bench: SchemaBench, database: str) -> Catalog:
    with bench.postgres.connect(database, "admin") as admin:
        return look(bench, admin)

"""Checks on migrations: those of `database_schema`, and that rows survive the way up and the way down."""

from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from functools import wraps

import psycopg
from psycopg import sql

from scorers.checks import Check, Outcome, check, failed, passed
from scorers.database_schema import check_migrations as of_schemas
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.check_settings import settings_untouched as settings_untouched_of_schemas
from scorers.database_schema.staircase import failure_evidence
from scorers.evidence import Evidence
from scorers.performance.bench import PerformanceBench
from scorers.testbed.protocol import Row

_COLUMNS = b"""
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""

Columns = dict[str, list[str]]


def on_schema(known: Check[SchemaBench]) -> Check[PerformanceBench]:
    """Return a check of the family `database_schema` as one of this family, on the bench's own SchemaBench."""
    run_there = known.run

    @wraps(run_there)
    def run(bench: PerformanceBench) -> Outcome:
        return run_there(bench.schema)

    run_here: Callable[[PerformanceBench], Outcome] = run
    return Check(known.id, known.title, known.spec_lines, known.weight, known.gate, known.requires, run_here)


migrations_apply = on_schema(of_schemas.migrations_apply)
migrations_step_down = on_schema(of_schemas.migrations_step_down)
migrations_rebuild = on_schema(of_schemas.migrations_rebuild)
settings_untouched = on_schema(settings_untouched_of_schemas)


@check(
    id="data_survives",
    title="Migrations go up and down over the data and leave it as it was",
    spec_lines=("evolution.rollback_tested", "evolution.database_integrity", "capability.zero_downtime_migrations"),
    weight=2,
    gate=True,
    requires=("migrations_apply",),
)
def data_survives(bench: PerformanceBench) -> Outcome:
    """Do the migrations apply to the filled database, and are the given columns the same after them and after going back?

    Why: other programs go on reading and writing these tables; a speed-up must not cost a row, nor a rollback.
    Source: the scenario's contract; Ambler and Sadalage, "Refactoring Databases".
    Fails: a migration that deletes orders without lines so that an inner join can be used.
    """
    with bench.databases.clone(bench.template("small", "baseline")) as database:
        with _eye(bench, database) as reader:
            columns = _columns(reader)
            before = _digests(bench, reader, columns)
        for direction, steps in (("up", bench.schema.migrations), ("down", bench.schema.migrations[::-1])):
            for step in steps:
                failure = bench.schema.migrate(database, step, direction)
                if failure is not None:
                    return failed(
                        f"{failure.label} ({direction}) fails on the filled database with SQLSTATE {failure.sqlstate}",
                        evidence=failure_evidence(failure),
                    )
            with _eye(bench, database) as reader:
                try:
                    after = _digests(bench, reader, columns)
                except psycopg.errors.UndefinedTable as error:
                    return failed(f"after all {direction} files a table is gone", evidence=[_told(error)])
                except psycopg.errors.UndefinedColumn as error:
                    return failed(f"after all {direction} files a column is gone", evidence=[_told(error)])
            changed = sorted(table for table in before if before[table] != after[table])
            if changed:
                return failed(
                    f"after all {direction} files the rows of {', '.join(changed)} are not what they were",
                    evidence=[Evidence(title="Rows and checksums", body=_shown(before, after), kind="diff")],
                )
    return passed("rows are the same after going up and after coming back down")


@contextmanager
def _eye(bench: PerformanceBench, database: str) -> Generator["psycopg.Connection[Row]"]:
    with closing(bench.schema.postgres.connect(database, "reader")) as reader:
        yield reader


def _columns(reader: "psycopg.Connection[Row]") -> Columns:
    found: Columns = {}
    for table, column in reader.execute(_COLUMNS).fetchall():
        found.setdefault(str(table), []).append(str(column))
    return found


def _digests(bench: PerformanceBench, reader: "psycopg.Connection[Row]", columns: Columns) -> dict[str, str]:
    """The number of rows of each table, and a checksum over the given columns."""
    digests: dict[str, str] = {}
    for table, names in columns.items():
        row_text = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names)
        query = sql.SQL(
            "SELECT count(*), md5(string_agg(line, chr(10) ORDER BY line)) FROM (SELECT ROW({})::text AS line FROM public.{}) AS t"
        ).format(row_text, sql.Identifier(table))
        with bench.schema.postgres.deadline(reader, bench.schema.remaining_s()):
            row = reader.execute(query).fetchone()
        digests[table] = f"{row[0]} rows, {row[1]}" if row else "unreadable"
    return digests


def _shown(before: dict[str, str], after: dict[str, str]) -> str:
    return "\n".join(f"- {table}: {before[table]}\n+ {table}: {after[table]}" for table in before)


def _told(error: psycopg.Error) -> Evidence:
    return Evidence(title="What the server says", body=str(error), kind="log")

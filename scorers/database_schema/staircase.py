"""A database on which migrations are run up and down, with the catalog looked at in between."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import psycopg

from scorers.database_schema.bench import MigrationFailure, SchemaBench
from scorers.database_schema.catalog.difference import difference, render
from scorers.database_schema.catalog.snapshot import Catalog, snapshot
from scorers.database_schema.migrations import Migration
from scorers.errors import HarnessFault
from scorers.evidence import Evidence
from scorers.testbed.protocol import Row

Direction = Literal["up", "down"]


class StepFailed(Exception):
    """A migration file did not go through."""

    def __init__(self, failure: MigrationFailure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True)
class Staircase:
    """An empty database of its own, or one with the scenario's own migrations."""

    bench: SchemaBench
    database: str
    admin: "psycopg.Connection[Row]"

    def step(self, migration: Migration, direction: Direction) -> None:
        """Run one file. Raises StepFailed."""
        failure = self.bench.migrate(self.database, migration, direction)
        if failure is not None:
            raise StepFailed(failure)

    def climb(self, migrations: Sequence[Migration]) -> None:
        """Run the up files in order. Raises StepFailed."""
        for migration in migrations:
            self.step(migration, "up")

    def descend(self, migrations: Sequence[Migration]) -> None:
        """Run the down files of `migrations`, the last one first. Raises StepFailed."""
        for migration in reversed(migrations):
            self.step(migration, "down")

    def look(self) -> Catalog:
        """The catalog as it is now."""
        return look(self.bench, self.admin)


def look(bench: SchemaBench, admin: "psycopg.Connection[Row]") -> Catalog:
    """The catalog of the database that `admin` is in, with the roles where the cluster is the grade's own."""
    with bench.postgres.deadline(admin, bench.remaining_s()):
        return snapshot(admin, roles=bench.postgres.features.own_cluster)


@contextmanager
def open_staircase(bench: SchemaBench) -> Generator[Staircase]:
    """A database at the start of the submission's migrations, dropped after."""
    with bench.database(migrated=False) as database:
        apply_base(bench, database)
        with bench.postgres.connect(database, "admin") as admin:
            yield Staircase(bench, database, admin)


def apply_base(bench: SchemaBench, database: str) -> None:
    """Run the scenario's own migrations. Raises HarnessFault: they come before anything of the submission's."""
    for migration in bench.base:
        failure = bench.migrate(database, migration, "up")
        if failure is not None:
            raise HarnessFault(
                f"the scenario's own migration {migration.label!r} failed: {failure.sqlstate} {failure.message}; "
                "mend it in fixtures/migrations",
                kind="base_migration",
            )


def file_name(label: str, direction: str) -> str:
    """The file of one half of a migration, as it was handed in."""
    return f"migrations/{label}.{direction}.sql"


def failure_evidence(failure: MigrationFailure) -> list[Evidence]:
    """Which file failed, what PostgreSQL said, and the lines round the place it names."""
    title = f"{file_name(failure.label, failure.direction)}: SQLSTATE {failure.sqlstate}"
    evidence = [Evidence(title=title, body=failure.message, kind="log")]
    if failure.statement:
        evidence.append(Evidence(title="Where", body=failure.statement, kind="sql"))
    return evidence


def difference_evidence(expected: Catalog, found: Catalog, title: str) -> list[Evidence]:
    """How the catalogs differ; nothing for equal ones."""
    changes = difference(expected, found)
    if not changes:
        return []
    body = "- expected\n+ found\n" + render(changes)
    return [Evidence(title=title, body=body, kind="diff")]

"""The bench of the `database_schema` checks: what is being graded, and the databases built from it."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import psycopg

from scorers.database_schema.catalog.snapshot import Catalog
from scorers.database_schema.in_time import in_time
from scorers.database_schema.migrations import Migration, parse_migrations
from scorers.database_schema.named_queries import NamedQuery, parse_queries
from scorers.database_schema.oracle import Oracle
from scorers.database_schema.oracles.registry import oracle_named
from scorers.database_schema.parameters import SchemaParameters, load_parameters
from scorers.database_schema.probe_cost import CostRecord
from scorers.database_schema.session import SESSION_LOST_CLASSES, ContractSession
from scorers.errors import HarnessFault
from scorers.families import GradeJob
from scorers.submission import Submission
from scorers.testbed.protocol import PostgresServer


@dataclass(frozen=True)
class MigrationFailure:
    """Why a migration file did not go through."""

    label: str
    direction: str
    sqlstate: str
    message: str
    statement: str


@dataclass
class SchemaBench:
    """What the checks share. Checks that build something leave it here for those that require them."""

    job: GradeJob
    parameters: SchemaParameters
    oracle: Oracle
    base: list[Migration]
    """Migrations that exist before the submission's (`fixtures/migrations/`)."""
    given: dict[str, NamedQuery]
    """Queries that other programs go on using (`fixtures/queries.sql`)."""
    migrations: list[Migration] = field(default_factory=list[Migration])
    """The submission's own steps; set by the check on its files."""
    queries: dict[str, NamedQuery] = field(default_factory=dict[str, NamedQuery])
    """The submission's queries by name; set by the check on its files."""
    grown_tables: dict[str, int] = field(default_factory=dict[str, int])
    """Tables that grew under the population, with their rows; set by the check on costs."""
    costs: CostRecord | None = None
    """What the probes cost at both sizes; set by the check on costs."""
    template: str | None = None
    """A database with every migration applied and no rows; set by the check that applies them."""
    untouched: Catalog | None = None
    """An empty database and the server's roles before any migration ran; set by the check that applies them."""

    @property
    def postgres(self) -> PostgresServer:
        """The grade's server."""
        return self.job.testbed.postgres

    @property
    def submission(self) -> Submission:
        """The files handed in."""
        return self.job.submission

    @property
    def statement_s(self) -> float:
        """How long one statement of the submission may take."""
        return self.job.scenario.file.limits.statement_s

    def random(self, purpose: str) -> Random:
        """A generator that depends on the grade's seed and `purpose` only."""
        return Random(f"{self.job.seed}/{purpose}")

    def remaining_s(self) -> float:
        """Seconds left of the grade. Raises HarnessFault(kind 'grade_timeout') when there are none."""
        left_s = self.job.deadline_at_s - time.monotonic()
        if left_s <= 0:
            raise HarnessFault("the grade's time is up", kind="grade_timeout", attributable=True)
        return left_s

    @contextmanager
    def database(self, *, migrated: bool = True) -> Generator[str]:
        """A database for one purpose, dropped after: a clone of the migrated template, or an empty one."""
        if migrated and self.template is None:
            raise RuntimeError("a check asked for the migrated database without requiring 'migrations_apply'")
        name = self.postgres.create_database(template=self.template if migrated else None)
        try:
            yield name
        finally:
            self.postgres.drop_database(name)

    def session(self, database: str, queries: dict[str, NamedQuery] | None = None) -> ContractSession:
        """A caller of the given and the submission's named queries (or of `queries`); use it as a context manager."""
        return ContractSession(
            self.postgres,
            database,
            self.parameters,
            self.given | self.queries if queries is None else queries,
            statement_s=self.statement_s,
            deadline_at_s=self.job.deadline_at_s,
        )

    def migrate(self, database: str, migration: Migration, direction: str) -> MigrationFailure | None:
        """Run one half of `migration` as `app_owner`, in a session of its own, as one simple query.

        A file that leaves its transaction open has failed, too: the tool that runs it would lose the work. Raises
        HarnessFault(kind 'deadline') when the file takes longer than three statements may.
        """
        text = migration.up if direction == "up" else migration.down
        with self.postgres.connect(database, "app_owner") as connection:
            try:
                seconds = min(self.statement_s * 3, self.remaining_s())
                with in_time(self.postgres, connection, seconds, what=f"{migration.label} ({direction})"):
                    connection.execute(text.encode())
                status = connection.info.transaction_status
            except psycopg.Error as error:
                if connection.closed or (error.sqlstate or "42601").startswith(SESSION_LOST_CLASSES):
                    raise
                return MigrationFailure(
                    migration.label, direction, error.sqlstate or "", _message(error), _statement_at(text, error)
                )
        if status != psycopg.pq.TransactionStatus.IDLE:
            return MigrationFailure(migration.label, direction, "25000", "the file leaves a transaction open", "")
        return None


@contextmanager
def open_bench(job: GradeJob) -> Generator[SchemaBench]:
    """Set up the bench of one grade; its databases go with the testbed."""
    parameters = load_parameters(job.scenario)
    yield SchemaBench(job, parameters, oracle_named(parameters.oracle), base_migrations(job), given_queries(job))


def base_migrations(job: GradeJob) -> list[Migration]:
    """The migrations that the scenario ships as already applied. Raises ValueError when they are malformed."""
    folder = job.scenario.folder / "fixtures" / "migrations"
    files = {f"migrations/{path.name}": path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
    if not files:
        return []
    migrations, problems = parse_migrations(files)
    if problems:
        raise ValueError(f"scenario {job.scenario.id!r}: its own migrations are malformed: {problems}")
    return migrations


def given_queries(job: GradeJob) -> dict[str, NamedQuery]:
    """The queries that the scenario ships for programs that go on using the database."""
    path = job.scenario.folder / "fixtures" / "queries.sql"
    if not path.is_file():
        return {}
    queries, problems = parse_queries(path.read_text(encoding="utf-8"))
    if problems:
        raise ValueError(f"scenario {job.scenario.id!r}: its own queries are malformed: {problems}")
    return queries


def _message(error: psycopg.Error) -> str:
    diagnostic = error.diag
    parts = [diagnostic.message_primary or str(error)]
    if diagnostic.message_detail:
        parts.append(f"DETAIL: {diagnostic.message_detail}")
    if diagnostic.message_hint:
        parts.append(f"HINT: {diagnostic.message_hint}")
    if diagnostic.context:
        parts.append(f"CONTEXT: {diagnostic.context}")
    return "\n".join(parts)


def _statement_at(text: str, error: psycopg.Error) -> str:
    """The lines around the position that PostgreSQL names, with their numbers."""
    if not error.diag.statement_position:
        return ""
    line = text.count("\n", 0, int(error.diag.statement_position) - 1)
    lines = text.splitlines()
    shown = range(max(0, line - 2), min(len(lines), line + 3))
    return "\n".join(f"{'>' if number == line else ' '} {number + 1:4d} | {lines[number]}" for number in shown)

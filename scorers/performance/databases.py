"""The databases of a grade: seeded once as templates, cloned for each use."""

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql

from scorers.database_schema.bench import MigrationFailure, SchemaBench
from scorers.database_schema.in_time import in_time
from scorers.database_schema.migrations import Migration
from scorers.database_schema.staircase import apply_base
from scorers.errors import HarnessFault
from scorers.testbed.protocol import PostgresServer, Row

Scale = Literal["small", "large"]

SEED_S = 180.0


class MigrationFailed(Exception):
    """One of a solution's migrations did not go through on the seeded database."""

    def __init__(self, failure: MigrationFailure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass
class Databases:
    """Makes and keeps the templates. They go with the testbed."""

    schema: SchemaBench
    """Runs migration files, for the scenario's own and for any solution's."""
    seed_folder: Path
    numbers: dict[Scale, dict[str, int]]
    _templates: dict[tuple[Scale, str], str] = field(default_factory=dict[tuple[Scale, str], str])

    @property
    def _postgres(self) -> PostgresServer:
        return self.schema.postgres

    def template(self, scale: Scale, who: str, migrations: Sequence[Migration]) -> str:
        """The seeded database with `who`'s migrations applied, vacuumed and analysed. Raises MigrationFailed."""
        if (scale, who) not in self._templates:
            self._templates[scale, who] = self._migrated(scale, migrations) if migrations else self._seeded(scale)
        return self._templates[scale, who]

    @contextmanager
    def clone(self, template: str) -> Generator[str]:
        """A copy of a template, dropped after."""
        name = self._postgres.create_database(template=template)
        try:
            yield name
        finally:
            self._postgres.drop_database(name)

    def settle(self, database: str) -> None:
        """VACUUM and ANALYZE, so that visibility maps and statistics are what a database in use has."""
        with (
            closing(self._postgres.connect(database, "admin")) as admin,
            self._postgres.deadline(admin, self.schema.remaining_s()),
        ):
            admin.execute(b"VACUUM (ANALYZE)")

    def _seeded(self, scale: Scale) -> str:
        name = self._postgres.create_database()
        apply_base(self.schema, name)
        with closing(self._postgres.connect(name, "admin")) as admin:
            self._run_seed(admin, scale)
        self.settle(name)
        return name

    def _run_seed(self, admin: "psycopg.Connection[Row]", scale: Scale) -> None:
        """Fill the scenario's own tables: nothing of a submission is there yet. Foreign keys hold by how the seed is made."""
        admin.execute(b"SET search_path = public; SET session_replication_role = replica")
        for key, number in self.numbers[scale].items():
            admin.execute(sql.SQL("SET {} = {}").format(sql.Identifier("seed", key), sql.Literal(str(number))))
        for path in sorted(self.seed_folder.glob("*.sql")):
            try:
                with in_time(self._postgres, admin, SEED_S, what=f"the seed {path.name}"):
                    admin.execute(path.read_bytes())
            except psycopg.Error as error:
                raise HarnessFault(f"the scenario's own seed {path.name!r} failed: {error}", kind="seed") from error

    def _migrated(self, scale: Scale, migrations: Sequence[Migration]) -> str:
        name = self._postgres.create_database(template=self.template(scale, "baseline", ()))
        for migration in migrations:
            failure = self.schema.migrate(name, migration, "up")
            if failure is not None:
                raise MigrationFailed(failure)
        self.settle(name)
        return name

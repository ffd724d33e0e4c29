"""The walk over the migrations of a database in use, with a contract of a few lines."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.check_evolution import data_survives, turning_depths
from scorers.database_schema.evolution import EvolutionStory, EvolvingOracle
from scorers.database_schema.migrations import parse_migrations
from scorers.database_schema.named_queries import parse_queries
from scorers.database_schema.oracle import Oracle, Population
from scorers.database_schema.parameters import load_parameters
from scorers.database_schema.session import ContractSession
from scorers.database_schema.stateful import ContractMachine
from scorers.database_schema.violation import Violation
from scorers.families import GradeJob
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedProvider
from tests.scorers.database_schema.tiny import TinyOracle
from tests.scorers.test_scenario import folder_with

_NAME = {"name": "name", "type": "text"}
_SIZE = {"name": "size", "type": "int"}
PARAMETERS: dict[str, Any] = {
    "oracle": "parcels",
    "given_queries": [
        {"name": "add_parcel", "kind": "write", "params": [_NAME], "columns": [_NAME]},
        {"name": "parcels", "kind": "read", "columns": [_NAME]},
    ],
    "queries": [
        {"name": "sizes", "kind": "read", "columns": [_NAME, _SIZE]},
        {"name": "set_size", "kind": "write", "params": [_NAME, _SIZE], "columns": [_NAME]},
    ],
}

BASE = {
    "migrations/0001_parcel.up.sql": "CREATE TABLE parcel (name text PRIMARY KEY);"
    "GRANT SELECT, INSERT, UPDATE ON parcel TO app_user;",
    "migrations/0001_parcel.down.sql": "DROP TABLE parcel;",
}
GIVEN = """
-- name: add_parcel
INSERT INTO parcel (name) VALUES (:name) RETURNING name;
-- name: parcels
SELECT name FROM parcel ORDER BY name;
"""
QUERIES = """
-- name: sizes
SELECT name, size FROM parcel ORDER BY name;
-- name: set_size
UPDATE parcel SET size = :size WHERE name = :name RETURNING name;
"""
GUARD = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM parcel WHERE size > 9) THEN
        RAISE EXCEPTION 'too large' USING ERRCODE = '55000';
    END IF;
END $$;
"""
UP = "ALTER TABLE parcel ADD COLUMN size integer NOT NULL DEFAULT 1;"
DOWN = GUARD + "ALTER TABLE parcel DROP COLUMN size;"
INDEX = "CREATE INDEX CONCURRENTLY parcel_size ON parcel (size);"
DROP_INDEX = "DROP INDEX CONCURRENTLY parcel_size;"


class ParcelStory(EvolutionStory):
    """Parcels have size 1 until somebody says otherwise; those larger than 9 stand in the way of a roll-back."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}

    @property
    def rollback_refusals(self) -> frozenset[str]:
        return frozenset({"55000"})

    def seed(self, session: ContractSession) -> None:
        self.write_old(session)
        self.write_old(session)

    def verify_old(self, session: ContractSession) -> None:
        self._same(session, "parcels", [{"name": name} for name in sorted(self.sizes)])

    def write_old(self, session: ContractSession) -> None:
        name = f"p{len(self.sizes):03d}"
        result = session.call("add_parcel", {"name": name})
        if result.refused:
            raise Violation("add_parcel", expected="a row", actual=f"{result.sqlstate} {result.message}")
        self.sizes[name] = 1

    def arrive(self, session: ContractSession, *, from_bottom: bool) -> None:
        if from_bottom:
            self.sizes = dict.fromkeys(self.sizes, 1)
            self.verify_new(session)
        else:
            rows = session.call("sizes").rows
            self.sizes = {name: size for row in rows if (size := row["size"]) and (name := row["name"])}

    def verify_new(self, session: ContractSession) -> None:
        self._same(session, "sizes", [{"name": name, "size": size} for name, size in sorted(self.sizes.items())])

    def write_new(self, session: ContractSession) -> None:
        self._set(session, min(self.sizes), 5)

    def store_obstacle(self, session: ContractSession) -> None:
        self._set(session, max(self.sizes), 10)

    def remove_obstacle(self, session: ContractSession) -> None:
        for name in [name for name, size in self.sizes.items() if size > 9]:
            self._set(session, name, 2)

    def _set(self, session: ContractSession, name: str, size: int) -> None:
        session.call("set_size", {"name": name, "size": size})
        self.sizes[name] = size

    def _same(self, session: ContractSession, query: str, rows: list[dict[str, Any]]) -> None:
        result = session.call(query)
        if result.rows != rows:
            raise Violation(query, expected=repr(rows), actual=result.message or repr(result.rows))


class ParcelOracle(EvolvingOracle):
    name = "parcels"

    def machine(self) -> type[ContractMachine]:
        return ContractMachine

    def populate(self, session: ContractSession, random: Random, rows: int, population: Population) -> None:
        """Nothing."""

    def story(self, random: Random) -> EvolutionStory:  # noqa: ARG002
        return ParcelStory()


@contextmanager
def bench_of(root: Path, *steps: tuple[str, str], oracle: Oracle | None = None) -> Generator[SchemaBench]:
    scenario = Scenario.load(folder_with(root, parameters=PARAMETERS))
    files: dict[str, str] = {}
    for number, (up, down) in enumerate(steps, start=2):
        files |= {f"migrations/{number:04d}_s.up.sql": up, f"migrations/{number:04d}_s.down.sql": down}
    with EmbeddedProvider().open(cluster_bytes=1_000_000_000) as testbed:
        job = GradeJob(scenario, Submission(files=files), testbed, 0, time.monotonic() + 120)
        base, given = parse_migrations(BASE)[0], parse_queries(GIVEN)[0]
        bench = SchemaBench(job, load_parameters(scenario), oracle or ParcelOracle(), base, given)
        bench.migrations = parse_migrations(files)[0]
        bench.queries = parse_queries(QUERIES)[0]
        yield bench


def test_steps_that_keep_everything_pass(tmp_path: Path) -> None:
    with bench_of(tmp_path, (UP, DOWN), (INDEX, DROP_INDEX)) as bench:
        outcome = data_survives.run(bench)
    assert outcome.status == "passed", outcome
    assert "refused at 0002_s" in outcome.message


def test_a_scenario_that_starts_empty_is_not_asked(tmp_path: Path) -> None:
    with bench_of(tmp_path, (UP, DOWN), oracle=TinyOracle()) as bench:
        assert data_survives.run(bench).status == "not_applicable"


@pytest.mark.parametrize(
    ("up", "down", "said", "shown"),
    [
        (UP.replace(" DEFAULT 1", ""), DOWN, "0002_s does not go up with data", "23502"),
        (UP.replace(" DEFAULT 1", " DEFAULT 7"), DOWN, "what is found there", "'size': 7"),
        (UP + "DELETE FROM parcel WHERE name = 'p000';", DOWN, "after 0002_s up: old reads", "p001"),
        (UP + "ALTER TABLE parcel ADD CHECK (name < 'p002');", DOWN, "after 0002_s up: old writes", "23514"),
        (UP, DOWN.replace(GUARD, ""), "went through although it loses data", "55000"),
        (UP, DOWN.replace("USING ERRCODE = '55000'", ""), "0002_s does not go down with data", "P0001"),
        (UP, DOWN + "DELETE FROM parcel WHERE name < 'p002';", "after 0002_s down: old reads", "p002"),
        (UP, DOWN.replace("DROP COLUMN size", "DROP COLUMN name"), "after 0002_s down: old reads", "name"),
    ],
)
def test_each_way_to_lose_something_is_found(tmp_path: Path, up: str, down: str, said: str, shown: str) -> None:
    with bench_of(tmp_path, (up, down)) as bench:
        outcome = data_survives.run(bench)
    assert outcome.status == "failed"
    assert said in outcome.message
    assert shown in "\n".join(item.body for item in outcome.evidence)


@pytest.mark.parametrize(
    ("steps", "depths"),
    [(1, []), (2, [1]), (4, [1, 2, 3]), (7, [1, 2, 3, 4, 5, 6]), (9, [1, 2, 4, 5, 7, 8]), (20, [1, 5, 8, 12, 15, 19])],
)
def test_turning_depths_are_spread_and_never_reach_the_bottom(steps: int, depths: list[int]) -> None:
    assert turning_depths(steps) == depths

"""A contract small enough to write variants of its schema in a few lines: a shared list of notes with an author.

`bench_for` gives the bench of a submission for it on a real server, with the migrations applied.
"""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.migrations import parse_migrations
from scorers.database_schema.named_queries import parse_queries
from scorers.database_schema.oracle import (
    ConcurrencyTrial,
    IntegrityCase,
    Oracle,
    Population,
    Probe,
)
from scorers.database_schema.parameters import load_parameters
from scorers.database_schema.session import ContractSession
from scorers.database_schema.stateful import ContractMachine
from scorers.database_schema.violation import Violation
from scorers.families import GradeJob
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedProvider
from tests.scorers.test_scenario import folder_with

PARAMETERS: dict[str, Any] = {
    "oracle": "tiny",
    "queries": [
        {
            "name": "add_note",
            "kind": "write",
            "params": [
                {"name": "author", "type": "text"},
                {"name": "stars", "type": "bigint"},
                {"name": "token", "type": "text"},
            ],
            "columns": [{"name": "id", "type": "id"}],
            "refuses": {"bad_stars": ["23514"]},
        },
        {
            "name": "notes_of",
            "kind": "read",
            "params": [
                {"name": "author", "type": "text"},
                {"name": "size", "type": "int"},
            ],
            "columns": [
                {"name": "id", "type": "id"},
                {"name": "stars", "type": "bigint"},
            ],
            "cost": {"base_buffers": 12, "buffers_per_row": 2},
        },
        {
            "name": "take_star",
            "kind": "write",
            "params": [{"name": "id", "type": "id"}],
            "columns": [{"name": "stars", "type": "bigint"}],
            "retries": ["40001"],
        },
    ],
}

UP = """
CREATE TABLE note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author text NOT NULL,
    stars bigint NOT NULL CHECK (stars >= 0),
    token_hash bytea NOT NULL,
    filler text NOT NULL DEFAULT repeat('x', 200)
);
CREATE INDEX note_author ON note (author, stars DESC, id);
GRANT SELECT, INSERT, UPDATE ON note TO app_user;
"""

DOWN = "DROP TABLE note;"

QUERIES = """
-- name: add_note
INSERT INTO note (author, stars, token_hash) VALUES (:author, :stars, sha256(convert_to(:token, 'UTF8'))) RETURNING id;
-- name: notes_of
SELECT id, stars FROM note WHERE author = :author ORDER BY stars DESC, id LIMIT :size;
-- name: take_star
UPDATE note SET stars = stars - 1 WHERE id = :id AND stars > 0 RETURNING stars;
"""


class TinyMachine(ContractMachine):
    def __init__(self) -> None:
        super().__init__()
        self.notes: list[list[Any]] = []

    @rule(author=st.sampled_from("ab"), stars=st.integers(-1, 3))
    def add(self, author: str, stars: int) -> None:
        if self.idle:
            return
        params = {"author": author, "stars": stars, "token": "t"}
        if stars < 0:
            self.expect_refusal("add_note", params, ["23514"])
        else:
            self.notes.append([self.expect_row("add_note", params)["id"], author, stars])

    @rule(author=st.sampled_from("ab"), size=st.integers(1, 4))
    def notes_of(self, author: str, size: int) -> None:
        if self.idle:
            return
        mine = sorted(
            (note for note in self.notes if note[1] == author),
            key=lambda note: (-note[2], note[0]),
        )
        expected = [{"id": note[0], "stars": note[2]} for note in mine[:size]]
        self.expect_rows("notes_of", {"author": author, "size": size}, expected)

    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        if self.idle or not self.notes:
            return
        note = data.draw(st.sampled_from(self.notes))
        expected = [{"stars": note[2] - 1}] if note[2] else []
        self.expect_rows("take_star", {"id": note[0]}, expected)
        note[2] -= len(expected)


class TinyOracle(Oracle):
    name = "tiny"

    def machine(self) -> type[ContractMachine]:
        return TinyMachine

    def populate(
        self,
        session: ContractSession,
        random: Random,
        rows: int,
        population: Population,
    ) -> None:
        many = [
            {
                "author": f"author {random.randrange(50)}",
                "stars": random.randrange(9),
                "token": f"secret-token-{n:09d}",
            }
            for n in range(population.rows, population.rows + rows)
        ]
        results = session.call_many("add_note", many, per_transaction=500)
        if results[-1].refused:
            raise Violation("seeding", expected="success", actual=results[-1].message)
        population.rows += rows
        population.secrets.extend(str(row["token"]) for row in many[:3])
        population.probes = [
            Probe(
                "notes_of",
                "first page",
                {"author": "author 1", "size": 10},
                {"author": "author 2", "size": 10},
                min_rows=10,
            )
        ]

    def integrity_cases(self) -> Sequence[IntegrityCase]:
        return (
            IntegrityCase(
                "negative stars",
                "checks",
                lambda session, _: refused(session, stars=-1),
            ),
            IntegrityCase(
                "large number",
                "exact",
                lambda session, _: exact(session, 9007199254740993),
            ),
        )

    def concurrency_trials(self) -> Sequence[ConcurrencyTrial]:
        return (ConcurrencyTrial("the last star", last_star, rounds=4),)


def refused(session: ContractSession, *, stars: int) -> None:
    result = session.call("add_note", {"author": "a", "stars": stars, "token": "t"})
    if result.sqlstate != "23514":
        raise Violation("negative stars", expected="23514", actual=str(result.sqlstate))


def exact(session: ContractSession, stars: int) -> None:
    session.call("add_note", {"author": "a", "stars": stars, "token": "t"})
    found = session.call("notes_of", {"author": "a", "size": 1}).row["stars"]
    if found != stars:
        raise Violation("a large number", expected=str(stars), actual=str(found))


def last_star(open_session: Callable[[], ContractSession], random: Random) -> None:
    sessions = [open_session() for _ in range(6)]
    note = sessions[0].call("add_note", {"author": "a", "stars": 1, "token": "t"}).row["id"]
    start = threading.Barrier(len(sessions), timeout=30)
    winners: list[int] = []

    def take(session: ContractSession) -> None:
        session.call("notes_of", {"author": "a", "size": 1})
        start.wait()
        winners.extend(1 for _ in session.call("take_star", {"id": note}).rows)

    threads = [threading.Thread(target=take, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(winners) != 1:
        raise Violation("the last star", expected="one winner", actual=f"{len(winners)} winners")


def tiny_scenario(root: Path) -> Scenario:
    return Scenario.load(folder_with(root, parameters=PARAMETERS))


@contextmanager
def bench_for(
    scenario: Scenario,
    *,
    up: str = UP,
    down: str = DOWN,
    queries: str = QUERIES,
    seed: int = 0,
) -> Generator[SchemaBench, None, None]:
    """The bench of a submission made of one migration and its queries."""
    files = {
        "migrations/0001_init.up.sql": up,
        "migrations/0001_init.down.sql": down,
        "queries.sql": queries,
        "DESIGN.md": "x",
    }
    submission = Submission(files=files)
    with EmbeddedProvider().open(cluster_bytes=1_000_000_000) as testbed:
        job = GradeJob(scenario, submission, testbed, seed, time.monotonic() + 120)
        bench = SchemaBench(job, load_parameters(scenario), TinyOracle(), [], {})
        bench.migrations = parse_migrations(files)[0]
        bench.queries = parse_queries(queries)[0]
        database = bench.postgres.create_database()
        for migration in bench.migrations:
            failure = bench.migrate(database, migration, "up")
            assert failure is None, failure
        bench.template = database
        yield bench

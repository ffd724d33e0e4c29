# ruff: noqa: ARG002  (the signatures are Workload's)
"""A service small enough to write variants of it in a few lines: notes, and counters that are added to.

`bench_for` gives the bench of a submission for it on a real server, its service in a real sandbox.
"""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import yaml

from scorers.families import GradeJob
from scorers.performance.bench import PerformanceBench, open_bench
from scorers.performance.check_files import files_complete
from scorers.performance.traffic import Request
from scorers.performance.workload import FreshCase, Probe, Side, Step, Trial, Violation, Workload, WriteRun
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.protocol import Testbed

NOTES = 3000

SCENARIO: dict[str, Any] = {
    "id": "tiny",
    "family": "performance",
    "version": "1-A",
    "title": "Notes",
    "canary": "archeval-canary-00000000-0000-0000-0000-00000000000a",
    "spec_lines": ["task.performance"],
    "deliverables": ["app.py"],
    "needs": ["postgres", "service"],
    "limits": {"grade_s": 600},
    "parameters": {
        "workload": "tiny",
        "seed": {"small": {"notes": 60}, "large": {"notes": NOTES}},
        "endpoints": {
            "notes": {
                "statements": {"base": 3},
                "buffers": {"base": 20, "per_row": 6},
                "result_rows": {"base": 5, "per_row": 2},
            }
        },
        "large_table_rows": 1000,
        "writes": {"times_baseline": 2.5},
        "memory": {"warm_requests": 60, "requests": 150, "growth_bytes": 4_000_000},
        "load": {"rate_per_s": 10},
    },
}

UP = """
CREATE TABLE notes (id bigint PRIMARY KEY, author int NOT NULL, stars int NOT NULL, body text NOT NULL);
GRANT SELECT, INSERT, UPDATE ON notes TO app_user;
"""
SEED = """
INSERT INTO notes SELECT n, n % 30, 0, repeat('x', 100) FROM generate_series(1, current_setting('seed.notes')::int) n
"""
PROGRAMS = "-- name: rewrite\nUPDATE notes SET body = :body WHERE id = :id;\n"

SERVICE = """
import os
from fastapi import FastAPI
from psycopg_pool import ConnectionPool
import uvicorn

pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=8, open=True, timeout=10)
app = FastAPI()

@app.get("/ready")
def ready():
    return {}

@app.get("/notes/{author}")
def notes(author: int):
    with pool.connection() as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM notes WHERE author = %s ORDER BY id DESC LIMIT 10", (author,))]
        return {"notes": [one(connection, note) for note in ids]}

def one(connection, note):
    id, stars, body = connection.execute("SELECT id, stars, body FROM notes WHERE id = %s", (note,)).fetchone()
    return {"id": id, "stars": stars, "body": body}

@app.post("/notes/{note}/star")
def star(note: int):
    with pool.connection() as connection:
        connection.execute("UPDATE notes SET stars = stars + 1 WHERE id = %s", (note,))
        return one(connection, note)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
"""

ONE_STATEMENT = """        rows = connection.execute(
            "SELECT id, stars, body FROM notes WHERE author = %s ORDER BY id DESC LIMIT 10", (author,)
        )
        return {"notes": [{"id": id, "stars": stars, "body": body} for id, stars, body in rows]}
"""
"""What replaces the loop."""

_LOOP = SERVICE[SERVICE.index("        ids = [") : SERVICE.index("\ndef one")]

REFERENCE = {
    "app.py": SERVICE.replace(_LOOP, ONE_STATEMENT),
    "migrations/0002_index.up.sql": "CREATE INDEX notes_author_idx ON notes (author, id);",
    "migrations/0002_index.down.sql": "DROP INDEX notes_author_idx;",
    "DESIGN.md": "One statement, one index.",
}


def notes_of(author: int) -> Request:
    return Request("notes", "GET", f"/notes/{author}")


def star(note: int) -> Request:
    return Request("star", "POST", f"/notes/{note}/star")


class TinyWorkload(Workload):
    name = "tiny"

    def __init__(self, small: dict[str, int], large: dict[str, int]) -> None:
        self.notes = {"small": small["notes"], "large": large["notes"]}

    def steps(self, random: Random) -> Sequence[Step]:
        reads = [
            Step(f"notes of {author}", lambda side, author=author: _plain(side, notes_of(author)))
            for author in range(31)
        ]
        return [*reads[:5], Step("a star", lambda side: _plain(side, star(random.randint(7, 7)))), *reads[5:]]

    def trials(self) -> Sequence[Trial]:
        return [Trial("stars add up", _stars_add_up, rounds=2)]

    def fresh_cases(self, random: Random) -> Sequence[FreshCase]:
        body = f"new {random.randint(1, 10**6)}"
        return [
            FreshCase(
                "a body rewritten",
                [notes_of(4)],
                lambda side: _rewrite(side, 4, body),
                0.0,
                lambda _, answer: [answer.status, answer.body],
            )
        ]

    def probes(self, side: Side, random: Random) -> Sequence[Probe]:
        return [Probe("notes", "notes of one", [notes_of(1), notes_of(2)], [notes_of(3), notes_of(4)], rows=10)]

    def write_run(self, random: Random) -> WriteRun:
        run = WriteRun([star(note) for note in range(1, 20)])
        run.programs = [("rewrite", {"id": note, "body": "y" * 120}) for note in range(1, 20)]
        return run

    def memory_requests(self, random: Random, count: int) -> list[Request]:
        return [notes_of(number % 30) for number in range(count)]

    def load_requests(self, side: Side, random: Random, count: int) -> list[Request]:
        return [notes_of(random.randint(0, 29)) for _ in range(count)]

    def baseline_requests(self, random: Random, count: int) -> list[Request]:
        return [notes_of(random.randint(0, 29)) for _ in range(count)]


def _plain(side: Side, request: Request) -> Any:
    answer = side.call(request)
    return [answer.status, answer.body]


def _rewrite(side: Side, note: int, body: str) -> None:
    side.program("rewrite", {"id": note, "body": body})


def _stars_add_up(side: Side, _: Random) -> None:
    before = side.call(star(9)).fields["stars"]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(side.call, [star(9)] * 24))
    found = side.call(star(9)).fields["stars"]
    if found != before + 25:
        raise Violation(f"{found - before} stars of 25")


def write_scenario(root: Path, **parameters: Any) -> Scenario:
    folder = root / "performance" / "tiny"
    known = SCENARIO | {"parameters": SCENARIO["parameters"] | parameters}
    files = {
        "scenario.yaml": yaml.safe_dump(known),
        "prompt.md": "Make it fast.",
        "fixtures/service/app.py": SERVICE,
        "fixtures/service/service.yaml": "runtime: python\nprocesses: {web: {command: [python, app.py]}}\n",
        "fixtures/migrations/0001_notes.up.sql": UP,
        "fixtures/migrations/0001_notes.down.sql": "DROP TABLE notes;",
        "fixtures/seed/seed.sql": SEED,
        "fixtures/other_programs.sql": PROGRAMS,
        **{f"solutions/reference/{path}": text for path, text in REFERENCE.items()},
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Scenario.load(folder)


@contextmanager
def bench_for(
    scenario: Scenario, testbed: Testbed, changed: dict[str, str], *, removed: tuple[str, ...] = ()
) -> Generator[PerformanceBench]:
    """The bench of the reference with `changed` laid over it, after the check on its files, which must pass."""
    files = {path: text for path, text in (REFERENCE | changed).items() if path not in removed}
    with open_bench(GradeJob(scenario, Submission(files=files), testbed, 0, monotonic() + 600)) as bench:
        assert files_complete.run(bench).status == "passed"
        yield bench

from pathlib import Path

import pytest

from scorers.checks import Outcome
from scorers.database_schema.check_files import files_complete
from scorers.database_schema.migrations import Migration
from scorers.submission import Submission
from tests.scorers.database_schema.tiny import DOWN, QUERIES, UP, bench_for, tiny_scenario

FILES = {
    "migrations/0002_init.up.sql": UP,
    "migrations/0002_init.down.sql": DOWN,
    "queries.sql": QUERIES,
    "DESIGN.md": "Notes.",
}


def outcome_of(root: Path, files: dict[str, str], *base: Migration) -> Outcome:
    with bench_for(tiny_scenario(root)) as bench:
        bench.base = list(base)
        object.__setattr__(bench.job, "submission", Submission(files=files))
        bench.migrations, bench.queries = [], {}
        outcome = files_complete.run(bench)
        assert bool(bench.migrations and bench.queries) == (outcome.status == "passed")
    return outcome


def test_complete_files_pass(tmp_path: Path) -> None:
    assert outcome_of(tmp_path, FILES, Migration(1, "old", "SELECT 1", "SELECT 1")).status == "passed"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"DESIGN.md": " \n"}, "DESIGN.md is missing or empty"),
        ({"queries.sql": None}, "queries.sql is missing"),
        ({"queries.sql": QUERIES.replace("notes_of", "notes_by")}, "no query 'notes_of'"),
        ({"queries.sql": QUERIES.replace(":size", ":how_many")}, "['how_many']"),
        ({"migrations/0002_init.down.sql": None}, "no down file"),
        ({"migrations/0002_init.down.sql": "  "}, "down file of version 2 is empty"),
    ],
)
def test_each_gap_is_named(tmp_path: Path, changes: dict[str, str | None], problem: str) -> None:
    files = {path: text for path, text in (FILES | changes).items() if text is not None}
    outcome = outcome_of(tmp_path, files)
    assert outcome.status == "failed"
    assert problem in outcome.evidence[0].body


@pytest.mark.parametrize(("version", "problem"), [(2, "is taken"), (7, "comes before the last one")])
def test_numbers_must_follow_what_exists(tmp_path: Path, version: int, problem: str) -> None:
    outcome = outcome_of(tmp_path, FILES, Migration(version, "old", "SELECT 1", "SELECT 1"))
    assert problem in outcome.evidence[0].body

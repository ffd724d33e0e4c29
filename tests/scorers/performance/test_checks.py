"""Each check on the small scenario: the reference passes, a variant with one defect fails."""

import pytest

from scorers.checks import Outcome
from scorers.performance.check_behaves import behaves, concurrency, fresh
from scorers.performance.check_costs import memory, writes
from scorers.performance.check_counts import reads, scans, statements
from scorers.performance.check_files import files_complete, service_starts
from scorers.performance.check_migrations import data_survives, migrations_apply, migrations_step_down
from scorers.performance.parameters import load_parameters
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedTestbed
from tests.scorers.performance.conftest import Run
from tests.scorers.performance.tiny import ONE_STATEMENT, REFERENCE, SERVICE, bench_for

APP = REFERENCE["app.py"]
UP, DOWN = "migrations/0002_index.up.sql", "migrations/0002_index.down.sql"


def changed(old: str, new: str) -> str:
    assert old in APP
    return APP.replace(old, new)


def evidence(outcome: Outcome) -> str:
    return "\n".join(f"{item.title}\n{item.body}" for item in outcome.evidence)


def test_the_reference_passes_every_check_that_counts(run: Run) -> None:
    for check in (migrations_apply, data_survives, service_starts, behaves, concurrency, fresh):
        assert run(check).status == "passed", check.id
    for check in (reads, scans):
        assert run(statements, check).status == "passed", check.id
    for check in (statements, writes, memory):
        assert run(check).status == "passed", check.id


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({}, "nothing is changed"),
        ({"app.py": APP}, "DESIGN.md is missing"),
        (
            {
                "DESIGN.md": "x",
                "migrations/0001_again.up.sql": "SELECT 1",
                "migrations/0001_again.down.sql": "SELECT 1",
            },
            "does not come after",
        ),
        ({"DESIGN.md": "x", UP: "SELECT 1"}, "no down file"),
        ({"DESIGN.md": "x", "service.yaml": "runtime: cobol"}, "not a service manifest"),
    ],
)
def test_files_that_do_not_fit_are_told(
    scenario: Scenario, testbed: EmbeddedTestbed, files: dict[str, str], problem: str
) -> None:
    with bench_for(scenario, testbed, {}) as bench:
        bench.job = type(bench.job)(scenario, Submission(files=files), testbed, 0, bench.job.deadline_at_s)
        bench.schema.migrations = []
        outcome = files_complete.run(bench)
    assert outcome.status == "failed"
    assert problem in evidence(outcome)


def test_a_service_that_does_not_start_shows_what_it_printed(run: Run) -> None:
    outcome = run(service_starts, app_py="import no_such_package\n")
    assert outcome.status == "failed"
    assert "no_such_package" in evidence(outcome)


def test_another_order_is_not_as_before(run: Run) -> None:
    outcome = run(behaves, app_py=changed("ORDER BY id DESC", "ORDER BY id"))
    assert (outcome.status, outcome.message) == ("failed", "notes of 0: not as before")


def test_a_whole_number_that_became_a_fraction_is_not_as_before(run: Run) -> None:
    assert run(behaves, app_py=changed('"stars": stars', '"stars": float(stars)')).status == "failed"


def test_a_service_that_ends_half_way_fails_the_check_and_not_the_harness(run: Run) -> None:
    dying = changed("def star(note: int):\n", "def star(note: int):\n    os._exit(3)\n")
    assert run(behaves, app_py=dying).status == "failed"


def test_a_lost_update_is_seen(run: Run) -> None:
    lost = changed(
        'connection.execute("UPDATE notes SET stars = stars + 1 WHERE id = %s", (note,))',
        'stars = one(connection, note)["stars"]; connection.execute("SELECT pg_sleep(0.01)"); '
        'connection.execute("UPDATE notes SET stars = %s WHERE id = %s", (stars + 1, note))',
    )
    outcome = run(concurrency, app_py=lost)
    assert outcome.status == "failed"
    assert "stars of 25" in outcome.message


def test_an_answer_kept_for_ever_is_stale(run: Run) -> None:
    cached = changed('@app.get("/notes/{author}")\n', '@app.get("/notes/{author}")\n@lru_cache\n')
    outcome = run(fresh, app_py=f"from functools import lru_cache\n{cached}")
    assert outcome.status == "failed"
    assert "which it must at once" in outcome.message


def test_a_statement_per_row_is_counted(run: Run) -> None:
    outcome = run(statements, app_py=SERVICE)
    assert outcome.status == "failed"
    assert "11 of 3" in outcome.message


def test_statements_inside_a_function_are_counted(run: Run) -> None:
    function = """CREATE FUNCTION notes_of(a int) RETURNS SETOF notes LANGUAGE plpgsql AS $$
        DECLARE wanted bigint;
        BEGIN
            FOR wanted IN SELECT n.id FROM notes n WHERE n.author = a ORDER BY n.id DESC LIMIT 10 LOOP
                RETURN QUERY SELECT * FROM notes n WHERE n.id = wanted;
            END LOOP;
        END $$;"""
    files = {
        "app_py": changed("FROM notes WHERE author = %s ORDER BY id DESC LIMIT 10", "FROM notes_of(%s)"),
        "migrations__0003_f.up.sql": function,
        "migrations__0003_f.down.sql": "DROP FUNCTION notes_of(int);",
    }
    assert "12 of 3" in run(statements, **files).message


def test_rows_that_are_thrown_away_are_counted(run: Run) -> None:
    fetched = changed("ORDER BY id DESC LIMIT 10", "ORDER BY id DESC").replace(
        "for id, stars, body in rows", "for id, stars, body in list(rows)[:10]"
    )
    outcome = run(statements, reads, app_py=fetched)
    assert outcome.status == "failed"
    assert "rows fetched" in outcome.message


def test_without_an_index_the_table_is_read_from_end_to_end(run: Run) -> None:
    files = {"app_py": changed("ORDER BY id DESC", "ORDER BY id + 0 DESC")}
    outcome = run(statements, scans, removed=(UP, DOWN), **files)
    assert outcome.status == "failed"
    assert "public.notes" in evidence(outcome)


def test_indexes_that_nobody_asked_for_make_writes_dear(run: Run) -> None:
    more = "".join(f"CREATE INDEX more_{number} ON notes (body, stars, id);" for number in range(8))
    drop = "".join(f"DROP INDEX more_{number};" for number in range(8))
    files = {"migrations__0003_more.up.sql": more, "migrations__0003_more.down.sql": drop}
    outcome = run(writes, **files)
    assert outcome.status == "failed"
    assert "more_7" in evidence(outcome)


def test_answers_that_are_kept_make_memory_grow(run: Run) -> None:
    kept = changed(
        "        rows = connection", "        kept.append('x' * 200_000 + str(author))\n        rows = connection"
    )
    outcome = run(memory, app_py=f"kept = []\n{kept}")
    assert outcome.status == "failed"
    assert "memory grows" in outcome.message


def test_a_migration_that_changes_rows_is_told(run: Run) -> None:
    files = {
        "migrations__0003_fix.up.sql": "UPDATE notes SET body = 'z' WHERE id = 3;",
        "migrations__0003_fix.down.sql": "SELECT 1;",
    }
    assert "rows of notes are not what they were" in run(data_survives, **files).message


def test_a_migration_that_only_empty_tables_bear_is_told(run: Run) -> None:
    files = {
        "migrations__0003_u.up.sql": "CREATE UNIQUE INDEX u ON notes (author);",
        "migrations__0003_u.down.sql": "DROP INDEX u;",
    }
    assert run(migrations_apply, **files).status == "passed"
    assert "SQLSTATE 23505" in run(data_survives, **files).message


def test_the_checks_on_migrations_are_those_of_schemas(run: Run) -> None:
    files = {
        "migrations__0003_v.up.sql": "CREATE VIEW v AS SELECT 1 AS one;",
        "migrations__0003_v.down.sql": "SELECT 1;",
    }
    assert run(migrations_apply, migrations_step_down, **files).status == "failed"


def test_the_loop_was_replaced() -> None:
    assert ONE_STATEMENT in APP
    assert APP != SERVICE


def test_parameters_that_do_not_fit_together_are_refused(scenario: Scenario) -> None:
    parameters = load_parameters(scenario)
    assert parameters.endpoints["notes"].buffers is not None
    assert parameters.endpoints["notes"].buffers.allows(10, 0) == 80


@pytest.mark.parametrize(
    "answer",
    [
        "Response('[' * 900 + ']' * 900, media_type='application/json')",
        "Response('{\"notes\": [' * 400 + ']}' * 400, media_type='application/json')",
        "Response('not json', media_type='application/json')",
        "Response('1' * 6000, media_type='application/json')",
        "Response(b'\\xff\\xfe', media_type='application/json')",
        "Response('NaN', media_type='application/json')",
        "Response('{}', media_type='text/html')",
        "Response(status_code=204)",
    ],
)
def test_garbage_is_the_submissions_failure(run: Run, answer: str) -> None:
    garbled = changed("def notes(author: int):\n", f"def notes(author: int):\n    return {answer}\n")
    outcome = run(behaves, app_py=garbled.replace("import FastAPI", "import FastAPI, Response"))
    assert outcome.status == "failed"

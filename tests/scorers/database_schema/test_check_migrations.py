"""The checks on migrations, each with migrations that pass and with one defect."""

import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from scorers.checks import Outcome
from scorers.database_schema import check_settings
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.check_migrations import migrations_apply, migrations_rebuild, migrations_step_down
from scorers.database_schema.check_settings import settings_untouched
from scorers.database_schema.migrations import Migration
from scorers.database_schema.parameters import load_parameters
from scorers.errors import HarnessFault
from scorers.families import GradeJob
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.protocol import Testbed
from tests.scorers.database_schema.tiny import TinyOracle, tiny_scenario

Steps = list[tuple[str, str]]
"""The up and the down file of each migration."""

MakeBench = Callable[..., SchemaBench]

SOUND: Steps = [
    (
        "CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stars int NOT NULL DEFAULT 0, "
        "CONSTRAINT stars_positive CHECK (stars >= 0)); GRANT SELECT ON note TO app_user;",
        "DROP TABLE note;",
    ),
    ("CREATE TYPE mood AS ENUM ('sad', 'glad'); ALTER TABLE note ADD mood mood;", "ALTER TABLE note DROP mood; DROP TYPE mood;"),
    ("CREATE INDEX CONCURRENTLY note_stars ON note (stars);", "DROP INDEX CONCURRENTLY note_stars;"),
    ("GRANT INSERT ON note TO app_user;", "REVOKE INSERT ON note FROM app_user;"),
    ("INSERT INTO note (stars) VALUES (1), (2);", "DELETE FROM note;"),
    (
        "ALTER TABLE note DROP COLUMN stars;",
        "ALTER TABLE note ADD stars int NOT NULL DEFAULT 0, ADD CONSTRAINT stars_positive CHECK (stars >= 0); "
        "CREATE INDEX note_stars ON note (stars);",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def testbed() -> Generator[Testbed]:
    with EmbeddedProvider().open(cluster_bytes=1_000_000_000) as opened:
        yield opened


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return tiny_scenario(tmp_path)


@pytest.fixture
def make_bench(testbed: Testbed, scenario: Scenario) -> MakeBench:
    def make(steps: Steps, base: Steps | None = None) -> SchemaBench:
        job = GradeJob(scenario, Submission(files={"DESIGN.md": "x"}), testbed, 0, time.monotonic() + 120)
        bench = SchemaBench(job, load_parameters(scenario), TinyOracle(), _migrations(base or [], 1), {})
        bench.migrations = _migrations(steps, 10)
        return bench

    return make


def _migrations(steps: Steps, first: int) -> list[Migration]:
    return [Migration(number, "step", up, down) for number, (up, down) in enumerate(steps, first)]


def _body(outcome: Outcome) -> str:
    return "\n".join(f"{evidence.title}\n{evidence.body}" for evidence in outcome.evidence)


def test_sound_migrations_pass_every_check(make_bench: MakeBench) -> None:
    bench = make_bench(SOUND)
    for check in (migrations_apply, settings_untouched, migrations_step_down, migrations_rebuild):
        outcome = check.run(bench)
        assert outcome.status == "passed", (check.id, outcome)
    assert bench.template is not None
    with bench.database() as name, bench.postgres.connect(name, "app_owner") as connection:
        assert connection.execute(b"SELECT count(*) FROM note").fetchall() == [(2,)]


def test_migrations_on_a_schema_that_is_there_pass(make_bench: MakeBench) -> None:
    base = SOUND[:2]
    change = [("ALTER TABLE note ADD more text", "ALTER TABLE note DROP more")]
    bench = make_bench(change, base)
    for check in (migrations_apply, migrations_step_down, migrations_rebuild):
        assert check.run(bench).status == "passed", check.id


def test_a_scenarios_own_migration_that_fails_is_a_fault_of_the_harness(make_bench: MakeBench) -> None:
    bench = make_bench(SOUND, [("CREATE TABEL x ()", "")])
    with pytest.raises(HarnessFault, match="fixtures/migrations"):
        migrations_apply.run(bench)


@pytest.mark.parametrize(
    ("up", "sqlstate", "said"),
    [
        ("CREATE TABLE fine (id int);\nCREATE TABEL x ();", "42601", ">    2 | CREATE TABEL"),
        ("CREATE TABLE x (id int REFERENCES nowhere);", "42P01", 'relation "nowhere" does not exist'),
        ("CREATE TABLE x (id int); CREATE INDEX CONCURRENTLY i ON x (id);", "25001", "transaction block"),
        ("CREATE ROLE intruder;", "42501", "permission denied"),
        ("COPY (SELECT 1) TO PROGRAM 'true';", "42501", "permission denied"),
        ("BEGIN; CREATE TABLE x (id int);", "25000", "transaction open"),
    ],
)
def test_a_migration_that_fails_is_named_with_its_error(
    make_bench: MakeBench, up: str, sqlstate: str, said: str
) -> None:
    bench = make_bench([*SOUND[:1], (up, "SELECT 1")])
    outcome = migrations_apply.run(bench)
    assert outcome.status == "failed"
    assert "migrations/0011_step.up.sql" in outcome.message
    assert sqlstate in outcome.message
    assert said in _body(outcome)
    assert bench.template is None


def test_an_invalid_index_is_not_applied(make_bench: MakeBench) -> None:
    up = """
        CREATE TABLE log (at timestamptz) PARTITION BY RANGE (at);
        CREATE TABLE log_1 PARTITION OF log DEFAULT;
        CREATE INDEX log_at ON ONLY log (at);"""
    outcome = migrations_apply.run(make_bench([(up, "DROP TABLE log")]))
    assert outcome.status == "failed"
    assert "public.log_at on public.log" in _body(outcome)


@pytest.mark.parametrize(
    ("up", "down", "said"),
    [
        ("CREATE TYPE tone AS ENUM ('a'); CREATE TABLE x (t tone)", "DROP TABLE x", "+ type public.tone"),
        ("REVOKE SELECT ON note FROM app_user", "SELECT 1", "app_user: SELECT"),
        ("ALTER TABLE note DROP CONSTRAINT stars_positive", "SELECT 1", "- table constraint stars_positive"),
        (
            "ALTER TABLE note DROP CONSTRAINT stars_positive",
            "ALTER TABLE note ADD CONSTRAINT stars_positive CHECK (stars >= 0) NOT VALID",
            "validated",
        ),
        ("ALTER TABLE note ADD more text", "SELECT 1", "table column public.note.more"),
        ("ALTER TABLE note ADD more text", "ALTER TABLE note DROP mroe", '"mroe" of relation "note" does not exist'),
        ("COMMENT ON TABLE note IS 'x'", "SELECT 1", "comment"),
        ("ALTER TABLE note ENABLE ROW LEVEL SECURITY", "SELECT 1", "row_security"),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app_user", "SELECT 1", "default acl"),
        ("CREATE SCHEMA IF NOT EXISTS more", "SELECT 1", "+ schema more"),
        ("CREATE EXTENSION citext", "SELECT 1", "+ extension citext"),
        ("CREATE TABLE x (id int)", "DROP TABLE x; DROP TABLE note", "- table public.note"),
        ("ALTER TABLE note RENAME stars TO points", "ALTER TABLE note RENAME points TO star", "public.note.star"),
        ("SELECT 1", "CREATE TABLE x (id int)", "+ table public.x"),
    ],
)  # fmt: skip
def test_a_step_that_does_not_come_back_is_shown(make_bench: MakeBench, up: str, down: str, said: str) -> None:
    bench = make_bench([SOUND[0], (up, down), ("CREATE TABLE last (id int)", "DROP TABLE last")])
    assert migrations_apply.run(bench).status == "passed"
    outcome = migrations_step_down.run(bench)
    assert outcome.status == "failed"
    assert said in _body(outcome)
    assert "migrations/0011_step.down.sql" in _body(outcome)
    assert "0012" not in _body(outcome)


@pytest.mark.parametrize(
    ("up", "down", "said"),
    [
        ("CREATE TYPE tone AS ENUM ('a'); CREATE TABLE x (t tone)", "DROP TABLE x", "+ type public.tone"),
        ("CREATE TABLE x (id int)", "DROP TABLE x; CREATE VIEW v AS SELECT 1 AS one", "+ view public.v"),
        ("CREATE TABLE x (id int)", "DROP TABLE y", '"y" does not exist'),
    ],
)
def test_a_way_down_that_does_not_lead_to_the_start_is_shown(
    make_bench: MakeBench, up: str, down: str, said: str
) -> None:
    bench = make_bench([(up, down), *SOUND])
    assert migrations_apply.run(bench).status == "passed"
    outcome = migrations_rebuild.run(bench)
    assert outcome.status == "failed"
    assert said in _body(outcome)


def test_every_faulty_step_is_found_not_only_the_topmost(make_bench: MakeBench) -> None:
    steps: Steps = [(f"CREATE SCHEMA s{n}", f"DROP SCHEMA s{n}" if n % 2 else "SELECT 1") for n in range(5)]
    bench = make_bench(steps)
    assert migrations_apply.run(bench).status == "passed"
    outcome = migrations_step_down.run(bench)
    assert outcome.message.startswith("3 steps")
    for number in (10, 12, 14):
        assert f"After migrations/{number:04d}_step.down.sql" in _body(outcome)


def test_a_step_that_makes_something_else_the_second_time_is_shown(make_bench: MakeBench) -> None:
    once = """
        CREATE TABLE seen (id int);
        DO $$ BEGIN
          IF to_regclass('public.note_stars') IS NULL AND (SELECT count(*) FROM marker) = 0
          THEN CREATE INDEX note_stars ON note (stars); INSERT INTO marker VALUES (1); END IF;
        END $$;"""
    steps: Steps = [
        SOUND[0],
        ("CREATE TABLE marker (id int)", "DROP TABLE marker"),
        (once, "DROP TABLE seen; DROP INDEX IF EXISTS note_stars"),
    ]
    bench = make_bench(steps)
    assert migrations_apply.run(bench).status == "passed"
    outcome = migrations_step_down.run(bench)
    assert "the second time" in _body(outcome)
    assert "- index public.note_stars" in _body(outcome)


@pytest.mark.parametrize(
    ("up", "back", "said"),
    [
        ("ALTER ROLE app_owner SET search_path TO app", "ALTER ROLE app_owner RESET search_path", "search_path=app"),
        ("ALTER ROLE app_owner RESET statement_timeout", "ALTER ROLE app_owner SET statement_timeout = '60s'", "statement_timeout=60s"),
        ("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = off', current_database()); END $$", "SELECT 1", "jit=off"),
        ("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 30', current_database()); END $$", "SELECT 1", "connection_limit"),
        ("SELECT lo_create(0)", "SELECT 1", "large objects: 1 of app_owner"),
    ],
)  # fmt: skip
def test_settings_and_leftovers_are_seen(make_bench: MakeBench, up: str, back: str, said: str) -> None:
    bench = make_bench([(up, "SELECT 1")])
    try:
        assert migrations_apply.run(bench).status == "passed"
        outcome = settings_untouched.run(bench)
    finally:
        with bench.postgres.connect("postgres", "admin") as admin:
            admin.execute(back.encode())
    assert outcome.status == "failed"
    assert said in _body(outcome)


def test_a_session_that_is_left_is_seen(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_settings, "QUIET_S", 0.1)
    bench = make_bench(SOUND)
    assert migrations_apply.run(bench).status == "passed"
    assert bench.template is not None
    with bench.postgres.connect(bench.template, "app_owner") as left:
        left.execute(b"SELECT pg_advisory_lock(7)")
        outcome = settings_untouched.run(bench)
    assert outcome.status == "failed"
    assert "client backend of app_owner" in _body(outcome)
    assert "advisory locks" in _body(outcome)


def test_privileges_on_the_database_are_the_migrations_own(make_bench: MakeBench) -> None:
    grant = "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO app_user', current_database()); END $$"
    bench = make_bench([(grant, grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM "))])
    for check in (migrations_apply, settings_untouched, migrations_step_down, migrations_rebuild):
        assert check.run(bench).status == "passed", check.id


def test_thirty_migrations_take_seconds(make_bench: MakeBench) -> None:
    steps: Steps = [
        (
            f"CREATE TABLE t{n} (id bigint PRIMARY KEY, a text, b text); CREATE INDEX i{n} ON t{n} (a)",
            f"DROP TABLE t{n}",
        )
        for n in range(30)
    ]
    bench = make_bench(steps)
    started_s = time.monotonic()
    for check in (migrations_apply, migrations_step_down, migrations_rebuild):
        assert check.run(bench).status == "passed", check.id
    assert time.monotonic() - started_s < 60

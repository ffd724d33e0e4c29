"""The advice on schemas: what a reviewer would remark on, and what looks like it but is sound."""

import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from scorers.checks import Check, Outcome
from scorers.database_schema import squawk
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.check_advice import (
    ADVICE_CHECKS,
    advice_duplicate_indexes,
    advice_foreign_keys,
    advice_id_room,
    advice_squawk,
    advice_timestamps,
)
from scorers.database_schema.check_migrations import migrations_apply
from scorers.database_schema.migrations import Migration
from scorers.database_schema.parameters import load_parameters
from scorers.errors import HarnessFault
from scorers.families import GradeJob
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.protocol import Testbed
from tests.scorers.database_schema.tiny import TinyOracle, tiny_scenario

Advise = Callable[..., Outcome]

TABLES = """
CREATE TABLE parent (tenant int NOT NULL, id bigint NOT NULL UNIQUE, PRIMARY KEY (tenant, id));
CREATE TABLE child (tenant int, parent_id bigint, size int, name text);
GRANT DELETE ON parent TO app_user;
"""


@pytest.fixture(scope="module")
def testbed() -> Generator[Testbed]:
    with EmbeddedProvider().open(cluster_bytes=1_000_000_000) as opened:
        yield opened


@pytest.fixture
def advise(testbed: Testbed, tmp_path: Path) -> Advise:
    """Run a check on the migrations given, after those of the scenario (`base`), with tables known to have grown."""
    scenario = tiny_scenario(tmp_path)

    def run(
        check: Check[SchemaBench], *ups: str, base: tuple[str, ...] = (), grown: dict[str, int] | None = None
    ) -> Outcome:
        job = GradeJob(scenario, Submission(files={"DESIGN.md": "x"}), testbed, 0, time.monotonic() + 120)
        before = [Migration(number, "base", up, "SELECT 1") for number, up in enumerate(base, 1)]
        bench = SchemaBench(job, load_parameters(scenario), TinyOracle(), before, {}, grown_tables=grown or {})
        bench.migrations = [Migration(number, "step", up, "SELECT 1") for number, up in enumerate(ups, 10)]
        applied = migrations_apply.run(bench)
        assert applied.status == "passed", applied
        return check.run(bench)

    return run


def _body(outcome: Outcome) -> str:
    return "\n".join(f"{evidence.title}\n{evidence.body}" for evidence in outcome.evidence)


def test_every_check_is_documented_and_light() -> None:
    for check in ADVICE_CHECKS:
        assert check.docs.fails
        assert check.weight == 0.25
        assert not check.gate


COMPOSITE = "ALTER TABLE child ADD CONSTRAINT to_parent FOREIGN KEY (tenant, parent_id) REFERENCES parent (tenant, id);"


@pytest.mark.parametrize(
    "index",
    [
        "CREATE INDEX ON child (tenant, parent_id)",
        "CREATE INDEX ON child (parent_id, tenant, size)",
        "CREATE INDEX ON child (parent_id, size)",
        "CREATE UNIQUE INDEX ON child (tenant, parent_id, size)",
        "CREATE INDEX ON child (parent_id, tenant) WHERE parent_id IS NOT NULL",
        "CREATE INDEX ON child (parent_id, tenant) WHERE parent_id IS NOT NULL AND tenant IS NOT NULL",
        "REVOKE DELETE ON parent FROM app_user",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM parent'; REVOKE DELETE ON parent FROM app_user",
    ],
)
def test_a_foreign_key_that_deletions_can_follow(advise: Advise, index: str) -> None:
    assert advise(advice_foreign_keys, TABLES + COMPOSITE + index).status in {"passed", "not_applicable"}


@pytest.mark.parametrize(
    "index",
    [
        "SELECT 1",
        "CREATE INDEX ON child (tenant)",
        "CREATE INDEX ON child (size, parent_id)",
        "CREATE INDEX ON child ((tenant + 1), parent_id)",
        "CREATE INDEX ON child (parent_id, tenant) WHERE size > 0",
        "CREATE INDEX ON child (parent_id, tenant) WHERE size IS NOT NULL",
        "CREATE INDEX ON child USING brin (parent_id, tenant)",
        "REVOKE DELETE ON parent FROM app_user; "
        "CREATE FUNCTION f() RETURNS void SECURITY DEFINER LANGUAGE sql AS 'DELETE FROM public.parent'",
    ],
)
def test_a_foreign_key_that_deletions_search_the_table_for(advise: Advise, index: str) -> None:
    outcome = advise(advice_foreign_keys, TABLES + COMPOSITE + index)
    assert outcome.status == "failed"
    assert "public.child: to_parent FOREIGN KEY" in _body(outcome)


def test_deletions_are_followed_through_cascades(advise: Advise) -> None:
    up = (
        TABLES
        + "ALTER TABLE child ADD id bigint PRIMARY KEY, ADD FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE "
        "CASCADE; CREATE INDEX ON child (parent_id); CREATE TABLE leaf (child_id bigint REFERENCES child);"
    )
    outcome = advise(advice_foreign_keys, up)
    assert outcome.status == "failed"
    assert outcome.score == 0.5
    assert "public.leaf" in _body(outcome)
    assert advise(advice_foreign_keys, up.replace(" ON DELETE CASCADE", "")).status == "passed"


def test_only_tables_that_grow_are_asked_about(advise: Advise) -> None:
    grown = {"public.parent": 20_000}
    assert advise(advice_foreign_keys, TABLES + COMPOSITE, grown=grown).status == "not_applicable"
    assert advise(advice_foreign_keys, TABLES + COMPOSITE, grown=grown | {"public.child": 900}).status == "failed"


PARTITIONED = """
CREATE TABLE parent (id bigint PRIMARY KEY, at timestamptz);
GRANT DELETE ON parent TO app_user;
CREATE TABLE log (parent_id bigint REFERENCES parent, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE log_old PARTITION OF log FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE log_new PARTITION OF log DEFAULT;
"""


def test_a_partitioned_table_is_spoken_of_once(advise: Advise) -> None:
    outcome = advise(advice_foreign_keys, PARTITIONED, grown={"public.log_new": 5000})
    assert outcome.message.startswith("1 of 1")
    index = "CREATE INDEX ON log (parent_id);"
    assert advise(advice_foreign_keys, PARTITIONED + index).status == "passed"
    assert advise(advice_duplicate_indexes, PARTITIONED + index).status == "passed"
    outcome = advise(advice_duplicate_indexes, PARTITIONED + index + "CREATE INDEX twice ON log (parent_id);")
    assert outcome.message.startswith("1 of 3")
    outcome = advise(advice_timestamps, PARTITIONED.replace("at timestamptz NOT NULL", "at timestamp NOT NULL"))
    assert _body(outcome).count("public.log") == 1


@pytest.mark.parametrize(
    "indexes",
    [
        "CREATE INDEX ON child (size); CREATE INDEX ON child (name)",
        "CREATE INDEX ON child (size, name); CREATE INDEX ON child (name, size)",
        "CREATE INDEX ON child (size); CREATE INDEX ON child (size DESC, name)",
        "CREATE INDEX ON child (name); CREATE INDEX ON child (name text_pattern_ops)",
        'CREATE INDEX ON child (name); CREATE INDEX ON child (name COLLATE "POSIX")',
        "CREATE INDEX ON child (size); CREATE INDEX ON child (size) WHERE name IS NULL",
        "CREATE INDEX ON child (size); CREATE INDEX ON child USING hash (size)",
        "CREATE INDEX ON child (size) INCLUDE (name); CREATE INDEX ON child (size, tenant)",
        "CREATE INDEX ON child (lower(name)); CREATE INDEX ON child (upper(name))",
        "CREATE UNIQUE INDEX ON child (size); CREATE INDEX ON child (size, name)",
        "CREATE UNIQUE INDEX ON child (size); CREATE UNIQUE INDEX ON child (size) NULLS NOT DISTINCT",
        "ALTER TABLE child ADD PRIMARY KEY (size); ALTER TABLE child ADD UNIQUE (size, tenant); "
        "CREATE TABLE leaf (size int, tenant int, FOREIGN KEY (size, tenant) REFERENCES child (size, tenant))",
        "CREATE EXTENSION citext",
    ],
)
def test_indexes_that_each_do_something(advise: Advise, indexes: str) -> None:
    outcome = advise(advice_duplicate_indexes, TABLES + indexes)
    assert outcome.status == "passed", _body(outcome)


@pytest.mark.parametrize(
    ("indexes", "redundant"),
    [
        ("CREATE INDEX one ON child (size); CREATE INDEX two ON child (size)", "two"),
        ("CREATE INDEX one ON child (size); CREATE INDEX two ON child (size, name)", "one"),
        ("CREATE INDEX one ON child (size); CREATE UNIQUE INDEX two ON child (size)", "one"),
        ("CREATE INDEX one ON parent (tenant)", "one"),
        ("CREATE UNIQUE INDEX one ON parent (id)", "one"),
        ("CREATE INDEX one ON child (lower(name)); CREATE INDEX two ON child (lower(name), size)", "one"),
        (
            "CREATE INDEX one ON child (size) WHERE name = 'a'; CREATE INDEX two ON child (size, tenant) WHERE name = 'a'",
            "one",
        ),
        ("CREATE INDEX one ON child USING hash (size); CREATE INDEX two ON child USING hash (size)", "two"),
        ("CREATE INDEX one ON child (size) INCLUDE (name); CREATE INDEX two ON child (size, name)", "one"),
    ],
)
def test_an_index_that_repeats_another(advise: Advise, indexes: str, redundant: str) -> None:
    outcome = advise(advice_duplicate_indexes, TABLES + indexes)
    assert outcome.status == "failed"
    assert outcome.message.startswith("1 of")
    assert f"INDEX {redundant} ON" in _body(outcome).splitlines()[1]


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ("at timestamptz", "passed"),
        ("at date", "not_applicable"),
        ("at timestamp", "failed"),
        ("at timestamp(3)[]", "failed"),
        ("at moment", "failed"),
        ("at timestamptz, local timestamp GENERATED ALWAYS AS (at AT TIME ZONE 'UTC') STORED", "passed"),
    ],
)
def test_points_in_time(advise: Advise, columns: str, status: str) -> None:
    up = f"CREATE DOMAIN moment AS timestamp; CREATE TABLE t ({columns}); CREATE VIEW v AS SELECT now()::timestamp"
    assert advise(advice_timestamps, up).status == status


def test_inherited_columns_are_spoken_of_once(advise: Advise) -> None:
    up = "CREATE TABLE t (at timestamp); CREATE TABLE u (more int) INHERITS (t)"
    assert advise(advice_timestamps, up).message.startswith("1 of 1")


@pytest.mark.parametrize(
    "columns",
    [
        "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "id bigserial PRIMARY KEY",
        "id uuid PRIMARY KEY DEFAULT uuidv7()",
        "id bigint, position int, PRIMARY KEY (id, position)",
        "code smallint PRIMARY KEY",
    ],
)
def test_keys_with_room(advise: Advise, columns: str) -> None:
    assert advise(advice_id_room, f"CREATE TABLE t ({columns})").status == "passed"


@pytest.mark.parametrize(
    "columns",
    [
        "id serial PRIMARY KEY",
        "id smallserial",
        "id int GENERATED BY DEFAULT AS IDENTITY",
        "id bigint DEFAULT nextval('narrow') PRIMARY KEY",
        "id small DEFAULT nextval('wide') PRIMARY KEY",
        "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, other int REFERENCES t",
    ],
)
def test_keys_that_run_out(advise: Advise, columns: str) -> None:
    up = f"CREATE SEQUENCE narrow AS int; CREATE SEQUENCE wide; CREATE DOMAIN small AS int; CREATE TABLE t ({columns})"
    outcome = advise(advice_id_room, up)
    assert outcome.status == "failed"
    assert "public.t." in _body(outcome)


def test_a_small_table_may_have_small_keys(advise: Advise) -> None:
    up = "CREATE TABLE kind (id smallint PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, kind smallint REFERENCES kind)"
    assert advise(advice_id_room, up, grown={"public.other": 900}).status == "passed"
    outcome = advise(advice_id_room, up, grown={"public.t": 900})
    assert outcome.status == "failed"
    assert "public.kind" not in _body(outcome)


BASE = "CREATE TABLE customers (id bigint PRIMARY KEY, email text); CREATE TABLE t (id bigint PRIMARY KEY)"


@pytest.mark.parametrize(
    "ups",
    [
        ["CREATE INDEX CONCURRENTLY i ON customers (email)"],
        ["CREATE TABLE fresh (id bigint REFERENCES customers (id)); CREATE INDEX ON fresh (id)"],
        ["CREATE TABLE fresh (id bigint)", "CREATE INDEX ON fresh (id)"],
        ["ALTER TABLE customers ADD a int DEFAULT 0; ALTER TABLE customers ADD b int REFERENCES t, ADD c text"],
        ["ALTER TABLE customers ADD g text GENERATED ALWAYS AS (lower(email))"],
        [
            "ALTER TABLE customers ADD CONSTRAINT k CHECK (email IS NOT NULL) NOT VALID",
            "ALTER TABLE customers VALIDATE CONSTRAINT k",
            "ALTER TABLE customers ALTER COLUMN email SET NOT NULL",
        ],
        ["CREATE UNIQUE INDEX CONCURRENTLY i ON customers (email)", "ALTER TABLE customers ADD UNIQUE USING INDEX i"],
        ["CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE INDEX i ON customers (email); END $$"],
        ["ALTER TABLE customers RENAME email TO mail; ALTER TABLE customers DROP mail"],
    ],
)
def test_migrations_that_hold_nobody_up(advise: Advise, ups: list[str]) -> None:
    outcome = advise(advice_squawk, *ups, base=(BASE,))
    assert outcome.status == "passed", _body(outcome)


@pytest.mark.parametrize(
    ("ups", "rule"),
    [
        (["CREATE INDEX i ON customers (email)"], "require-concurrent-index-creation"),
        (["CREATE INDEX i ON public.customers (email)"], "require-concurrent-index-creation"),
        (['CREATE INDEX i ON "customers" (email)'], "require-concurrent-index-creation"),
        (["ALTER TABLE customers ADD CONSTRAINT k CHECK (id > 0)"], "constraint-missing-not-valid"),
        (
            ["ALTER TABLE customers ADD CONSTRAINT k CHECK (id > 0) NOT VALID; ALTER TABLE customers VALIDATE CONSTRAINT k"],
            "constraint-missing-not-valid",
        ),
        (["ALTER TABLE customers ADD a uuid DEFAULT gen_random_uuid()"], "adding-field-with-default"),
        (["ALTER TABLE customers ADD g text GENERATED ALWAYS AS (lower(email)) STORED"], "adding-field-with-default"),
        (["ALTER TABLE customers ALTER email SET NOT NULL"], "adding-not-nullable-field"),
        (["ALTER TABLE customers ADD a int NOT NULL"], "adding-required-field"),
        (["ALTER TABLE customers ALTER id TYPE int"], "changing-column-type"),
        (["ALTER TABLE customers ADD UNIQUE (email)"], "unique-constraint|not-valid"),
        (["-- squawk-ignore-file\n-- squawk-ignore\nCREATE INDEX i ON customers (email)"], "require-concurrent"),
        (
            ["CREATE TABLE fresh (id bigint)", "INSERT INTO fresh SELECT id FROM customers", "CREATE INDEX ON fresh (id)"],
            "require-concurrent-index-creation",
        ),
    ],
)  # fmt: skip
def test_migrations_that_hold_a_busy_table_up(advise: Advise, ups: list[str], rule: str) -> None:
    outcome = advise(advice_squawk, *ups, base=(BASE,))
    assert outcome.status == "failed"
    assert any(part in _body(outcome) for part in rule.split("|"))
    assert f"_step.up.sql:{ups[-1].count(chr(10)) + 1}" in _body(outcome)


def test_nobody_is_held_up_where_nobody_is_yet(advise: Advise) -> None:
    assert advise(advice_squawk, BASE, "CREATE INDEX i ON customers (email)").status == "not_applicable"


def test_a_file_that_the_linter_cannot_read_is_left_out_and_said_so() -> None:
    reports = squawk.lint([Migration(3, "odd", "CREATE TABEL x", ""), Migration(4, "fine", "SELECT 1", "")], set())
    assert reports == [squawk.Unreadable("migrations/0003_odd.up.sql", reports[0].message)]


def test_a_linter_that_does_not_run_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(squawk.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(HarnessFault, match="install"):
        squawk.lint([Migration(3, "x", "SELECT 1", "")], set())


def test_text_with_other_letters_is_read_at_the_right_place() -> None:
    text = '-- Größe, 大小\nSELECT \'ü\'; ALTER TABLE "Größe" ADD CONSTRAINT k CHECK (id > 0);\nCREATE INDEX ON "Größe" (id);'
    found = squawk.lint([Migration(3, "x", text, "")], {"Größe"})
    assert [(report.line, report.rule) for report in found if isinstance(report, squawk.Finding)] == [
        (2, "constraint-missing-not-valid"),
        (3, "require-concurrent-index-creation"),
    ]

from pathlib import Path

import duckdb
import pytest

from reports.rows import COLUMNS
from reports.schema import (
    DOCUMENTATION,
    MIGRATIONS,
    SCHEMA_VERSION,
    VERSION_1,
    VERSION_TABLE,
    column_types,
    comment_statements,
    markdown,
)
from reports.store import Store
from scorers.errors import InputError
from tests.reports.contents import contents
from tests.reports.demo import demo_log


def make_version_1(path: Path) -> None:
    """A store as the first schema version had it, with one run and one sample."""
    with duckdb.connect(path) as connection:
        connection.execute(VERSION_TABLE + VERSION_1)
        connection.execute("INSERT INTO archeval_schema VALUES (1, TIMESTAMP '2026-01-01', '0.0.9')")
        connection.execute(
            "INSERT INTO runs VALUES ('eval-old', 'task-old', 'run-old', 'old.eval', TIMESTAMP '2026-01-01 10:00', "
            "'replay/naive', NULL, 'none', '', 'smoke', NULL, false, '{}', 'database_schema', 0, 'success', '{}', "
            "'0.0.9', [], 'hash', TIMESTAMP '2026-01-01 11:00')"
        )
        connection.execute(
            "INSERT INTO samples VALUES ('sample-old', 'eval-old', 'multi_tenant_saas', '1-A', 1, 'Title', "
            "'database_schema', 1, 'graded', '', 0.5, false, NULL, '', '', '', '{}', 0, 1, 2, NULL, 0, 0)"
        )


def catalog(path: Path) -> list[tuple[str, ...]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns() "
            "WHERE NOT internal ORDER BY ALL"
        ).fetchall()


def test_an_older_store_becomes_equal_to_a_new_one_and_keeps_its_rows(tmp_path: Path) -> None:
    old, new = tmp_path / "old.duckdb", tmp_path / "new.duckdb"
    make_version_1(old)
    store = Store.open(old)
    Store.open(new)
    assert catalog(old) == catalog(new)
    assert store.query("SELECT version FROM archeval_schema ORDER BY 1") == [(1,), (2,)]
    assert store.query("SELECT model, score, created_at = (SELECT updated_at FROM runs) FROM results") == [
        ("replay/naive", 0.5, True)
    ]
    assert store.ingest(demo_log("replay/alternate", 0.8)) == "added"


def test_opening_a_current_store_changes_nothing(demo_store: Store) -> None:
    before, stamp = contents(demo_store), demo_store.path.stat().st_mtime_ns
    Store.open(demo_store.path)
    assert contents(demo_store) == before
    assert demo_store.path.stat().st_mtime_ns == stamp


def test_a_newer_archevals_store_is_refused(demo_store: Store) -> None:
    with duckdb.connect(demo_store.path) as connection:
        connection.execute("INSERT INTO archeval_schema VALUES (99, now()::TIMESTAMP, '9.9')")
    with pytest.raises(
        InputError, match=rf"schema version 99; this archeval knows versions up to {SCHEMA_VERSION}.*Update"
    ):
        Store.open(demo_store.path)


def test_a_migration_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.duckdb"
    make_version_1(path)
    before = catalog(path)
    monkeypatch.setattr("reports.migrations.MIGRATIONS", (MIGRATIONS[0], MIGRATIONS[1] + "SELECT no_such_column;"))
    with pytest.raises(duckdb.Error, match="no_such_column"):
        Store.open(path)
    assert catalog(path) == before


def test_every_table_and_column_is_documented_and_no_other(demo_store: Store) -> None:
    rows = demo_store.query("SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal")
    assert {(table, column) for table, column, _ in rows} == {
        (table, column) for table, (_, columns) in DOCUMENTATION.items() for column in columns
    }
    assert all(comment for _, _, comment in rows)
    tables = demo_store.query(
        "SELECT table_name, comment FROM duckdb_tables() UNION ALL SELECT view_name, comment FROM duckdb_views() "
        "WHERE NOT internal"
    )
    assert dict(tables) == {table: comment for table, (comment, _) in DOCUMENTATION.items()}


def test_what_is_inserted_is_what_the_tables_have(demo_store: Store) -> None:
    rows = demo_store.query("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal")
    found = {table: {(name, kind) for owner, name, kind in rows if owner == table} for table in COLUMNS}
    assert found == {table: set(columns) for table, columns in COLUMNS.items()}


def test_the_types_that_are_printed_are_the_stores(demo_store: Store) -> None:
    rows = demo_store.query("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal")
    assert column_types() == {(table, column): kind for table, column, kind in rows}


def test_comments_and_markdown_come_from_the_documentation() -> None:
    assert any(
        "COMMENT ON COLUMN runs.task_id IS 'Inspect''s task id." in statement for statement in comment_statements()
    )
    text = markdown()
    assert "## contents" in text
    assert "| `content_hash` | VARCHAR | SHA-256 of the UTF-8 text, the key. |" in text

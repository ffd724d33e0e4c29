"""`archeval db`: the schema, a query, and DuckDB's shell."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evals.cli.main import archeval
from reports.documentation import DOCUMENTATION
from reports.store import Store
from scorers.errors import InputError
from tests.reports.demo import demo_log


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "archeval.duckdb")
    store.ingest(demo_log("replay/naive", 0.42))
    return store


def invoke(*args: str) -> Result:
    return CliRunner().invoke(archeval, ["db", *args], standalone_mode=False)


def test_the_schema_needs_no_store() -> None:
    output = invoke("--schema").output
    for table, (_, columns) in DOCUMENTATION.items():
        section = output.split(f"## {table}\n")[1].split("\n## ")[0]
        assert all(f"| `{name}` |" in section for name in columns)


def test_a_query_is_answered(store: Store) -> None:
    done = invoke("SELECT model, count(*) AS answers FROM results GROUP BY ALL", "--format", "csv")
    assert (done.exception, done.output) == (None, "model,answers\nreplay/naive,9\n")


def test_nothing_is_asked_of_a_store_that_is_not_there() -> None:
    assert isinstance(invoke("SELECT 1").exception, InputError)


def test_duckdbs_own_shell_is_opened_for_reading(store: Store, tmp_path: Path) -> None:
    shell = tmp_path / "bin" / "duckdb"
    shell.parent.mkdir()
    shell.write_text('#!/bin/sh\necho "shell $*"\nexit 7\n')
    shell.chmod(0o755)
    environment = dict(os.environ, PATH=f"{shell.parent}:{os.environ['PATH']}")
    done = subprocess.run(
        [sys.executable, "-m", "evals.cli.main", "db"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, "shell -readonly archeval.duckdb\n"), done.stderr


def test_a_missing_shell_is_said(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = invoke()
    assert isinstance(done.exception, InputError)
    assert "no `duckdb` on the PATH" in str(done.exception)

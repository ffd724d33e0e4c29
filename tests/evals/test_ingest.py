"""Inspect's logs as records, and in the store."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log

from evals.ingest import ingest, records_of
from evals.log_places import log_files
from evals.persona import load_persona
from reports.leaderboard import leaderboard
from reports.records import LogRecords
from reports.store import Store
from scorers.errors import InputError
from tests.evals.conftest import Evaluate
from tests.evals.test_task import saying
from tests.evals.world import PROMPT, Weather


def records(log: EvalLog) -> LogRecords:
    return records_of(read_eval_log(log.location, resolve_attachments="full"), written_at=datetime.now(UTC))


def test_a_graded_sample(evaluate: Evaluate) -> None:
    log = evaluate("replay/naive", epochs=2)
    found = records(log)
    assert (found.run.model, found.run.model_snapshot, found.run.family) == ("replay/naive", "naive", "database_schema")
    assert (found.run.persona_name, found.run.persona_hash) == ("backend_architect", load_persona().hash)
    assert {"archeval", "inspect_ai", "psycopg"} <= set(found.run.package_versions)
    assert [sample.epoch for sample in found.samples] == [1, 2]
    sample = found.samples[0]
    assert (sample.outcome, sample.solved, sample.files) == ("graded", False, {"answer.sql": "SELECT 41;\n"})
    assert sample.prompt == f"{PROMPT}This is forty_two.\n"
    assert "SELECT 41" in sample.completion_excerpt
    assert sample.input_tokens > 0
    assert sample.output_tokens > 0
    assert sample.total_cost_usd is None
    assert sample.grading_s > 0


def test_an_unparsable_answer_has_score_0_and_a_reason(evaluate: Evaluate) -> None:
    (sample,) = records(evaluate(saying("```sql\nSELECT 42;\n```"))).samples
    assert (sample.outcome, sample.score, sample.solved) == ("unparsable", 0.0, False)
    assert "none of them with a path" in sample.reason
    assert "SELECT 42" in sample.unplaced


def test_a_fault_is_unscored_and_says_where(evaluate: Evaluate, weather: Weather) -> None:
    weather.breaks = 100
    (sample,) = records(evaluate("replay/reference")).samples
    assert (sample.outcome, sample.score) == ("unscored", None)
    assert "at right: server_gone: the server has gone" in sample.reason
    assert sample.files


def test_an_error_is_no_score(evaluate: Evaluate) -> None:
    (sample,) = records(evaluate("replay/best")).samples
    assert (sample.outcome, sample.score) == ("error", None)
    assert "no recording" in sample.reason


def test_ingesting_twice_changes_nothing(evaluate: Evaluate, tmp_path: Path) -> None:
    evaluate("replay/reference")
    evaluate("replay/naive")
    store = Store.open(tmp_path / "results.duckdb")
    files = log_files([tmp_path / "logs"])
    assert len(files) == 2
    ingest(store, files)
    before = store.query("SELECT * FROM samples ORDER BY ALL")
    ingest(store, files)
    assert store.query("SELECT * FROM samples ORDER BY ALL") == before
    rows = leaderboard(store).rows
    assert [(row.model, row.score and row.score.mean) for row in rows] == [
        ("replay/reference", 1.0),
        ("replay/naive", 0.4),
    ]


def test_logs_of_other_tasks_are_passed_over(evaluate: Evaluate, tmp_path: Path) -> None:
    log = read_eval_log(evaluate("replay/reference").location)
    log.eval.metadata = {}
    write_eval_log(log, str(tmp_path / "logs" / "other.eval"))
    store = Store.open(tmp_path / "results.duckdb")
    assert len(ingest(store, log_files([tmp_path / "logs"]))) == 1


def test_a_file_or_a_folder_of_logs(evaluate: Evaluate, tmp_path: Path) -> None:
    evaluate("replay/reference")
    (file,) = log_files([tmp_path / "logs"])
    assert log_files([file]) == log_files([f"file://{file}"]) == [file]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no logs in"):
        log_files([tmp_path / "empty"])
    with pytest.raises(InputError, match="no log at 'nowhere'"):
        log_files([Path("nowhere")])

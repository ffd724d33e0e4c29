"""`archeval run`, `score`, `leaderboard` and `report` in this process, on the world of numbers."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from inspect_ai.log import list_eval_logs, read_eval_log

from evals.cli.main import archeval
from evals.database_schema import database_schema
from evals.plan import RunOptions, make_plan
from evals.proof import prove_testbed
from evals.runs import RETRY_ATTEMPTS
from reports.store import Store
from scorers.errors import HarnessFault, InputError
from tests.evals.messages_server import Reply, serving
from tests.evals.world import Weather, make_root
from tests.reports.test_report import shelves

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(root: Path, own_cache: Path) -> Invoke:
    def call(*args: str) -> Result:
        return CliRunner().invoke(archeval, list(args), standalone_mode=False)

    return call


def run_args(root: Path, *more: str) -> list[str]:
    return ["run", "--datasets", str(root), "--scenario", "forty_two", "--display", "none", "--log-dir", "logs", *more]


def test_the_main_job(invoke: Invoke, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "180")  # narrower tables leave columns out
    done = invoke(*run_args(root, "--epochs", "2"))
    assert (done.exception, done.return_value) == (None, 0), done.output
    assert done.output.startswith("6 samples: 1 scenarios, 3 models, 2 epochs\n")
    board = [line.split() for line in done.output.splitlines() if " replay/" in line]
    assert [(row[1], row[4]) for row in board[-3:]] == [
        ("replay/reference", "1.000"),
        ("replay/alternate", "0.900"),
        ("replay/naive", "0.400"),
    ]
    assert "report: logs/report.html" in done.output
    assert "SELECT 41" in str(shelves(tmp_path / "logs" / "report.html"))
    store = Store.open(tmp_path / "archeval.duckdb", create=False)
    assert store.query("SELECT count(*), count(DISTINCT run_id) FROM samples JOIN runs USING (eval_id)") == [(6, 1)]
    assert invoke("leaderboard", "--format", "csv").output.count("replay/") == 3
    assert "report: other.html" in invoke("report", "--out", "other.html").output


def test_asking_and_grading_may_be_two_jobs(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    asked = invoke(*run_args(root, "--model", "replay/naive", "--generate-only"))
    assert (asked.exception, asked.return_value) == (None, 0)
    assert not (tmp_path / "archeval.duckdb").exists()
    assert invoke("score", "logs").return_value == 0
    store = Store.open(tmp_path / "archeval.duckdb", create=False)
    assert store.query("SELECT outcome, score FROM samples") == [("graded", 0.4)]


def test_a_run_is_resumed_without_asking_again(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    args = run_args(root, "--model", "replay/reference")
    assert invoke(*args).return_value == 0
    before = [path.stat().st_mtime_ns for path in (tmp_path / "logs").glob("*.eval")]
    assert invoke(*args).return_value == 0
    assert [path.stat().st_mtime_ns for path in (tmp_path / "logs").glob("*.eval")] == before


def test_a_folder_with_another_runs_logs_is_refused(invoke: Invoke, root: Path) -> None:
    assert invoke(*run_args(root, "--model", "replay/reference")).return_value == 0
    done = invoke(*run_args(root, "--model", "replay/naive"))
    assert isinstance(done.exception, InputError)
    assert "not associated with a task" in str(done.exception)


def test_a_dry_run_leaves_nothing(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    done = invoke(*run_args(root, "--dry-run"))
    assert (done.exception, done.return_value) == (None, 0)
    assert "3 samples" in done.output
    assert not (tmp_path / "logs").exists()
    assert not (tmp_path / "archeval.duckdb").exists()


def test_a_fault_is_exit_code_3_and_finished_by_score(invoke: Invoke, root: Path, weather: Weather) -> None:
    weather.breaks = 2
    done = invoke(*run_args(root, "--model", "replay/reference", "--model", "replay/naive", "--slots", "1"))
    assert (done.exception, done.return_value) == (None, 3)
    assert "1 samples have no score; `archeval score logs --only-unscored` grades them again" in done.output
    weather.breaks = 0
    finished = invoke("score", "logs", "--only-unscored")
    assert (finished.exception, finished.return_value) == (None, 0)
    assert re.findall(r"(\d) graded, (\d) without", finished.output).count(("1", "0")) == 1
    assert invoke("leaderboard", "--format", "csv").output.count(",0.0,") >= 2


def test_scoring_while_the_fault_lasts_is_exit_code_3(invoke: Invoke, root: Path, weather: Weather) -> None:
    assert invoke(*run_args(root, "--model", "replay/reference")).return_value == 0
    weather.breaks = 100
    assert invoke("score", "logs").return_value == 3


def test_errors_of_the_provider_are_exit_code_3_and_resumed(
    invoke: Invoke, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "wrong")
    answer = Reply("```sql path=answer.sql\nSELECT 42;\n```")
    args = run_args(root, "--model", "anthropic/claude-opus-4-7")
    refusals = [Reply("invalid x-api-key", status=401)] * (RETRY_ATTEMPTS + 1)
    with serving(*refusals, answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        failed = invoke(*args)
        assert (failed.exception, failed.return_value) == (None, 3)
        assert "resumes" in failed.output
        resumed = invoke(*args)
        assert (resumed.exception, resumed.return_value) == (None, 0), resumed.output
        assert len(server.requests) == len(refusals) + 1
    store = Store.open(tmp_path / "archeval.duckdb", create=False)
    assert store.query("SELECT outcome FROM samples") == [("graded",)]
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.delenv("ANTHROPIC_BASE_URL")
    again = invoke("score", "logs")
    assert (again.exception, again.return_value) == (None, 0), again.output
    assert "1 graded, 0 without" in again.output
    assert store.query("SELECT outcome FROM samples") == [("graded",)]


def test_a_missing_key_is_said_before_anything_is_started(
    invoke: Invoke, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    done = invoke(*run_args(root, "--model", "anthropic/claude-opus-4-7"))
    assert isinstance(done.exception, InputError)
    assert "ANTHROPIC_API_KEY" in str(done.exception)
    assert not (tmp_path / "logs").exists()


def test_a_cost_limit_ends_the_run(invoke: Invoke, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key")
    prices = tmp_path / "prices.yaml"
    prices.write_text(
        "anthropic/claude-opus-4-7: {input: 0, output: 1000000, input_cache_write: 0, input_cache_read: 0}"
    )
    with serving(Reply("```sql path=answer.sql\nSELECT 42;\n```")) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        more = ["--model", "anthropic/claude-opus-4-7", "--epochs", "3", "--max-connections", "1"]
        done = invoke(*run_args(root, *more, "--prices", str(prices), "--cost-limit", "40"))
        assert (done.exception, done.return_value) == (None, 3), done.output
        assert len(server.requests) == 2
    store = Store.open(tmp_path / "archeval.duckdb", create=False)
    outcomes = store.query("SELECT outcome, total_cost_usd FROM samples ORDER BY ALL")
    assert outcomes == [("error", None), ("graded", 34.0), ("graded", 34.0)]


def test_the_testbed_is_proved_once(root: Path, weather: Weather, invoke: Invoke) -> None:
    plan = make_plan(RunOptions(roots=(root,), ids=("forty_two",), models=("anthropic/claude-opus-4-7",)))
    said: list[str] = []
    prove_testbed(plan, said.append)
    assert said == ["proving the testbed with the reference of forty_two (kept for the next run)"]
    prove_testbed(plan, said.append)
    assert len(said) == 1


def test_a_testbed_that_cannot_grade_its_reference_stops_the_run(root: Path, weather: Weather, invoke: Invoke) -> None:
    plan = make_plan(RunOptions(roots=(root,), ids=("forty_two",), models=("anthropic/claude-opus-4-7",)))
    weather.breaks = 100
    with pytest.raises(HarnessFault, match=r"reference of 'forty_two' is not solved on this machine.*server has gone"):
        prove_testbed(plan, print)


def test_a_reference_that_fails_stops_the_run(root: Path, invoke: Invoke) -> None:
    (root / "database_schema" / "forty_two" / "solutions" / "reference" / "answer.sql").write_text("SELECT 1;")
    plan = make_plan(RunOptions(roots=(root,), ids=("forty_two",), models=("anthropic/claude-opus-4-7",)))
    with pytest.raises(HarnessFault, match=r"right: it is \*1\*"):
        prove_testbed(plan, print)


def test_free_models_wait_for_no_proof(root: Path, weather: Weather, invoke: Invoke) -> None:
    weather.breaks = 100
    prove_testbed(make_plan(RunOptions(roots=(root,), ids=("forty_two",))), print)


def test_personas_are_told_apart(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    (tmp_path / "brief.md").write_text("Be brief.")
    for persona in ("none", "brief.md"):
        assert (
            invoke(
                *run_args(root, "--model", "replay/naive", "--persona", persona, "--log-dir", f"logs-{persona}")
            ).return_value
            == 0
        )
    board = invoke("leaderboard", "--format", "csv").output
    assert "replay/naive,none," in board
    assert "replay/naive,brief," in board
    (log,) = list_eval_logs(str(tmp_path / "logs-brief.md"))
    (sample,) = read_eval_log(log).samples or []
    assert sample.messages[0].text == "Be brief.\n"


def test_a_task_takes_several_roots_and_ids(root: Path, tmp_path: Path) -> None:
    other = make_root(tmp_path / "other", "third")
    task = database_schema(datasets=f"{root},{other}", scenario=["forty_two", "third"])
    assert [sample.id for sample in task.dataset] == ["forty_two", "third"]
    assert task.version == "forty_two 3-B, third 3-B"

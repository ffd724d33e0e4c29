"""`archeval compare` on logs and on the store, with the world of numbers."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evals.cli.main import archeval
from evals.cli.sides import selection
from reports.compare.model import Comparison
from reports.selection import Filters
from reports.store import Store
from scorers.errors import InputError
from tests.evals.conftest import Evaluate
from tests.reports.compare.answers import log
from tests.reports.nights import on_night

Invoke = Callable[..., Result]


@pytest.fixture
def invoke() -> Invoke:
    def call(*args: str) -> Result:
        return CliRunner().invoke(archeval, list(args), standalone_mode=False)

    return call


def test_a_selection_may_name_several_things() -> None:
    found = selection("persona=a,model=b/c,model=d", Filters(families=("caching",)))
    assert found == Filters(families=("caching",), personas=("a",), models=("b/c", "d"))


@pytest.mark.parametrize("text", ["persona=", "colour=red", "model=a,b", "="])
def test_a_selection_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="selects nothing"):
        selection(text, Filters())


def log_of(evaluate: Evaluate, model: str, **more: object) -> str:
    return evaluate(model, **more).location.removeprefix("file://")


def test_a_planted_regression_exits_1_and_shows_the_evidence(evaluate: Evaluate, invoke: Invoke) -> None:
    base, head = log_of(evaluate, "replay/reference", epochs=5), log_of(evaluate, "replay/naive", epochs=5)
    done = invoke("compare", base, head, "--format", "json")
    assert (done.exception, done.return_value) == (None, 1), done.output
    found = Comparison.model_validate_json(done.output)
    assert found.verdict == "regression"
    flip = found.flips[0]
    assert (flip.check_id, flip.scenario, flip.worse, flip.real) == ("right", "database_schema/forty_two", True, True)
    assert "41" in flip.proof.head.evidence[0]
    shown = invoke("compare", base, head, "--format", "markdown").output
    assert "❌ archeval: regression" in shown
    assert "<pre>What came:" in shown
    table = invoke("compare", base, head).output
    assert table.splitlines()[0].startswith(f"base: {base}: replay/reference; persona backend_architect ")
    assert "verdict: regression" in table


def test_the_same_again_exits_0_and_a_tiny_run_4(evaluate: Evaluate, invoke: Invoke) -> None:
    base, head = log_of(evaluate, "replay/reference", epochs=5), log_of(evaluate, "replay/reference", epochs=5)
    done = invoke("compare", base, head, "--floor", "0.5")
    assert (done.exception, done.return_value) == (None, 0), done.output
    tiny = invoke("compare", base, head)
    assert (tiny.exception, tiny.return_value) == (None, 4)
    assert "verdict: inconclusive" in tiny.output
    assert "epochs per scenario and side would decide it" in tiny.output


def test_the_store_is_selected_from_and_not_written_by_logs(evaluate: Evaluate, invoke: Invoke, tmp_path: Path) -> None:
    base = log_of(evaluate, "replay/reference", epochs=2)
    assert not (tmp_path / "archeval.duckdb").exists()
    invoke("score", base, "--only-unscored")
    done = invoke("compare", "model=replay/reference", base)
    assert isinstance(done.exception, InputError)
    assert "on both sides" in str(done.exception)


def test_what_does_not_exist_is_said(evaluate: Evaluate, invoke: Invoke, tmp_path: Path) -> None:
    base = log_of(evaluate, "replay/reference")
    missing = invoke("compare", base, "run-of-yesterday")
    assert "there is no store" in str(missing.exception)
    invoke("score", base, "--only-unscored")
    missing = invoke("compare", base, "run-of-yesterday")
    assert "no run in" in str(missing.exception)
    (tmp_path / "empty").mkdir()
    assert "there are no logs" in str(invoke("compare", base, str(tmp_path / "empty")).exception)


def test_the_newest_runs_have_names(tmp_path: Path, invoke: Invoke) -> None:
    store = Store.open(tmp_path / "archeval.duckdb")
    early, late = log("early", {"a": [0.5, 0.5]}), log("late", {"a": [0.9, 0.9]})
    store.ingest(early)
    assert "has 1 runs, so none is the previous one" in str(invoke("compare", "previous", "latest").exception)
    later = late.run.model_copy(update={"created_at": early.run.created_at + timedelta(days=1)})
    store.ingest(late.model_copy(update={"run": later}))
    found = Comparison.model_validate_json(invoke("compare", "previous", "latest", "--format", "json").output)
    assert (found.base.runs, found.head.runs) == (["early"], ["late"])


def test_json_is_whole_and_nothing_else(evaluate: Evaluate, invoke: Invoke) -> None:
    base, head = log_of(evaluate, "replay/naive"), log_of(evaluate, "replay/naive")
    assert json.loads(invoke("compare", base, head, "--format", "json").output)["schema_version"] == 1


def test_the_report_compares_the_sides_that_were_named(
    tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    good, bad = (
        {"s": [[True, True]] * 5, "t": [[True, True]] * 5},
        {"s": [[True, False]] * 5, "t": [[False, False]] * 5},
    )
    store = Store.open(tmp_path / "archeval.duckdb")
    for night, records in enumerate([log("one", good), log("two", bad), log("three", bad)]):
        store.ingest(on_night(records, night))

    def headline(*sides: str) -> tuple[str, str, str]:
        done = invoke("report", *sides)
        assert (done.exception, done.return_value) == (None, 0), done.output
        text = (tmp_path / "report.html").read_text()
        section = text[text.index('<section id="summary"') : text.index("</dl>")]
        before, now = re.findall(r"(?:run|selection) <code>([^<]+)</code>", section)
        return before, now, re.findall(r"<strong>([^<]+)</strong>", section)[0]

    assert headline()[:2] == ("two", "three")
    assert headline("--base", "one", "--head", "latest") == (
        "one",
        "three",
        "It got worse, and that is more than chance.",
    )
    assert headline("--base", "run=two,run=three", "--head", "one")[2] == "It got better, and that is more than chance."
    invoke("report", "--base", "one", "--head", "three", "--run", "three")
    narrowed = (tmp_path / "report.html").read_text()
    assert "before (not in this report)" in narrowed, "the base's answers are not"
    links = re.findall(r'href="#/sample/([^"/]+)/check', narrowed)
    assert links
    assert all(link.startswith("three") for link in links), links
    assert "no run in" in str(invoke("report", "--base", "", "--head", "one").exception)
    assert "give both --base and --head" in str(invoke("report", "--base", "one").exception)
    assert "no run in" in str(invoke("report", "--base", "one", "--head", "nowhere").exception)

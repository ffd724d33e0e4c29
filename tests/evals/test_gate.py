"""`archeval gate` from end to end, on the world of numbers and replay models."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from evals.cli.main import archeval
from reports.gate.result import GateResult
from reports.store import Store
from scorers.errors import InputError

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(root: Path, tmp_path: Path, own_cache: Path) -> Invoke:
    (tmp_path / "old.md").write_text("Be an architect.")
    (tmp_path / "new.md").write_text("Be a better architect.")

    def call(*args: str) -> Result:
        return CliRunner().invoke(archeval, list(args), standalone_mode=False)

    return call


def policy(tmp_path: Path, text: str) -> None:
    (tmp_path / "archeval.toml").write_text(f"[gate]\n{text}\n")


def gate_args(root: Path, *more: str, epochs: int = 5) -> list[str]:
    fixed = ["--datasets", str(root), "--display", "none", "--log-dir", "logs"]
    return ["gate", "--scenario", "forty_two", "--scenario", "also_42", "--epochs", str(epochs), *fixed, *more]


def written(tmp_path: Path) -> GateResult:
    return GateResult.model_validate_json((tmp_path / "gate" / "gate.json").read_text())


PERSONAS = ["--model", "replay/reference", "--baseline-persona", "old.md", "--persona", "new.md"]


def test_a_worse_model_fails(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    done = invoke(*gate_args(root, "--baseline-model", "replay/reference", "--model", "replay/naive"))
    assert (done.exception, done.return_value) == (None, 1), done.output
    found = written(tmp_path)
    assert (found.comparison.base.models, found.comparison.head.models) == (["replay/reference"], ["replay/naive"])
    assert [(finding.kind, finding.family) for finding in found.findings] == [("regression", "database_schema")]
    assert {flip.check_id for flip in found.comparison.flips if flip.real} == {"right", "plain"}
    assert "# ❌ archeval gate: failed" in (tmp_path / "gate" / "gate.md").read_text()
    failed = [
        (case.attrib["classname"], case.attrib["name"])
        for case in ElementTree.parse(tmp_path / "gate" / "gate.xml").iter("testcase")
        if case.find("failure") is not None
    ]
    assert ("database_schema/forty_two", "right") in failed
    assert "gate: failed" in done.output


def test_a_persona_that_changes_nothing_passes_and_both_sides_are_one_run(
    invoke: Invoke, root: Path, tmp_path: Path
) -> None:
    policy(tmp_path, "floor = 0.35")
    done = invoke(*gate_args(root, *PERSONAS))
    assert (done.exception, done.return_value) == (None, 0), done.output
    comparison = written(tmp_path).comparison
    assert comparison.base.runs == comparison.head.runs
    assert (comparison.base.personas[0][:4], comparison.head.personas[0][:4]) == ("old ", "new ")


def test_a_tiny_gate_is_undecided_and_says_what_it_takes(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    done = invoke(*gate_args(root, *PERSONAS, epochs=1))
    assert (done.exception, done.return_value) == (None, 4), done.output
    assert "epochs per scenario and side would decide it" in done.output
    assert written(tmp_path).verdict == "undecided"


def test_logs_are_gated_without_asking_anybody(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        args = ["--datasets", str(root), "--scenario", "forty_two", "--display", "none", "--epochs", "6"]
        invoke("run", *args, "--model", "replay/mixed", "--seed", seed, "--log-dir", f"logs-{seed}")
    done = invoke("gate", "--baseline", "logs-1", "--head", "logs-2")
    assert done.exception is None
    assert done.return_value == 4
    whole = written(tmp_path).comparison.on_this_suite
    assert whole is not None
    assert (whole.effect.method, whole.effect.answers.base) == ("welch", 6)


def test_the_base_is_reused_while_it_is_the_same(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    policy(tmp_path, "floor = 0.35\nreuse_base_days = 7")
    first = invoke(*gate_args(root, *PERSONAS, epochs=2))
    assert "the store has no answers of the base" in first.output
    (tmp_path / "newer.md").write_text("Be the best architect.")
    again = [*PERSONAS[:-1], "newer.md", "--log-dir", "logs-2"]
    second = invoke(*gate_args(root, *again, epochs=2))
    assert second.exception is None, second.output
    assert written(tmp_path).base_reused
    store = Store.open(tmp_path / "archeval.duckdb", create=False)
    assert store.query("SELECT persona_name, count(*) FROM results GROUP BY ALL ORDER BY ALL") == [
        ("new", 4),
        ("newer", 4),
        ("old", 4),
    ]
    more = [*PERSONAS[:-1], "newer.md", "--log-dir", "logs-3"]
    assert "no answers of the base" in invoke(*gate_args(root, *more, epochs=3)).output
    third = invoke(*gate_args(root, *again[:-1], "logs-4", "--temperature", "0.5", epochs=2))
    assert "the base is asked anew, after the head: database_schema: another generation settings" in third.output
    assert not written(tmp_path).base_reused
    assert (tmp_path / "logs-4-base").is_dir()


def test_generating_grading_and_gating_may_be_three_jobs(
    invoke: Invoke, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(tmp_path, "floor = 0.5")
    generated = invoke(*gate_args(root, *PERSONAS, "--generate-only", epochs=3))
    assert (generated.exception, generated.return_value) == (None, 0), generated.output
    assert not (tmp_path / "archeval.duckdb").exists()
    graded = invoke("score", "logs")
    assert (graded.exception, graded.return_value) == (None, 0), graded.output
    done = invoke("gate", "--baseline", "persona=old", "--head", "persona=new")
    assert (done.exception, done.return_value) == (None, 0), done.output
    assert written(tmp_path).comparison.head.answers == 6


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--baseline", "logs"], "go together"),
        ([], "a gate needs --baseline and --head, or a --model"),
        (["--model", "replay/reference"], "say what changes"),
        (["--model", "replay/reference", "--baseline-persona", "default"], "same persona and the same model"),
        (
            ["--model", "replay/naive", "--baseline-model", "replay/reference", "--baseline-persona", "old.md"],
            "differ in persona and model",
        ),
    ],
)
def test_what_cannot_be_gated_is_said(args: list[str], message: str, invoke: Invoke) -> None:
    done = invoke("gate", *args)
    assert isinstance(done.exception, InputError)
    assert message in str(done.exception)


def test_the_schema_is_printed(invoke: Invoke) -> None:
    assert json.loads(invoke("gate", "--schema").output)["title"] == "GateResult"

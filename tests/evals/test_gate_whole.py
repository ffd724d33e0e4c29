"""The gate's three answers, from end to end: a planted regression, nothing planted, and too little asked."""

import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import CliRunner, Result

from evals.cli.main import archeval
from reports.gate.result import GateResult
from scorers.registry import FAMILIES
from tests.evals.world import Weather, family, make_root

Gate = Callable[..., Result]

TIRED = {"database_schema": "SELECT 42;\n", "performance": "SELECT 41;\n"}
"""What `replay/tired` hands in: as right as the reference in one family, and wrong in the other."""


@pytest.fixture
def gate(tmp_path: Path, own_cache: Path, weather: Weather, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """`archeval gate` on two families of numbers, of two scenarios each."""
    monkeypatch.setitem(FAMILIES, "performance", family(weather))
    root = make_root(tmp_path / "numbers", "forty_two", "also_42")
    _second_family(root)
    for name, answer in TIRED.items():
        for scenario in (root / name).iterdir():
            (scenario / "solutions" / "tired").mkdir()
            (scenario / "solutions" / "tired" / "answer.sql").write_text(answer)
    (tmp_path / "old.md").write_text("Be an architect.")
    (tmp_path / "new.md").write_text("Be an architect, please.")

    def call(*args: str, epochs: int) -> Result:
        ids = [
            part for id_ in ("forty_two", "also_42", "forty_two_fast", "also_42_fast") for part in ("--scenario", id_)
        ]
        fixed = ["--datasets", str(root), "--display", "none", "--log-dir", "logs", "--epochs", str(epochs), *ids]
        return CliRunner().invoke(archeval, ["gate", *fixed, *args], standalone_mode=False)

    return call


def _second_family(root: Path) -> None:
    for scenario in (root / "database_schema").iterdir():
        copy = root / "performance" / f"{scenario.name}_fast"
        shutil.copytree(scenario, copy)
        told = yaml.safe_load((copy / "scenario.yaml").read_text())
        (copy / "scenario.yaml").write_text(yaml.safe_dump(told | {"id": copy.name, "family": "performance"}))
        (copy / "prompt.md").write_text((copy / "prompt.md").read_text() + "And be fast.\n")


def written(tmp_path: Path) -> GateResult:
    return GateResult.model_validate_json((tmp_path / "gate" / "gate.json").read_text())


SAME = ["--model", "replay/reference", "--baseline-persona", "old.md", "--persona", "new.md"]


@pytest.mark.slow
def test_a_regression_in_one_family_is_named_with_its_checks_and_evidence(gate: Gate, tmp_path: Path) -> None:
    done = gate("--baseline-model", "replay/reference", "--model", "replay/tired", epochs=4)
    assert (done.exception, done.return_value) == (None, 1), done.output
    found = written(tmp_path)
    assert [(finding.kind, finding.family) for finding in found.findings] == [("regression", "performance")]
    verdicts = {family.family: family.verdict for family in found.comparison.families}
    assert verdicts["performance"] == "regression"
    assert verdicts["database_schema"] != "regression"
    flips = found.comparison.flips
    assert {(flip.family, flip.check_id, flip.worse) for flip in flips} == {
        ("performance", "right", True),
        ("performance", "plain", True),
    }
    right = next(flip for flip in flips if flip.check_id == "right")
    assert "41" in right.proof.head.evidence[0]
    assert "/check/right" in right.proof.head.link
    page = (tmp_path / "gate" / "gate.md").read_text()
    assert "performance" in page
    assert "What came" in page
    assert "```\n41\n```" in page.replace("> ", "")
    failed = {
        case.attrib["classname"]
        for case in ElementTree.parse(tmp_path / "gate" / "gate.xml").iter("testcase")
        if case.find("failure") is not None
    }
    assert failed == {"gate", "performance", "performance/forty_two_fast", "performance/also_42_fast"}


def test_a_tiny_gate_says_how_many_epochs_would_decide(gate: Gate, tmp_path: Path) -> None:
    done = gate(*SAME, epochs=1)
    assert (done.exception, done.return_value) == (None, 4), done.output
    whole = written(tmp_path).comparison.on_this_suite
    assert whole is not None
    assert whole.epochs_needed is not None
    assert f"{whole.epochs_needed} epochs per scenario and side would decide it" in done.output


@pytest.mark.slow
def test_nothing_changed_passes_with_the_epochs_that_the_tiny_gate_asked_for(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "archeval.toml").write_text("[gate]\nfloor = 0.1\n")
    gate(*SAME, epochs=1)
    whole = written(tmp_path).comparison.on_this_suite
    assert whole is not None
    assert whole.epochs_needed is not None
    shutil.rmtree(tmp_path / "logs")
    done = gate(*SAME, epochs=whole.epochs_needed)
    assert (done.exception, done.return_value) == (None, 0), done.output
    assert written(tmp_path).verdict == "passed"
    assert not [flip for flip in written(tmp_path).comparison.flips if flip.worse]

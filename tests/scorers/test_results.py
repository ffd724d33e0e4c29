import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scorers.evidence import EVIDENCE_LIMIT_BYTES, Evidence, cap, clean
from scorers.results import CheckResult, FaultRecord, Grade, Measurement


def result(check_id: str = "right", status: str = "passed", **fields: Any) -> CheckResult:
    defaults: dict[str, Any] = {
        "title": "Title",
        "score": 1.0 if status == "passed" else 0.0,
        "weight": 1.0,
        "gate": False,
        "spec_lines": [],
        "message": "",
    }
    return CheckResult.model_validate({"check_id": check_id, "status": status} | defaults | fields)


def grade(*checks: CheckResult, **fields: Any) -> Grade:
    base = {
        "scenario_id": "s",
        "scenario_version": "1-A",
        "family": "f",
        "submission_hash": "0",
    }
    return Grade.model_validate(base | {"checks": list(checks)} | fields)


def test_score_is_the_weighted_mean_of_applicable_checks() -> None:
    graded = grade(
        result("a", weight=3),
        result("b", "failed", score=0.5, weight=1),
        result("c", "blocked", weight=1),
        result("d", "not_applicable", weight=100),
    )
    assert graded.score == pytest.approx((3 + 0.5) / 5)


@pytest.mark.parametrize(
    ("status", "gate", "solved"),
    [
        ("passed", True, True),
        ("failed", True, False),
        ("blocked", True, False),
        ("not_applicable", True, True),
        ("failed", False, True),
    ],
)
def test_solved_means_every_applicable_gate_passed(status: str, gate: bool, solved: bool) -> None:
    assert grade(result("a"), result("b", status, gate=gate)).solved is solved


def test_an_unscored_grade_has_no_score_even_with_checks() -> None:
    graded = grade(
        result("a"),
        unscored_reason="fault",
        faults=[FaultRecord(step="a", kind="k", message="m")],
    )
    assert graded.score is None
    assert graded.solved is None


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "passed", "score": 0.5},
        {"status": "blocked", "score": 1.0},
        {"status": "failed", "score": 1.5},
        {"status": "failed", "score": math.nan},
        {"status": "odd"},
    ],
)
def test_inconsistent_results_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        result("a", **{"status": "failed", **fields})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_measurements_are_finite(value: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        Measurement(name="n", value=value, unit="ms")


@pytest.mark.parametrize(
    ("value", "direction", "on_target"),
    [
        (9, "lower_is_better", True),
        (11, "lower_is_better", False),
        (11, "higher_is_better", True),
    ],
)
def test_targets_have_a_direction(value: float, direction: str, on_target: bool) -> None:
    numbers = {
        "name": "n",
        "value": value,
        "unit": "u",
        "target": 10,
        "direction": direction,
    }
    assert Measurement.model_validate(numbers).on_target is on_target


def test_a_grade_survives_json() -> None:
    graded = grade(result("a", evidence=[Evidence(title="t", body="b\x1b[31m")]))
    assert Grade.model_validate_json(graded.model_dump_json()) == graded


def test_an_unknown_check_is_named_with_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"'x'.*'a'"):
        grade(result("a")).check("x")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("password=hunter22", "hunter22"),
        ("ALTER ROLE a PASSWORD 'hunter22'", "hunter22"),
        ("postgresql://u:hunter22@host/db", "hunter22"),
        ("SCRAM-SHA-256$4096:abc$def:ghi", "abc$def"),
        ("key sk-ant-0123456789abcdefghij", "0123456789abcdefghij"),
    ],
)
def test_secrets_are_masked(text: str, hidden: str) -> None:
    assert hidden not in clean(text)
    assert "[masked]" in clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "column password_hash is missing",
        "SELECT secret_id FROM t",
        "the password was refused",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert clean(text) == text


@given(st.text())
def test_cleaned_text_has_no_control_characters(text: str) -> None:
    assert all(character in "\n\t" or character.isprintable() or character.isspace() for character in clean(text))


def test_control_characters_stay_visible() -> None:
    assert clean("a\x00b\x1b[0m\u202ec") == "a\\x00b\\x1b[0m\\u202ec"


@given(st.lists(st.text(max_size=6000), max_size=6))
def test_evidence_is_capped_as_a_whole(bodies: list[str]) -> None:
    kept = cap([Evidence(title="t", body=body) for body in bodies])
    assert sum(len(item.title.encode()) + len(item.body.encode()) for item in kept) <= EVIDENCE_LIMIT_BYTES


def test_what_is_cut_says_so() -> None:
    kept = result(
        "a",
        evidence=[
            Evidence(title="t", body="x" * 10_000),
            Evidence(title="second", body="y"),
        ],
    ).evidence
    assert len(kept) == 1
    assert kept[0].body.endswith("cut: the evidence is larger than its cap")

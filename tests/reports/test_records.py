from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from reports.records import LogRecords, SampleRecord
from tests.reports.demo import demo_log


def sample(**changes: Any) -> SampleRecord:
    graded = demo_log("replay/alternate", 0.8, epochs=1).samples[0]
    return SampleRecord.model_validate(graded.model_dump() | changes)


def test_a_graded_sample_has_its_grades_score() -> None:
    record = sample()
    assert record.grade is not None
    assert record.score == record.grade.score
    assert record.solved == record.grade.solved


@pytest.mark.parametrize("outcome", ["truncated", "refused", "empty", "unparsable"])
def test_an_answer_without_a_submission_scores_zero(outcome: str) -> None:
    record = sample(outcome=outcome, grade=None, reason="stopped")
    assert (record.score, record.solved) == (0.0, False)


@pytest.mark.parametrize("outcome", ["unscored", "error"])
def test_a_fault_has_no_score_and_is_no_zero(outcome: str) -> None:
    record = sample(outcome=outcome, grade=None, reason="server gone")
    assert (record.score, record.solved) == (None, None)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"grade": None}, "has no grade with a score"),
        ({"outcome": "refused", "reason": "no"}, "but has a grade with a score"),
        ({"outcome": "unscored", "grade": None}, "must state its reason"),
        ({"scenario_version": "1"}, "scenario_version"),
        ({"input_tokens": -1}, "input_tokens"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        sample(**changes)


def test_lone_surrogates_become_storable() -> None:
    record = sample(files={"a\ud800.sql": "SELECT '\udfff'"}, completion_excerpt="\ud83d")
    assert record.files == {"a\\ud800.sql": "SELECT '\\udfff'"}
    assert record.completion_excerpt == "\\ud83d"


def test_times_are_kept_as_utc_and_need_a_zone() -> None:
    run = demo_log("replay/alternate", 0.8, epochs=1).run
    east = datetime(2026, 11, 20, 8, tzinfo=timezone(timedelta(hours=5)))
    moved = type(run).model_validate(run.model_dump() | {"created_at": east})
    assert moved.created_at.isoformat() == "2026-11-20T03:00:00+00:00"
    with pytest.raises(ValidationError, match="timezone"):
        type(run).model_validate(run.model_dump() | {"created_at": datetime(2026, 11, 20)})


def test_a_log_refuses_strays_and_doubles() -> None:
    log = demo_log("replay/alternate", 0.8, epochs=1)
    first = log.samples[0]
    with pytest.raises(ValidationError, match="another eval"):
        LogRecords(run=log.run, samples=[first.model_copy(update={"eval_id": "other"})])
    with pytest.raises(ValidationError, match="twice"):
        LogRecords(run=log.run, samples=[first, first])

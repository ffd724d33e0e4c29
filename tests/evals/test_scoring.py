"""Logs graded again."""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log

from evals.scorer import SCORE_NAME
from evals.scoring import score_log
from scorers.errors import InputError
from tests.evals.conftest import Evaluate
from tests.evals.world import Weather


def verdicts(log: EvalLog) -> dict[tuple[Any, int], str]:
    """Score values as text, since NaN equals nothing."""
    return {(sample.id, sample.epoch): str((sample.scores or {})[SCORE_NAME].value) for sample in log.samples or []}


def metrics(log: EvalLog) -> dict[str, tuple[float, int, int | None]]:
    assert log.results is not None
    return {
        score.name: (score.metrics["mean"].value, score.scored_samples or 0, score.unscored_samples)
        for score in log.results.scores
    }


def again(log: EvalLog, *, only_unscored: bool = False, **options: Any) -> EvalLog:
    file = Path(log.location)
    score_log(str(file), only_unscored=only_unscored, options=options, display="none")
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    return read_eval_log(log.location)


def test_a_log_graded_again_says_the_same(evaluate: Evaluate) -> None:
    log = evaluate("replay/mixed", epochs=3)
    rescored = again(log)
    assert verdicts(rescored) == verdicts(log)
    assert metrics(rescored) == metrics(log)
    assert [list(sample.scores or {}) for sample in rescored.samples or []] == [[SCORE_NAME]] * 3
    assert rescored.eval.scorers == log.eval.scorers


def test_what_was_unscored_is_finished(evaluate: Evaluate, weather: Weather) -> None:
    weather.breaks = 2
    log = evaluate("replay/reference", epochs=2, slots=1)
    assert sorted(verdicts(log).values()) == ["nan", "{'score': 1.0, 'solved': 1.0}"]
    weather.breaks = 0
    kept = next(sample for sample in log.samples or [] if verdicts(log)[sample.id, sample.epoch] != "nan")
    finished = again(log, only_unscored=True)
    assert set(verdicts(finished).values()) == {"{'score': 1.0, 'solved': 1.0}"}
    assert metrics(finished) == {"score": (1.0, 1, 0), "solved": (1.0, 1, 0)}
    same = next(sample for sample in finished.samples or [] if sample.epoch == kept.epoch)
    assert same.scores == kept.scores


def test_with_nothing_unscored_the_file_is_left_alone(evaluate: Evaluate) -> None:
    log = evaluate("replay/naive")
    before = Path(log.location).read_bytes()
    scored = score_log(log.location, only_unscored=True, options={}, display="none")
    assert (scored.graded, scored.unscored) == (0, 0)
    assert Path(log.location).read_bytes() == before


def test_a_fault_while_grading_again_leaves_no_score(evaluate: Evaluate, weather: Weather) -> None:
    log = evaluate("replay/reference")
    weather.breaks = 100
    scored = score_log(log.location, only_unscored=False, options={}, display="none")
    assert (scored.graded, scored.unscored) == (1, 1)


def test_a_sample_without_an_answer_stays_unscored(evaluate: Evaluate) -> None:
    log = evaluate("replay/best")
    scored = score_log(log.location, only_unscored=False, options={}, display="none")
    assert (scored.graded, scored.unscored) == (1, 1)


def test_the_options_of_the_log_are_overridden(evaluate: Evaluate) -> None:
    rescored = again(evaluate("replay/reference", seed=1), seed=9)
    (sample,) = rescored.samples or []
    assert ((sample.scores or {})[SCORE_NAME].metadata or {})["grade"]["seed"] == 9


def test_another_version_of_the_scenario_is_not_comparable(evaluate: Evaluate, root: Path) -> None:
    log = evaluate("replay/reference")
    before = Path(log.location).read_bytes()
    file = root / "database_schema" / "forty_two" / "scenario.yaml"
    file.write_text(file.read_text().replace("3-B", "4-A"))
    with pytest.raises(InputError, match=r"version 3-B of scenario 'forty_two', and here it is 4-A"):
        score_log(log.location, only_unscored=False, options={}, display="none")
    assert Path(log.location).read_bytes() == before


def test_a_foreign_log_is_named(evaluate: Evaluate, tmp_path: Path) -> None:
    log = read_eval_log(evaluate("replay/reference").location)
    log.eval.scorers = None
    write_eval_log(log, str(tmp_path / "foreign.eval"))
    with pytest.raises(InputError, match=r"'.*foreign\.eval' is no log of an archeval task"):
        score_log(str(tmp_path / "foreign.eval"), only_unscored=False, options={}, display="none")

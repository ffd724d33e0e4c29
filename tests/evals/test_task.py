"""The task through Inspect: what is asked, what is kept in the log, and what is scored."""

import math
import socket
from typing import Any

import pytest
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import Model, ModelOutput, ModelUsage, StopReason, get_model
from inspect_ai.scorer import Score

from evals.handed_in import HandedIn
from evals.persona import load_persona
from evals.scorer import SCORE_NAME
from scorers.errors import InputError
from scorers.results import Grade
from tests.evals.conftest import Evaluate
from tests.evals.world import PROMPT, Weather


def only_sample(log: EvalLog) -> EvalSample:
    assert log.samples is not None
    (sample,) = log.samples
    return sample


def score_in(sample: EvalSample) -> Score:
    return (sample.scores or {})[SCORE_NAME]


def saying(text: str, stop_reason: StopReason = "stop") -> Model:
    output = ModelOutput.from_content("mockllm/model", text, stop_reason=stop_reason)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return get_model("mockllm/model", custom_outputs=[output], memoize=False)


def test_persona_and_prompt_are_sent(evaluate: Evaluate) -> None:
    log = evaluate("replay/reference")
    persona, prompt, answer = only_sample(log).messages
    assert (persona.role, persona.text) == ("system", load_persona().text)
    assert (prompt.role, prompt.text) == ("user", f"{PROMPT}This is forty_two.\n")
    assert answer.role == "assistant"


def test_without_a_persona_nothing_is_put_before_the_prompt(evaluate: Evaluate) -> None:
    log = evaluate("replay/reference", persona="none")
    assert [message.role for message in only_sample(log).messages] == ["user", "assistant"]
    assert (log.eval.metadata or {})["persona_name"] == "none"


@pytest.mark.parametrize(
    ("model", "score", "solved"), [("reference", 1.0, 1.0), ("alternate", 2.25 / 2.5, 1.0), ("naive", 1 / 2.5, 0.0)]
)
def test_the_solutions_are_graded(evaluate: Evaluate, model: str, score: float, solved: float) -> None:
    sample = only_sample(evaluate(f"replay/{model}"))
    found = score_in(sample)
    assert found.value == {"score": pytest.approx(score), "solved": solved}
    grade = Grade.model_validate((found.metadata or {})["grade"])
    assert grade.score == pytest.approx(score)
    assert grade.submission_hash


def test_the_submission_is_in_the_log(evaluate: Evaluate) -> None:
    handed_in = only_sample(evaluate("replay/reference")).store_as(HandedIn)
    assert (handed_in.answered, handed_in.outcome) == (True, "ok")
    assert handed_in.files == {"answer.sql": "SELECT 42;\n"}


def test_the_explanation_leads_with_what_failed_and_is_inert(evaluate: Evaluate) -> None:
    explanation = score_in(only_sample(evaluate("replay/naive"))).explanation or ""
    verdict, failed, *_ = explanation.split("\n\n")
    assert verdict == "**Not solved**, score 0.400; 1 of 2 gates passed"
    assert failed == "**Failed: The number is right** (gate, `right`)"
    assert "it is \\*41\\*" in explanation
    assert "````text\n```\n41\n```\n````" in explanation
    assert "**Blocked**" in explanation
    assert "**Passed**: The answer is there" in explanation


def test_the_metrics_are_mean_and_standard_error(evaluate: Evaluate) -> None:
    log = evaluate("replay/mixed", epochs=4)
    assert log.results is not None
    metrics = {score.name: set(score.metrics) for score in log.results.scores}
    assert metrics == {"score": {"mean", "stderr"}, "solved": {"mean", "stderr"}}


def test_what_is_needed_to_compare_runs_is_recorded(evaluate: Evaluate) -> None:
    log = evaluate("replay/reference", seed=7)
    metadata = log.eval.metadata or {}
    assert log.eval.task_version == "forty_two 3-B"
    assert metadata["persona_hash"] == load_persona().hash
    assert (metadata["suite"], metadata["seed"], metadata["family"]) == ("smoke", 7, "database_schema")
    assert {"archeval", "psycopg"} <= set(metadata["packages"])
    assert Grade.model_validate((score_in(only_sample(log)).metadata or {})["grade"]).seed == 7


FILE = "```sql path=answer.sql\nSELECT 42;\n```"


@pytest.mark.parametrize(
    ("text", "stop_reason", "outcome", "reason"),
    [
        (FILE, "max_tokens", "truncated", "truncated"),
        (FILE, "model_length", "truncated", "truncated"),
        ("", "content_filter", "refused", "refusal"),
        ("I'm sorry, but I can't help with that.", "stop", "refused", "refusal"),
        ("", "stop", "empty", "no_response"),
        ("Use a table.", "stop", "unparsable", "invalid_response_format"),
    ],
)
def test_an_answer_without_gradable_files_scores_0_with_its_reason(
    evaluate: Evaluate, text: str, stop_reason: StopReason, outcome: str, reason: str
) -> None:
    found = score_in(only_sample(evaluate(saying(text, stop_reason))))
    assert found.value == {"score": 0.0, "solved": 0.0}
    assert (found.metadata or {})["outcome"] == outcome
    assert found.reason == reason
    assert "**Not graded**" in (found.explanation or "")


def test_what_the_parser_noted_is_in_the_explanation(evaluate: Evaluate) -> None:
    found = score_in(only_sample(evaluate(saying(f"{FILE}\n{FILE}"))))
    assert found.value == {"score": 1.0, "solved": 1.0}
    assert "is there 2 times" in (found.explanation or "")


def test_a_fault_that_passes_is_tried_again(evaluate: Evaluate, weather: Weather) -> None:
    weather.breaks = 1
    found = score_in(only_sample(evaluate("replay/reference")))
    assert found.value == {"score": 1.0, "solved": 1.0}
    assert len((found.metadata or {})["grade"]["faults"]) == 1


def test_a_fault_that_stays_leaves_the_sample_unscored(evaluate: Evaluate, weather: Weather) -> None:
    weather.breaks = 100
    log = evaluate("replay/reference")
    found = score_in(only_sample(log))
    assert isinstance(found.value, float)
    assert math.isnan(found.value)
    assert found.reason == "fault"
    assert "the server has gone" in (found.explanation or "")
    assert log.results is not None
    assert {(score.scored_samples, score.unscored_samples) for score in log.results.scores} == {(0, 1)}


def test_a_provider_error_is_no_score(evaluate: Evaluate) -> None:
    sample = only_sample(evaluate("replay/best"))
    assert sample.error is not None
    assert "has no recording for scenario 'forty_two'" in sample.error.message
    assert not sample.scores


def test_unscored_epochs_do_not_count_as_0(evaluate: Evaluate, weather: Weather) -> None:
    weather.breaks = 2
    log = evaluate("replay/reference", epochs=3, slots=1)
    values = [score_in(sample).value for sample in log.samples or []]
    assert sum(isinstance(value, float) for value in values) == 1
    assert log.results is not None
    means = {score.name: score.metrics["mean"].value for score in log.results.scores}
    assert means == {"score": 1.0, "solved": 1.0}


def test_replay_models_need_no_network(evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(*args: object, **_: object) -> None:
        asked.append(args)
        raise OSError("there is no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    sample = only_sample(evaluate("replay/reference"))
    assert score_in(sample).value == {"score": 1.0, "solved": 1.0}
    assert asked == []


@pytest.mark.parametrize(
    ("task_args", "message"),
    [
        ({"scenario": "nowhere"}, "no scenario 'nowhere'"),
        ({"persona": "nobody.md"}, "cannot read the persona"),
    ],
)
def test_what_does_not_exist_is_named(evaluate: Evaluate, task_args: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        evaluate("replay/reference", **task_args)

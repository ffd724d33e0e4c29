"""Inspect's door to the grading library: one score per sample, `{score, solved}`, or none when the harness failed."""

import functools

import anyio.to_thread
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState
from inspect_ai.util import concurrency

from evals.datasets import load_scenarios, select
from evals.explanation import explain
from evals.handed_in import HandedIn
from evals.places import user_path
from scorers.errors import InputError
from scorers.grading import grade
from scorers.results import Grade
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.providers import provider

DEFAULT_SLOTS = 2

SCORE_NAME = "archeval"
"""Under which name a sample's score is found in the log. Without a package in front: Inspect drops it from the log
and would not find the scorer again."""

NO_ANSWER = "no_answer"
"""Reason of a sample whose model gave no answer (an error of the provider, a spent budget)."""

_REASONS = {
    "truncated": "truncated",
    "refused": "refusal",
    "empty": "no_response",
    "unparsable": "invalid_response_format",
}
"""Inspect's words for an answer that scores 0 ungraded; `truncated` is ours."""


@scorer(name=SCORE_NAME, metrics={"score": [mean(), stderr()], "solved": [mean(), stderr()]})
def grade_submission(
    testbed: str = "embedded", seed: int = 0, slots: int = DEFAULT_SLOTS, datasets: list[str] | None = None
) -> Scorer:
    """Grade the files in the sample's store on servers of their own.

    `slots` grades run at once. `datasets` are roots of scenarios beside those shipped. The value is the grade's score
    (0..1) and whether it is solved (0 or 1); the whole grade is in the metadata. An answer without files scores 0. When
    the harness fails the sample is unscored, never 0.
    """

    scenarios = functools.cache(lambda: load_scenarios([user_path(root) for root in datasets or []]))

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001  (Inspect's signature)
        handed_in = state.store_as(HandedIn)
        if not handed_in.answered:
            return Score.unscored(
                reason=NO_ANSWER,
                explanation="The model gave no answer, so there is nothing to grade.",
                metadata={"outcome": "unscored", "reason": NO_ANSWER},
            )
        if handed_in.outcome != "ok":
            return _zero(handed_in)
        scenario = _scenario_of(state, scenarios())
        submission = Submission(files=handed_in.files)
        async with concurrency("archeval grades", slots, key=f"archeval/{testbed}"):
            graded = await anyio.to_thread.run_sync(lambda: grade(scenario, submission, provider(testbed), seed=seed))
        return score_of(graded, handed_in)

    return score


def score_of(graded: Grade, handed_in: HandedIn) -> Score:
    """Return the grade as Inspect's score."""
    metadata = {"grade": graded.model_dump(mode="json")}
    explanation = explain(graded)
    if handed_in.problems:
        explanation += "\n\nThe answer parser noted: " + "; ".join(handed_in.problems)
    if graded.score is None:
        reason = graded.unscored_reason or "undecided"
        metadata |= {"outcome": "unscored", "reason": reason}
        return Score.unscored(reason=reason, explanation=explanation, metadata=metadata)
    return Score(
        value={"score": graded.score, "solved": float(bool(graded.solved))},
        answer=", ".join(handed_in.files),
        explanation=explanation,
        metadata=metadata | {"outcome": "graded"},
    )


def _zero(handed_in: HandedIn) -> Score:
    return Score(
        value={"score": 0.0, "solved": 0.0},
        reason=_REASONS[handed_in.outcome],
        explanation=f"**Not graded**: {handed_in.reason}",
        metadata={"outcome": handed_in.outcome, "reason": handed_in.reason},
    )


def _scenario_of(state: TaskState, scenarios: list[Scenario]) -> Scenario:
    (scenario,) = select(scenarios, ids=[str(state.metadata["scenario_id"])])
    asked = str(state.metadata["scenario_version"])
    if scenario.version.split("-")[0] != asked.split("-")[0]:
        raise InputError(
            f"the sample answers version {asked} of scenario {scenario.id!r}, and here it is {scenario.version}: the "
            "two are not comparable; grade the log with the archeval that made it"
        )
    return scenario

"""Sides measured in turn and compared by ratio: what the machine does to both cancels out.

Pure logic over a `measure` that somebody else supplies; it knows neither time nor services. In each round every side
that is still needed is measured once, the order turned by one from round to round, so that neither a drift of the
machine nor being first favours a side. A ratio is formed within its round; the answer is the median of the rounds.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.stats import binom

from loadtests.result import Interval

Side = Literal["candidate", "reference", "baseline"]
Verdict = Literal["holds", "fails", "undecided"]
Measure = Callable[[Side], Mapping[str, float]]
"""Measures a side once and returns its figures by name, such as the p95 in milliseconds of each endpoint."""

SMALLEST = 1e-6
"""Figures below this count as this, so that a ratio exists."""


class Question(BaseModel):
    """Is figure `key` of `numerator` at most, or at least, so many times that of `denominator`?"""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    key: str
    numerator: Side
    denominator: Side
    at_most: float | None = Field(default=None, gt=0)
    at_least: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_limit(self) -> "Question":
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError(f"question {self.name!r}: give either at_most or at_least")
        if self.numerator == self.denominator:
            raise ValueError(f"question {self.name!r} compares {self.numerator!r} with itself")
        return self

    @property
    def limit(self) -> float:
        """The limit, whichever way."""
        return self.at_most if self.at_most is not None else self.at_least or 0.0

    def verdict_beyond(self, *, above: bool) -> Verdict:
        """What it means that the ratio is above the limit, or below it."""
        return "holds" if above == (self.at_least is not None) else "fails"


class Answer(BaseModel):
    """What the rounds say about a question. `undecided` is for lack of quiet or of time, and is nobody's failure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Question
    verdict: Verdict
    ratios: list[float] = Field(min_length=1)
    """One per round, in the order measured."""
    median: float
    interval: Interval
    """Of the median, at 95 % where there are six rounds or more; before that all there is, smallest to largest."""


class Patience(BaseModel):
    """How long to go on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_rounds: int = Field(default=2, ge=1)
    max_rounds: int = Field(default=9, ge=1)
    margin: float = Field(default=0.15, ge=0, lt=1)
    """With few rounds, all ratios must be beyond the limit by this share before the matter counts as decided."""


def compare(
    measure: Measure,
    questions: Sequence[Question],
    *,
    patience: Patience | None = None,
    time_is_up: Callable[[], bool] = lambda: False,
) -> list[Answer]:
    """Measure round after round until every question is decided, or patience or time ends. Answers in order.

    `time_is_up` is asked before each round after the first. A question that is decided stays so. What `measure` raises
    passes through; a figure that it lacks is a KeyError.
    """
    patience = patience or Patience()
    rounds: list[dict[Side, Mapping[str, float]]] = []
    decided: dict[int, Answer] = {}
    while len(decided) < len(questions):
        open_questions = [question for index, question in enumerate(questions) if index not in decided]
        rounds.append({side: measure(side) for side in _order(open_questions, len(rounds))})
        over = len(rounds) >= patience.max_rounds or time_is_up()
        for index, question in enumerate(questions):
            if index in decided:
                continue
            answer = _answer(question, rounds, patience)
            if answer.verdict != "undecided" or over:
                decided[index] = answer
    return [decided[index] for index in range(len(questions))]


def _order(questions: Sequence[Question], turn: int) -> list[Side]:
    """The sides that the questions need, turned by `turn`."""
    needed = {side for question in questions for side in (question.numerator, question.denominator)}
    sides: list[Side] = [side for side in ("candidate", "reference", "baseline") if side in needed]
    shift = turn % len(sides)
    return sides[shift:] + sides[:shift]


def _answer(question: Question, rounds: Sequence[Mapping[Side, Mapping[str, float]]], patience: Patience) -> Answer:
    ratios = [
        max(figures[question.numerator][question.key], SMALLEST)
        / max(figures[question.denominator][question.key], SMALLEST)
        for figures in rounds
    ]
    interval, sure = median_interval(ratios)
    margin = 1.0 if sure else 1 + patience.margin
    verdict: Verdict = "undecided"
    if len(ratios) >= patience.min_rounds:
        if interval.low > question.limit * margin:
            verdict = question.verdict_beyond(above=True)
        elif interval.high < question.limit / margin:
            verdict = question.verdict_beyond(above=False)
    return Answer(
        question=question, verdict=verdict, ratios=ratios, median=statistics.median(ratios), interval=interval
    )


def median_interval(values: Sequence[float]) -> tuple[Interval, bool]:
    """The narrowest pair of order statistics that holds the median at 95 %, and whether there are values enough for it.

    By the sign test: n values leave min and max at a confidence of 1 - 2^(1-n), which passes 95 % at n = 6.
    """
    ordered = sorted(values)
    count = len(ordered)
    rank = max(int(binom.ppf(0.025, count, 0.5)), 1)
    sure = 1 - 2 * float(binom.cdf(rank - 1, count, 0.5)) >= 0.95 - 1e-12
    return Interval(low=ordered[rank - 1], high=ordered[count - rank]), sure and math.isfinite(ordered[-1])

"""What a comparison says, as data: the JSON that `archeval compare` and `archeval gate` write."""

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from reports.compare.intervals import Method

T = TypeVar("T")

Verdict = Literal["regression", "no regression", "improvement", "inconclusive", "not comparable"]

EXIT_CODES: dict[Verdict, int] = {
    "improvement": 0,
    "no regression": 0,
    "regression": 1,
    "inconclusive": 4,
    "not comparable": 4,
}
"""2 is wrong usage and 3 a fault of the harness, as everywhere."""

WhyLeftOut = Literal["only in base", "only in head", "another version", "no score in base", "no score in head"]

Change = Literal["better", "worse", "unclear"]


class Record(BaseModel):
    """What all parts of a comparison have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Count(Record, Generic[T]):
    """The same of both sides."""

    base: T
    head: T


class Rules(Record):
    """By which rules the verdict was found."""

    floor: float = Field(default=0.05, gt=0, lt=1, description="The smallest drop of the mean score that matters.")
    alpha: float = Field(default=0.05, gt=0, lt=0.5, description="1 - alpha is the intervals' confidence.")
    max_left_out: float = Field(
        default=0.2, ge=0, le=1, description="If more of the scenarios cannot be compared, there is no verdict."
    )
    max_unscored: float = Field(
        default=0.2, ge=0, le=1, description="If more of a side's answers have no score, there is no verdict."
    )


class SideSummary(Record):
    """One side."""

    label: str
    models: list[str]
    model_snapshots: list[str]
    personas: list[str] = Field(description="Name and the first 8 characters of the hash.")
    runs: list[str]
    answers: int
    first_answer: str = Field(description="When the first of its runs began, ISO 8601, UTC.")
    last_answer: str


class Effect(Record):
    """A difference, head minus base, with its interval."""

    base: float
    head: float
    difference: float
    low: float | None = Field(description="Null where too little was seen for an interval.")
    high: float | None
    confidence: float = Field(description="Of this interval by itself; families' are wider, so that all hold together.")
    method: Method
    p_value: float
    p_adjusted: float = Field(description="By Holm over the numbers of its kind.")
    scenarios: int
    answers: Count[int]


class Whole(Record):
    """An effect with its verdict."""

    effect: Effect
    verdict: Verdict
    epochs_needed: int | None = Field(
        default=None,
        description="Only when inconclusive: epochs per scenario and side that would decide it; null if too many.",
    )
    epochs_beyond: int | None = Field(default=None, description="Set when it would take more epochs than this.")


class Family(Whole):
    """A family's effect with its verdict."""

    family: str


class CheckChange(Record):
    """How often a check passed, over all scenarios of its family."""

    family: str
    check_id: str
    title: str
    effect: Effect


class Proof(Record):
    """One answer's result for a check, with where to read on."""

    sample_uuid: str
    epoch: int
    status: str
    message: str
    evidence: list[str] = Field(description="Title and beginning of each piece.")
    link: str = Field(description="Into the HTML report of that side.")


class CheckCell(Record):
    """How often one check passed in one scenario."""

    scenario: str
    family: str
    check_id: str
    title: str
    gate: bool
    passed: Count[int]
    epochs: Count[int]


class Flip(Record):
    """A scenario in which most epochs passed a check on one side and most did not on the other."""

    scenario: str
    family: str
    check_id: str
    title: str
    gate: bool
    worse: bool
    passed: Count[int]
    epochs: Count[int]
    own_flip_rate: float | None = Field(
        description="How often two epochs of one side disagree; null when no side has two epochs."
    )
    p_value: float
    real: bool = Field(description="Whether the labels' permutation within the scenario rejects at alpha.")
    proof: Count[Proof]


class MeasurementChange(Record):
    """How a measured number of one scenario changed."""

    scenario: str
    name: str
    unit: str
    direction: str
    target: float | None
    effect: Effect
    ratio: float | None = Field(description="Head by base; null where the base is 0.")
    change: Change


class ResourceChange(Record):
    """What an answer took: tokens, dollars, seconds; mean over scenarios."""

    name: str
    unit: str
    effect: Effect | None = Field(description="Null where no scenario has the number on both sides.")
    unknown: Count[int] = Field(description="Answers without the number, such as those whose price is not known.")


class LeftOut(Record):
    """A scenario that cannot be compared."""

    scenario: str
    why: WhyLeftOut
    answers: Count[int]
    versions: Count[str]


class Unscored(Record):
    """A side's answers without a score: the harness or the provider failed."""

    answers: int
    unscored: int
    scenarios: list[str]

    @property
    def share(self) -> float:
        """0..1."""
        return self.unscored / self.answers if self.answers else 0.0


class Comparison(Record):
    """All that a comparison says."""

    schema_version: Literal[1] = 1
    verdict: Verdict
    reasons: list[str] = Field(description="Why this verdict, for people to read.")
    rules: Rules
    base: SideSummary
    head: SideSummary
    on_this_suite: Whole | None = Field(description="Null when nothing can be compared.")
    solved: Effect | None = Field(description="The rate of solved answers, on this suite.")
    on_scenarios_like_these: Effect | None = Field(description="Offered from 20 scenarios on.")
    families: list[Family]
    checks: list[CheckChange]
    cells: list[CheckCell] = Field(description="Each check of each scenario that both sides have.")
    flips: list[Flip]
    measurements: list[MeasurementChange]
    resources: list[ResourceChange]
    left_out: list[LeftOut]
    unscored: Count[Unscored]
    notes: list[str]

    @property
    def exit_code(self) -> int:
        """The command's."""
        return EXIT_CODES[self.verdict]

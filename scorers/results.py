"""The result vocabulary: what a grade says. `reports` imports this module and nothing else of `scorers`."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from scorers.evidence import Evidence, cap

CheckStatus = Literal["passed", "failed", "blocked", "not_applicable"]
"""`blocked`: a check it requires did not pass; counts as failed. `not_applicable`: leaves the weighted mean."""

Direction = Literal["lower_is_better", "higher_is_better"]

UnscoredReason = Literal["fault", "undecided"]
"""Why a submission has no score: the harness failed, or a judge could not decide."""


class CheckResult(BaseModel):
    """The outcome of one check on one submission, with what a reader needs to act on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check_id: str
    title: str
    status: CheckStatus
    score: float = Field(ge=0, le=1)
    weight: float = Field(gt=0)
    gate: bool
    spec_lines: list[str]
    message: str
    evidence: list[Evidence] = []
    duration_s: float = 0.0

    @field_validator("evidence")
    @classmethod
    def _cap(cls, value: list[Evidence]) -> list[Evidence]:
        return cap(value)

    @model_validator(mode="after")
    def _consistent(self) -> "CheckResult":
        if self.status != "failed" and self.score not in {0.0, 1.0}:
            raise ValueError(f"check {self.check_id!r}: only a failed check may have partial credit, got {self.score}")
        if self.status in {"blocked", "not_applicable"} and self.score != 0:
            raise ValueError(f"check {self.check_id!r}: status {self.status!r} has score 0, got {self.score}")
        if self.status == "passed" and self.score != 1:
            raise ValueError(f"check {self.check_id!r}: a passed check has score 1, got {self.score}")
        return self


class Measurement(BaseModel):
    """A number with unit and target, such as buffers touched by a query."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    value: float
    unit: str
    target: float | None = None
    direction: Direction = "lower_is_better"

    @field_validator("value")
    @classmethod
    def _finite(cls, value: float) -> float:
        if not math.isfinite(value):
            raise ValueError(f"a measurement is a finite number, got {value!r}")
        return value

    @property
    def on_target(self) -> bool | None:
        """Whether the value meets its target; None without a target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.direction == "lower_is_better" else self.value >= self.target


class FaultRecord(BaseModel):
    """One failure of the harness while it graded: at which step, what happened, on which attempt (from 1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    kind: str
    message: str
    attempt: int = 1


class Grade(BaseModel):
    """All check results and measurements of one submission for one scenario, or the reason why there are none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario_id: str
    scenario_version: str
    family: str
    submission_hash: str
    checks: list[CheckResult]
    measurements: list[Measurement] = []
    faults: list[FaultRecord] = []
    unscored_reason: UnscoredReason | None = None
    testbed: dict[str, str] = {}
    seed: int = 0
    duration_s: float = 0.0

    @property
    def score(self) -> float | None:
        """Weighted mean of the applicable checks, 0..1; None when unscored. Blocked checks count as 0."""
        applicable = [check for check in self.checks if check.status != "not_applicable"]
        if self.unscored_reason is not None or not applicable:
            return None
        return sum(check.score * check.weight for check in applicable) / sum(check.weight for check in applicable)

    @property
    def solved(self) -> bool | None:
        """Whether every applicable gate passed; None when unscored."""
        if self.score is None:
            return None
        return all(check.status == "passed" for check in self.checks if check.gate and check.status != "not_applicable")

    def check(self, check_id: str) -> CheckResult:
        """Return the result of `check_id`. Raises KeyError naming the checks there are."""
        for result in self.checks:
            if result.check_id == check_id:
                return result
        raise KeyError(f"no check {check_id!r} in this grade; it has {[result.check_id for result in self.checks]}")

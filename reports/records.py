"""The records that `evals` makes of Inspect logs and hands over to the store: one run of one task, and its samples."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from scorers.results import Grade

RunStatus = Literal["success", "error", "cancelled"]

Outcome = Literal["graded", "truncated", "refused", "empty", "unparsable", "unscored", "error"]
"""What became of one answer. `unscored` and `error` have no score; they are counted and shown, never taken as 0."""

ZERO_OUTCOMES: frozenset[str] = frozenset({"truncated", "refused", "empty", "unparsable"})
"""The model's own doing, without a submission to grade: score 0, not solved."""

UNSCORED_OUTCOMES: frozenset[str] = frozenset({"unscored", "error"})
"""The harness's or the provider's doing: no score."""


def _storable(value: object) -> object:
    """Replace lone surrogates, which a model's output may hold and UTF-8 cannot carry, by visible escapes."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _storable_files(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {_storable(path): _storable(text) for path, text in cast(dict[object, object], value).items()}


def _as_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Text = Annotated[str, BeforeValidator(_storable)]
Files = Annotated[dict[str, str], BeforeValidator(_storable_files)]
UtcTime = Annotated[AwareDatetime, AfterValidator(_as_utc)]


class RunRecord(BaseModel):
    """One Inspect log: one run of one task (a family) with one model and one persona. `eval_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    eval_id: str = Field(min_length=1)
    task_id: str = Field(min_length=1)
    """Stays the same when Inspect resumes a log under a new `eval_id`; the store keeps the latest log per task id."""
    log_location: Text
    created_at: UtcTime
    updated_at: UtcTime | None = None
    """When the log was last written (scored again, say). An older state never replaces a newer one."""
    model: Text
    model_snapshot: Text | None = None
    persona_name: Text
    persona_hash: str
    suite: str
    git_commit: str | None = None
    git_dirty: bool = False
    package_versions: dict[str, str] = {}
    family: str
    seed: int = 0
    status: RunStatus
    generation: dict[str, Any] = {}
    archeval_version: str
    tags: list[str] = []

    @property
    def state_at(self) -> datetime:
        """The moment whose state this record describes: last written, else created."""
        return self.updated_at or self.created_at


class SampleRecord(BaseModel):
    """One answer of a model to one scenario in one epoch, and what became of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    eval_id: str
    sample_uuid: str = Field(min_length=1)
    scenario_id: str
    scenario_version: str = Field(pattern=r"^\d+-[A-Z]$")
    scenario_title: Text
    family: str
    epoch: int = Field(ge=1)
    grade: Grade | None = None
    outcome: Outcome
    reason: Text = ""
    prompt: Text = ""
    files: Files = {}
    unplaced: Text = ""
    """Text in the answer that looked like a file and that the answer parser could not place."""
    completion_excerpt: Text = ""
    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    total_cost_usd: float | None = Field(default=None, ge=0)
    generation_s: float = Field(default=0.0, ge=0)
    grading_s: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> "SampleRecord":
        has_score = self.grade is not None and self.grade.score is not None
        if self.outcome == "graded" and not has_score:
            raise ValueError(f"sample {self.sample_uuid!r} is 'graded' but has no grade with a score")
        if self.outcome != "graded" and has_score:
            raise ValueError(f"sample {self.sample_uuid!r} is {self.outcome!r} but has a grade with a score")
        if self.outcome != "graded" and not self.reason:
            raise ValueError(f"sample {self.sample_uuid!r} is {self.outcome!r} and must state its reason")
        return self

    @property
    def score(self) -> float | None:
        """The grade's score; 0 where the model handed in nothing gradable; None where there is no verdict."""
        if self.outcome in ZERO_OUTCOMES:
            return 0.0
        return self.grade.score if self.grade and self.outcome == "graded" else None

    @property
    def solved(self) -> bool | None:
        """Whether every gate passed; False where nothing gradable was handed in; None where there is no verdict."""
        if self.outcome in ZERO_OUTCOMES:
            return False
        return self.grade.solved if self.grade and self.outcome == "graded" else None


class LogRecords(BaseModel):
    """All that one Inspect log has to say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: RunRecord
    samples: list[SampleRecord]

    @model_validator(mode="after")
    def _consistent(self) -> "LogRecords":
        strays = sorted(sample.sample_uuid for sample in self.samples if sample.eval_id != self.run.eval_id)
        if strays:
            raise ValueError(f"sample {strays[0]!r} names another eval than its run's, {self.run.eval_id!r}")
        seen: set[str] = set()
        for sample in self.samples:
            if sample.sample_uuid in seen:
                raise ValueError(f"sample {sample.sample_uuid!r} appears twice in eval {self.run.eval_id!r}")
            seen.add(sample.sample_uuid)
        return self

"""What the generator's process writes for the process that started it."""

from pydantic import BaseModel, ConfigDict

from loadtests.result import LoadResult


class Outcome(BaseModel):
    """Either a result or what was wrong with the plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    result: LoadResult | None = None
    plan_error: str | None = None

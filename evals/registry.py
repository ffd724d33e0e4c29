"""What Inspect finds through the entry point `inspect_ai`: the model provider `replay`, the scorer and the tasks.

Inspect only warns when this module fails to import, and then knows none of them; a test imports it.
"""

from inspect_ai.model import ModelAPI, modelapi

from evals.database_schema import database_schema
from evals.performance import performance
from evals.replay import ReplayAPI
from evals.scorer import grade_submission

__all__ = ["database_schema", "grade_submission", "performance", "replay"]


@modelapi(name="replay")
def replay() -> type[ModelAPI]:
    """`replay/<solution>` plays back solutions that ship with the scenarios."""
    return ReplayAPI

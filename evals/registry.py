"""What Inspect finds through the entry point `inspect_ai`: the model provider `replay`, and the scorer.

Inspect only warns when this module fails to import, and then knows neither; a test imports it.
"""

from inspect_ai.model import ModelAPI, modelapi

from evals.replay import ReplayAPI
from evals.scorer import archeval_grade

__all__ = ["archeval_grade", "replay"]


@modelapi(name="replay")
def replay() -> type[ModelAPI]:
    """`replay/<solution>` plays back solutions that ship with the scenarios."""
    return ReplayAPI

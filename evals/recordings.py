"""Which shipped solution a `replay/…` model plays for a scenario."""

import random

from scorers.errors import InputError
from scorers.scenario import Scenario

REFERENCE = "reference"
NAIVE = "naive"
ALTERNATE = "alternate"
"""Stands for the first solution that is neither the reference nor the naive one; alternates have names of their own."""
MIXED = "mixed"


PREFIX = "replay/"


def solution_for(scenario: Scenario, model_name: str, *, seed: int, epoch: int) -> str:
    """Return the name of the solution that `replay/<model_name>` plays in `epoch` (from 1).

    `mixed` draws one of all solutions, the naive one included, by seed, scenario and epoch. Raises InputError naming the
    scenario and the recordings there are.
    """
    names = scenario.solution_names()
    if model_name == MIXED and names:
        return random.Random(f"{seed}/{scenario.id}/{epoch}").choice(names)
    if model_name == ALTERNATE:
        alternates = [name for name in names if name not in {REFERENCE, NAIVE}]
        if alternates:
            return alternates[0]
    if model_name in names:
        return model_name
    raise InputError(
        f"model {PREFIX + model_name!r} has no recording for scenario {scenario.id!r}; there are recordings "
        f"{[PREFIX + name for name in names]}"
    )

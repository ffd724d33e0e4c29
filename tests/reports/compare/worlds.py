"""Worlds to draw answers from, for simulations: each says how a scenario's score falls, and its true mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, tuple[int, int]], Array]
"""Generator, number of the scenario, (epochs, columns) → scores."""


@dataclass(frozen=True)
class World:
    name: str
    draw: Draw
    mean: float
    """True mean score over the scenarios, where each has the same."""


def smooth(shift: float = 0.0) -> World:
    """Scores spread between 0.2 and 0.8."""
    return World(
        "smooth", lambda chance, _, shape: 0.2 + 0.6 * chance.beta(3, 3, shape) - shift, 0.2 + 0.6 * 0.5 - shift
    )


def failing(share: float, low: float = 0.4) -> World:
    """1.0, but for a share of answers that score `low`."""
    return World(
        f"failing {share}",
        lambda chance, _, shape: np.where(chance.random(shape) < share, low, 1.0),
        1 - share * (1 - low),
    )


def mixed(values: Sequence[float] = (0.4, 0.9, 1.0)) -> World:
    """One of a few solutions, like the model replay/mixed."""
    return World("mixed", lambda chance, _, shape: chance.choice(np.array(values), shape), float(np.mean(values)))


def uneven() -> World:
    """Scenarios of their own level, which differ far more than their epochs do."""
    levels = np.linspace(0.05, 0.95, 7)

    def draw(chance: np.random.Generator, scenario: int, shape: tuple[int, int]) -> Array:
        return levels[scenario % 7] + chance.normal(0, 0.02, shape)

    return World("uneven", draw, float(levels.mean()))


def strata(world: World, chance: np.random.Generator, *, scenarios: int, epochs: int, columns: int) -> list[Array]:
    """A side's answers: one array of (epochs, columns) per scenario; columns are independent repetitions."""
    return [world.draw(chance, scenario, (epochs, columns)) for scenario in range(scenarios)]

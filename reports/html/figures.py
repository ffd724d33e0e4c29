"""The drawings that stand in the rows of tables, as numbers for the templates, which make them inline SVG.

Charts are Plotly's (see `charts.py`). A row's two whiskers are a few hundred bytes of SVG that need no script, print well,
follow the theme through CSS, and stand in the table's own rows, so that sorting moves them along.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.compare.model import Effect
from reports.statistics import Estimate

PLOT_WIDTH = 220
PLOT_MARGIN = 8
HEAT_STEPS = 10


@dataclass(frozen=True)
class Whisker:
    """A dot and its interval, in pixels from the plot's left edge."""

    dot: float
    low: float | None
    high: float | None


def position(value: float) -> float:
    """Return where `value` in 0..1 lies on the plot's axis."""
    return round(PLOT_MARGIN + value * (PLOT_WIDTH - 2 * PLOT_MARGIN), 1)


def whisker(value: Estimate | None) -> Whisker | None:
    """Return the drawing of `value`."""
    if value is None:
        return None
    low, high = value.low, value.high
    return Whisker(
        position(value.mean), None if low is None else position(low), None if high is None else position(high)
    )


@dataclass(frozen=True)
class EffectLane:
    """A difference on an axis from -limit to +limit, in pixels; the floor is the drop that matters."""

    dot: float
    low: float | None
    high: float | None
    zero: float
    floor: float


def effect_limit(effects: Sequence[Effect], floor: float) -> float:
    """Return the end of the axis that holds all `effects`: a multiple of 0.05, at most 1."""
    ends = [abs(end) for effect in effects for end in (effect.difference, effect.low, effect.high) if end is not None]
    return min(1.0, math.ceil(max([2 * floor, *ends]) * 20) / 20)


def effect_lane(effect: Effect, limit: float, floor: float) -> EffectLane:
    """Return the drawing of `effect`; what lies beyond the axis is drawn at its end."""

    def place(value: float) -> float:
        return position((max(-limit, min(limit, value)) + limit) / (2 * limit))

    return EffectLane(
        dot=place(effect.difference),
        low=None if effect.low is None else place(effect.low),
        high=None if effect.high is None else place(effect.high),
        zero=place(0),
        floor=place(-floor),
    )


def gridlines() -> list[tuple[float, str]]:
    """Return the axis: position and label of its lines."""
    return [(position(value), label) for value, label in ((0, "0"), (0.25, ""), (0.5, "0.5"), (0.75, ""), (1, "1"))]


def heat_step(value: float) -> int:
    """Return the colour step 0..HEAT_STEPS of `value` in 0..1; only 1 itself gets the last one."""
    return HEAT_STEPS if value >= 1 else min(HEAT_STEPS - 1, int(value * HEAT_STEPS))


def spoken(value: Estimate | None) -> str:
    """Say `value` for those who hear the page."""
    if value is None:
        return "no score"
    if value.low is None or value.high is None:
        return f"{value.mean:.3f}, no interval"
    return f"{value.mean:.3f}, 95 % interval {value.low:.2f} to {value.high:.2f}"

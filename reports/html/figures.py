"""The report's figures as numbers for the templates, which draw them as inline SVG.

Plotly's script is 4.6 MB before the first point, and Python's package ships no smaller bundle; a row's two whiskers are a
few hundred bytes of SVG, print well, follow the theme through CSS, and stand in the table's own rows, so that sorting
moves them along.
"""

from dataclasses import dataclass

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

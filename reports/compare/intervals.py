"""Intervals for the difference of two sides, for many columns at once. See METHOD.md for why these and no others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from reports.compare.permutation import Array, Strata, differences
from reports.statistics import wilson

Method = Literal["welch", "collapsed", "newcombe", "cluster", "none"]

METHOD_NOTES: dict[Method, str] = {
    "welch": "t interval from the spread of epochs within scenarios (Welch, Satterthwaite)",
    "collapsed": "t interval from the spread of the scenarios' differences, as some scenario has one epoch on a side",
    "newcombe": "no spread between epochs was seen, so the interval is Newcombe's, as if each answer were a yes or no",
    "cluster": "t interval over the scenarios' differences",
    "none": "no interval: too little was seen to tell the spread",
}

MIN_CLUSTERS = 20
"""From so many scenarios on, an interval for scenarios like these is offered."""

_NO_SPREAD = 1e-18
"""A variance up to this is rounding."""


@dataclass(frozen=True)
class Intervals:
    """Each column's difference with its interval; `low` and `high` are NaN where the method is `none`."""

    difference: Array
    low: Array
    high: Array
    methods: list[Method]


def suite_intervals(base: Strata, head: Strata, *, confidence: float, unit_range: bool) -> Intervals:
    """Return the intervals for the difference on these very strata.

    `unit_range` says that the values lie in 0..1, so that limits are cut to -1..1 and an interval exists even where no
    spread was seen.
    """
    if min(len(side) for side in (*base, *head)) < 2:
        points = np.array([after.mean(axis=0) - before.mean(axis=0) for before, after in zip(base, head, strict=True)])
        return _over_points(points, base, head, confidence=confidence, unit_range=unit_range, method="collapsed")
    variances = np.array([side.var(axis=0, ddof=1) / len(side) for side in (*base, *head)])
    freedoms = np.array([len(side) - 1 for side in (*base, *head)])[:, None]
    total = variances.sum(axis=0)
    spread = total > _NO_SPREAD
    safe = np.where(spread, total, 1.0)
    squares = (variances**2 / freedoms).sum(axis=0)
    freedom = np.where(spread, safe**2 / np.where(squares > 0, squares, 1.0), 1.0)
    half = _t(freedom, confidence) * np.sqrt(total) / len(base)
    middle = differences(base, head)
    return _finished(middle, half, spread, base, head, confidence=confidence, unit_range=unit_range, method="welch")


def cluster_intervals(
    points: Array, base: Strata, head: Strata, *, confidence: float, unit_range: bool
) -> tuple[Intervals, Array]:
    """Return the intervals for scenarios like these, and two-sided p-values, from a row of differences per scenario."""
    found = _over_points(points, base, head, confidence=confidence, unit_range=unit_range, method="cluster")
    count = len(points)
    error: Array = points.std(axis=0, ddof=1) / np.sqrt(count)
    spread = error**2 > _NO_SPREAD
    distance: Array = np.abs(found.difference) / np.where(spread, error, 1.0)
    p = 2 * np.asarray(special.stdtr(float(count - 1), -distance), dtype=np.float64)
    # Without spread: one sign in all scenarios, as in a sign test.
    flat = np.where(np.abs(found.difference) > 0, 2.0 ** (1 - count), 1.0)
    return found, np.where(spread, p, flat)


def newcombe(base_mean: float, head_mean: float, count: float, confidence: float) -> tuple[float, float]:
    """Return Newcombe's interval for the difference of two rates among `count` answers each (his method 10)."""
    base_low, base_high = wilson(base_mean, count, confidence)
    head_low, head_high = wilson(head_mean, count, confidence)
    middle = head_mean - base_mean
    low = middle - float(np.hypot(head_mean - head_low, base_high - base_mean))
    high = middle + float(np.hypot(head_high - head_mean, base_mean - base_low))
    return low, high


def effective_answers(strata: Strata) -> float:
    """Return how many answers in one heap would tell as much as these, when strata weigh the same."""
    return len(strata) ** 2 / sum(1 / len(side) for side in strata)


def _over_points(
    points: Array, base: Strata, head: Strata, *, confidence: float, unit_range: bool, method: Method
) -> Intervals:
    count = len(points)
    middle = points.mean(axis=0)
    if count < 2:
        return _none(middle)
    variance = points.var(axis=0, ddof=1)
    half = _t(np.full(len(middle), count - 1.0), confidence) * np.sqrt(variance / count)
    return _finished(
        middle, half, variance > _NO_SPREAD, base, head, confidence=confidence, unit_range=unit_range, method=method
    )


def _finished(
    middle: Array,
    half: Array,
    spread: NDArray[np.bool_],
    base: Strata,
    head: Strata,
    *,
    confidence: float,
    unit_range: bool,
    method: Method,
) -> Intervals:
    low, high = middle - half, middle + half
    methods: list[Method] = [method] * len(middle)
    for column in np.flatnonzero(~spread):
        methods[column] = "newcombe" if unit_range else "none"
        low[column], high[column] = (
            _flat(base, head, int(column), confidence, method) if unit_range else (np.nan, np.nan)
        )
    if unit_range:
        low, high = np.maximum(low, -1.0), np.minimum(high, 1.0)
    return Intervals(middle, low, high, methods)


def _flat(base: Strata, head: Strata, column: int, confidence: float, method: Method) -> tuple[float, float]:
    """The interval where nothing varied: epochs count as answers, or only scenarios where these are the units."""
    count = float(len(base)) if method != "welch" else min(effective_answers(base), effective_answers(head))
    means = [_mean(side, column) for side in (base, head)]
    return newcombe(means[0], means[1], count, confidence)


def _mean(side: Strata, column: int) -> float:
    # Rounding may carry the mean of ones a hair above 1.
    return min(1.0, max(0.0, float(np.mean([stratum[:, column].mean() for stratum in side]))))


def _none(middle: Array) -> Intervals:
    unknown = np.full(middle.shape, np.nan)
    return Intervals(middle, unknown, unknown.copy(), ["none"] * len(middle))


def _t(freedom: Array, confidence: float) -> Array:
    return np.asarray(special.stdtrit(freedom, (1 + confidence) / 2), dtype=np.float64)


def columns(values: Sequence[Sequence[float]]) -> list[Array]:
    """Return one quantity's values, a sequence per stratum, as strata of one column."""
    return [np.asarray(stratum, dtype=np.float64).reshape(-1, 1) for stratum in values]

"""From values by scenario to an effect with interval and p-value, and from an effect to a verdict."""

import math
from collections.abc import Sequence

import numpy as np

from reports.compare.adjust import holm
from reports.compare.intervals import (
    Intervals,
    cluster_intervals,
    columns,
    effective_answers,
    newcombe,
    suite_intervals,
)
from reports.compare.model import Count, Effect, Verdict
from reports.compare.permutation import Array, Strata, p_values
from reports.compare.power import MOST, epochs_needed

Values = Sequence[Sequence[float]]
"""A quantity's values on one side, a sequence per stratum."""


def suite_effect(base: Values, head: Values, *, confidence: float, unit_range: bool) -> Effect:
    """Return the effect on this suite of one quantity."""
    return suite_effects(columns(base), columns(head), confidence=confidence, unit_range=unit_range)[0]


def suite_effects_of(
    quantities: Sequence[tuple[Values, Values]], *, confidence: float, unit_range: bool
) -> list[Effect]:
    """Return the effects on this suite of many quantities, each with its values on base and head.

    Those with the same numbers of answers everywhere share their permutations: the same result in a fraction of the
    time.
    """
    designs: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for index, (base, head) in enumerate(quantities):
        designs.setdefault(tuple(zip(map(len, base), map(len, head), strict=True)), []).append(index)
    effects: dict[int, Effect] = {}
    for design, members in designs.items():
        sides = [
            [np.array([quantities[index][side][stratum] for index in members]).T for stratum in range(len(design))]
            for side in (0, 1)
        ]
        found = suite_effects(sides[0], sides[1], confidence=confidence, unit_range=unit_range)
        effects |= dict(zip(members, found, strict=True))
    return [effects[index] for index in range(len(quantities))]


def suite_effects(base: Strata, head: Strata, *, confidence: float, unit_range: bool) -> list[Effect]:
    """Return the effects on this suite of the quantities in the columns."""
    intervals = suite_intervals(base, head, confidence=confidence, unit_range=unit_range)
    p = p_values(base, head)
    # Where the exact test does not tell the sides apart, the interval may not either.
    undecided = p > 1 - confidence
    low = np.where(undecided, np.minimum(intervals.low, 0), intervals.low)
    high = np.where(undecided, np.maximum(intervals.high, 0), intervals.high)
    found = Intervals(intervals.difference, low, high, intervals.methods)
    return _effects(found, p, base, head, scenarios=len(base), confidence=confidence)


def wider_effect(scenarios: Sequence[object], base: Values, head: Values, *, confidence: float) -> Effect:
    """Return the effect on scenarios like these; `scenarios` says which stratum belongs to which."""
    before, after = columns(base), columns(head)
    by_scenario: dict[object, list[Array]] = {}
    for scenario, one, other in zip(scenarios, before, after, strict=True):
        by_scenario.setdefault(scenario, []).append(other.mean(axis=0) - one.mean(axis=0))
    points = np.array([np.mean(values, axis=0) for values in by_scenario.values()])
    found, p = cluster_intervals(points, before, after, confidence=confidence, unit_range=True)
    return _effects(found, p, before, after, scenarios=len(points), confidence=confidence)[0]


def adjusted(effects: Sequence[Effect]) -> list[Effect]:
    """Return the effects with their p-values adjusted for one another."""
    found = holm([effect.p_value for effect in effects])
    return [effect.model_copy(update={"p_adjusted": p}) for effect, p in zip(effects, found, strict=True)]


def verdict_of(effect: Effect, floor: float) -> Verdict:
    """Return what the interval says against the floor."""
    if effect.low is None or effect.high is None:
        return "inconclusive"
    if effect.high < 0:
        return "regression"
    if effect.low > 0:
        return "improvement"
    return "no regression" if effect.low > -floor else "inconclusive"


def epochs_to_decide(effect: Effect, base: Values, head: Values, floor: float) -> int | None:
    """Return the epochs per scenario and side that decide four times in five, if the difference is what it looks like.

    None when it would take more than `MOST`.
    """
    now = max(len(side) for side in (*base, *head))
    flat = effect.method == "newcombe" or (effect.method == "none" and effect.base == effect.head in {0.0, 1.0})
    if flat:
        found = _epochs_without_spread(effect, len(base), floor)
    else:
        found = epochs_needed(
            _clearest(effect.difference, floor),
            _spread(effect, base, head),
            scenarios=len(base),
            alpha=1 - effect.confidence,
        )
    return None if found is None else max(found, now + 1)


def _clearest(difference: float, floor: float) -> float:
    """How far the difference lies from the nearer claim's border: from 0 for a regression, from -floor for none."""
    return max(-difference, difference + floor)


def _spread(effect: Effect, base: Values, head: Values) -> float:
    """The standard deviation of a scenario's epochs, as well as it can be told."""
    repeated = [side for side in (*base, *head) if len(side) > 1]
    if effect.method != "none" and repeated and effect.method != "collapsed":
        return math.sqrt(float(np.mean([np.var(side, ddof=1) for side in repeated])))
    if effect.method == "collapsed":
        points = [float(np.mean(after) - np.mean(before)) for before, after in zip(base, head, strict=True)]
        epochs = min(effective_answers(columns(base)), effective_answers(columns(head))) / len(base)
        return math.sqrt(float(np.var(points, ddof=1)) * epochs / 2)
    # Nothing is known: no variable in 0..1 with this mean varies more (Bhatia & Davis 2000).
    middle = min(1.0, max(0.0, (effect.base + effect.head) / 2))
    return math.sqrt(middle * (1 - middle))


def _epochs_without_spread(effect: Effect, strata: int, floor: float) -> int | None:
    def decides(epochs: int) -> bool:
        low, high = newcombe(_unit(effect.base), _unit(effect.head), float(epochs * strata), effect.confidence)
        return low > -floor or high < 0

    if not decides(MOST):
        return None
    few, enough = 0, MOST
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if decides(middle) else (middle, enough)
    return enough


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))


def _effects(
    found: Intervals, p: Array, base: Strata, head: Strata, *, scenarios: int, confidence: float
) -> list[Effect]:
    means = [np.mean([stratum.mean(axis=0) for stratum in side], axis=0) for side in (base, head)]
    answers = Count(base=sum(map(len, base)), head=sum(map(len, head)))
    return [
        Effect(
            base=float(means[0][column]),
            head=float(means[1][column]),
            difference=float(found.difference[column]),
            low=_known(found.low[column]),
            high=_known(found.high[column]),
            confidence=confidence,
            method=method,
            p_value=float(p[column]),
            p_adjusted=float(p[column]),
            scenarios=scenarios,
            answers=answers,
        )
        for column, method in enumerate(found.methods)
    ]


def _known(value: np.float64) -> float | None:
    return None if math.isnan(value) else float(value)

"""The stratified permutation test: labels are exchanged within each scenario only.

Data come as one array per stratum and side, of the shape (epochs, columns): columns are quantities of the same answers,
such as many checks, and are tested at once.
"""

import math
from collections.abc import Sequence
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Strata = Sequence[Array]
"""One array of the shape (epochs, columns) per stratum."""

EXACT_UP_TO = 20_000
"""So many relabellings are gone through one by one; of more, `DRAWS` are drawn."""

DRAWS = 9_999

TABLE_UP_TO = 1_000
"""A stratum with so many deals has them all worked out, and draws are taken from the table."""

COLUMNS_AT_ONCE = 400
LABELS_AT_ONCE = 200_000
_SAME_WITHIN = 1e-9


def differences(base: Strata, head: Strata) -> Array:
    """Return the mean over strata of (head's mean - base's mean), for each column."""
    return np.mean([after.mean(axis=0) - before.mean(axis=0) for before, after in zip(base, head, strict=True)], axis=0)


def relabellings(sizes: Sequence[tuple[int, int]]) -> int:
    """Return how many ways there are to deal the labels, given the two sides' epochs in each stratum."""
    return math.prod(math.comb(one + other, one) for one, other in sizes)


def p_values(base: Strata, head: Strata, *, draws: int = DRAWS, seed: int = 0) -> Array:
    """Return the two-sided p-value of each column's difference.

    Exchanging the sides, or the order of the epochs, changes nothing. Raises ValueError without strata.
    """
    if not base:
        raise ValueError("there is nothing to permute")
    observed = differences(base, head)
    found = np.ones(observed.shape)
    # The side with the larger mean is dealt first, so that exchanged sides meet the same draws.
    for larger, smaller, chosen in ((head, base, observed > 0), (base, head, observed < 0)):
        columns = np.flatnonzero(chosen)
        for start in range(0, len(columns), COLUMNS_AT_ONCE):
            some = columns[start : start + COLUMNS_AT_ONCE]
            found[some] = _p(
                [side[:, some] for side in larger], [side[:, some] for side in smaller], draws=draws, seed=seed
            )
    return found


def rate_p_value(passed: tuple[int, int], epochs: tuple[int, int]) -> float:
    """Return the two-sided p-value of the difference of two rates in one stratum, by counting all deals."""
    total, (one, other) = sum(passed), epochs
    limit = abs(passed[0] / one - passed[1] / other) - _SAME_WITHIN
    ways = {
        dealt: math.comb(one, dealt) * math.comb(other, total - dealt)
        for dealt in range(max(0, total - other), min(one, total) + 1)
    }
    extreme = sum(count for dealt, count in ways.items() if abs(dealt / one - (total - dealt) / other) >= limit)
    return extreme / sum(ways.values())


def _p(first: Strata, second: Strata, *, draws: int, seed: int) -> Array:
    sizes = [(len(one), len(other)) for one, other in zip(first, second, strict=True)]
    pooled = [np.sort(np.concatenate(pair), axis=0) for pair in zip(first, second, strict=True)]
    limit = np.abs(differences(second, first)) - _SAME_WITHIN
    if relabellings(sizes) <= EXACT_UP_TO:
        dealt = _all_deals(pooled, sizes)
        return (np.abs(dealt) >= limit).mean(axis=0)
    dealt = _drawn_deals(pooled, sizes, draws=draws, seed=seed)
    return (1 + (np.abs(dealt) >= limit).sum(axis=0)) / (1 + draws)


def _all_deals(pooled: Strata, sizes: Sequence[tuple[int, int]]) -> Array:
    total = np.zeros((1, pooled[0].shape[1]))
    for values, (one, other) in zip(pooled, sizes, strict=True):
        dealt = _difference(_every_mask(one, other), values, one, other)
        total = (total[:, None, :] + dealt[None, :, :]).reshape(-1, total.shape[1])
    return total / len(sizes)


def _drawn_deals(pooled: Strata, sizes: Sequence[tuple[int, int]], *, draws: int, seed: int) -> Array:
    generator = np.random.default_rng(seed)
    total = np.zeros((draws, pooled[0].shape[1]))
    for values, (one, other) in zip(pooled, sizes, strict=True):
        if math.comb(one + other, one) <= TABLE_UP_TO:
            table = _difference(_every_mask(one, other), values, one, other)
            total += table[generator.integers(0, len(table), draws)]
        else:
            _add_drawn(total, generator, values, one, other)
    return total / len(sizes)


def _add_drawn(total: Array, generator: np.random.Generator, values: Array, one: int, other: int) -> None:
    """Add a drawn deal's difference to each row of `total`, some rows at a time, so that labels stay in the cache."""
    rows = max(1, LABELS_AT_ONCE // (one + other))
    for start in range(0, len(total), rows):
        some = total[start : start + rows]
        labels = np.zeros((len(some), one + other))
        labels[:, :one] = 1
        some += _difference(generator.permuted(labels, axis=1, out=labels), values, one, other)


@cache
def _every_mask(one: int, other: int) -> Array:
    masks = np.zeros((math.comb(one + other, one), one + other))
    for row, chosen in enumerate(combinations(range(one + other), one)):
        masks[row, list(chosen)] = 1
    return masks


def _difference(masks: Array, values: Array, one: int, other: int) -> Array:
    """Mean of the values that the mask takes minus the mean of the others, for each mask and column."""
    return masks @ values * (1 / one + 1 / other) - values.sum(axis=0) / other

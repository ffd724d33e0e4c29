"""Percentiles and how sure they are. Latencies of one run are not independent: a stall hits many requests at once."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from loadtests.result import Interval

CONFIDENCE = 0.95
RESAMPLES = 200

Values = NDArray[np.float64]


def percentile(values: Values, share: float) -> float:
    """The smallest value that at least `share` of `values` do not exceed; 0 without values.

    An observed value, never a mean of two: what is reported did happen.
    """
    if not len(values):
        return 0.0
    return float(np.percentile(values, share * 100, method="inverted_cdf"))


def order_statistics_interval(values: Values, share: float, confidence: float = CONFIDENCE) -> Interval:
    """Distribution-free interval of a percentile of independent values, by the binomial law of ranks.

    Source: David and Nagaraja, Order Statistics, 3rd ed., section 7.1. With few values it ends at the extremes.
    """
    count = len(values)
    if not count:
        return Interval(low=0.0, high=0.0)
    ordered = np.sort(values)
    tail = (1 - confidence) / 2
    low = round(float(binom.ppf(tail, count, share)))
    high = round(float(binom.ppf(1 - tail, count, share))) + 1
    return Interval(low=float(ordered[max(low, 1) - 1]), high=float(ordered[min(high, count) - 1]))


def block_interval(values: Values, due_s: Values, share: float, confidence: float = CONFIDENCE) -> Interval:
    """Interval of a percentile by drawing whole seconds with replacement: what happens together stays together.

    Source: Davison and Hinkley, Bootstrap Methods, section 8.2. Seeded, so the same samples give the same interval.
    """
    if not len(values):
        return Interval(low=0.0, high=0.0)
    second = np.floor(due_s).astype(np.int64)
    present = np.unique(second)
    block = np.searchsorted(present, second)
    count = len(present)
    order = np.argsort(values, kind="stable")
    ordered, block = values[order], block[order]
    drawn = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    found: list[float] = []
    for resample in range(RESAMPLES):
        times: NDArray[np.int64] = drawn[resample]
        reached: NDArray[np.int64] = np.cumsum(times[block], dtype=np.int64)
        rank = int(reached.searchsorted(share * float(reached[-1])))
        found.append(float(ordered[min(rank, len(ordered) - 1)]))
    tail = (1 - confidence) / 2
    return Interval(low=percentile(np.array(found), tail), high=percentile(np.array(found), 1 - tail))


def interval(values: Values, due_s: Values, share: float) -> Interval:
    """The wider end of both intervals on either side: honest for independent samples and for those of a stall."""
    by_rank = order_statistics_interval(values, share)
    by_block = block_interval(values, due_s, share)
    return Interval(low=min(by_rank.low, by_block.low), high=max(by_rank.high, by_block.high))

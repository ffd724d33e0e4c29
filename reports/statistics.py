"""Means with 95 % intervals that take scenarios, not answers, as the independent units.

Epochs of one scenario resemble each other, so treating every answer as independent makes intervals far too narrow
(Miller 2024, "Adding Error Bars to Evals", arXiv:2411.00640, section 2.2). The estimate is the mean of the scenarios'
means, so each scenario weighs the same however many epochs it has, and the interval is chosen by what the data allow:

- `t`: two or more scenarios whose means differ. Student's t over the scenario means with (scenarios - 1) degrees of
  freedom, the cluster-robust interval for few, balanced clusters (Cameron & Miller 2015, "A Practitioner's Guide to
  Cluster-Robust Inference", Journal of Human Resources 50(2), section VI). Cut to 0..1.
- `wilson`: two or more scenarios, each a single yes or no; or whose means all coincide, where the sample variance of 0
  would claim certainty. Wilson's interval (Wilson 1927, JASA 22(158)) with n = the number of scenarios. For means in
  0..1 that are not yes or no it is cautious, since no variable in 0..1 with mean m varies more than m(1 - m) (Bhatia &
  Davis 2000, American Mathematical Monthly 107(4)).
- `wilson_epochs`, `t_epochs`: one scenario with several epochs, by the same rules over its epochs. It speaks of that
  scenario only.
- `none`: one scenario with one epoch says nothing about spread, so there is no interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

CONFIDENCE = 0.95
SAME_WITHIN = 1e-12
"""Means that differ by no more than this are taken as equal; it absorbs the rounding of sums."""

Method = Literal["t", "wilson", "wilson_epochs", "t_epochs", "none"]

METHOD_NOTES: dict[Method, str] = {
    "t": "t interval over scenario means, cut to 0..1",
    "wilson": "Wilson interval with n = number of scenarios",
    "wilson_epochs": "Wilson interval over the epochs of one scenario; speaks of that scenario only",
    "t_epochs": "t interval over the epochs of one scenario; speaks of that scenario only",
    "none": "no interval: one scenario with one epoch",
}


@dataclass(frozen=True)
class Estimate:
    """A mean in 0..1 with its 95 % interval; `low` and `high` are None where the data allow none."""

    mean: float
    low: float | None
    high: float | None
    method: Method
    scenarios: int
    observations: int


def estimate(values: Mapping[str, Sequence[float]]) -> Estimate | None:
    """Return the mean over scenarios of the values in 0..1 that each scenario has, with a 95 % interval.

    Scenarios without values are left out; None when nothing is left. Raises ValueError for a value outside 0..1.
    """
    clusters = [np.asarray(cluster, dtype=np.float64) for cluster in values.values() if len(cluster)]
    if not clusters:
        return None
    observations = np.concatenate(clusters)
    if not bool(np.all((observations >= 0) & (observations <= 1))):
        raise ValueError("scores and solved rates lie in 0..1")
    if len(clusters) > 1:
        points = np.array([cluster.mean() for cluster in clusters])
        single_answers = all(len(cluster) == 1 for cluster in clusters)
        low, high, method = _interval(points, yes_or_no=single_answers and _yes_or_no(observations))
    elif len(observations) > 1:
        points = observations
        low, high, base = _interval(points, yes_or_no=_yes_or_no(observations))
        method = "wilson_epochs" if base == "wilson" else "t_epochs"
    else:
        points, low, high, method = observations, None, None, "none"
    return Estimate(
        mean=float(points.mean()),
        low=low,
        high=high,
        method=method,
        scenarios=len(clusters),
        observations=len(observations),
    )


def wilson(mean: float, count: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Wilson's interval for a rate of `mean` among `count` independent observations.

    `count` may be an effective one, such as 7.5. Raises ValueError for what is no rate.
    """
    if count < 1 or not 0 <= mean <= 1:
        raise ValueError(f"a rate lies in 0..1 among at least one observation, got {mean!r} among {count!r}")
    z = float(special.ndtri((1 + confidence) / 2))
    center = (mean + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * float(np.sqrt(mean * (1 - mean) / count + z**2 / (4 * count**2)))
    # Rounding may leave the mean of 0 or 1 a hair outside its own interval.
    return max(0.0, min(mean, center - half)), min(1.0, max(mean, center + half))


def _interval(
    points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], *, yes_or_no: bool
) -> tuple[float, float, Literal["t", "wilson"]]:
    count, mean = len(points), float(points.mean())
    if yes_or_no or float(np.ptp(points)) <= SAME_WITHIN:
        low, high = wilson(min(1.0, max(0.0, mean)), count)
        return low, high, "wilson"
    half = float(special.stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * float(points.std(ddof=1)) / float(np.sqrt(count))
    return max(0.0, mean - half), min(1.0, mean + half), "t"


def _yes_or_no(observations: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    return bool(np.all((observations == 0) | (observations == 1)))

"""Places on a leaderboard, with how far the data can tell them apart.

Every pair is compared on the scenarios that all have, by the interval that `archeval compare` uses for this suite, at a
confidence that makes all pairs hold together (Bonferroni). Who is better than an entrant, beyond doubt, stands before
it; whom the data cannot separate share the place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from reports.compare.intervals import columns, suite_intervals
from reports.statistics import CONFIDENCE


@dataclass(frozen=True)
class Place:
    """From the best place to the worst that the data leave open, from 1."""

    best: int
    worst: int

    def __str__(self) -> str:
        return f"{self.best}" if self.best == self.worst else f"{self.best}-{self.worst}"


def places(entrants: Sequence[Mapping[str, Sequence[float]]]) -> list[Place | None]:
    """Return each entrant's place from its scores by scenario; None for who has none.

    All that have scores have the same scenarios.
    """
    present = [index for index, scores in enumerate(entrants) if scores]
    above = dict.fromkeys(present, 0)
    below = dict.fromkeys(present, 0)
    pairs = list(combinations(present, 2))
    for one, other in pairs:
        better = _better(entrants[one], entrants[other], 1 - (1 - CONFIDENCE) / len(pairs))
        if better:
            winner, loser = (one, other) if better > 0 else (other, one)
            above[loser] += 1
            below[winner] += 1
    return [
        Place(1 + above[index], len(present) - below[index]) if index in above else None
        for index in range(len(entrants))
    ]


def _better(one: Mapping[str, Sequence[float]], other: Mapping[str, Sequence[float]], confidence: float) -> int:
    """1 when `one` is better beyond doubt, -1 when `other` is, 0 when it cannot be told."""
    scenarios = sorted(one)
    found = suite_intervals(
        columns([other[name] for name in scenarios]),
        columns([one[name] for name in scenarios]),
        confidence=confidence,
        unit_range=True,
    )
    return int(found.low[0] > 0) - int(found.high[0] < 0)

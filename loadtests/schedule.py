"""When requests are due: seeded arrivals of an open profile, as seconds from the start of the warm-up."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loadtests.profiles import Arrivals, OpenProfile, Segment

Times = NDArray[np.float64]


def due_times(profile: OpenProfile, seed: int) -> Times:
    """Return the due times of all requests of `profile`, ascending; the same for the same seed.

    The arrivals of a Poisson process of rate 1 (or its even counterpart) are stretched by the inverse of the profile's
    integrated rate, which makes a Poisson process of exactly the profile's rate (Cinlar's method).
    """
    segments = profile.segments()
    return np.concatenate(_in_segments(segments, _unit_arrivals(_mass(segments), profile.arrivals, seed)))


def _mass(segments: Sequence[Segment]) -> float:
    """Expected number of arrivals."""
    return sum(length_s * (first + last) / 2 for length_s, first, last in segments)


def _unit_arrivals(mass: float, arrivals: Arrivals, seed: int) -> Times:
    """Arrivals of rate 1 on [0, mass)."""
    if arrivals == "even":
        return np.arange(0.5, mass, 1.0)
    random = np.random.default_rng(seed)
    parts: list[Times] = []
    reached = 0.0
    while reached < mass:
        part = reached + np.cumsum(random.exponential(size=int(mass - reached) + 16))
        parts.append(part)
        reached = float(part[-1])
    drawn = np.concatenate(parts) if parts else np.empty(0)
    return drawn[drawn < mass]


def _in_segments(segments: Sequence[Segment], unit: Times) -> list[Times]:
    """Map unit arrivals to times, segment by segment."""
    times: list[Times] = []
    start_s = 0.0
    mass_before = 0.0
    for length_s, first, last in segments:
        mass = length_s * (first + last) / 2
        inside = unit[(unit >= mass_before) & (unit < mass_before + mass)] - mass_before
        times.append(start_s + _inverse(inside, length_s, first, last))
        start_s += length_s
        mass_before += mass
    return times


def _inverse(mass: Times, length_s: float, first: float, last: float) -> Times:
    """Solve first·t + slope·t²/2 = mass for t, in the form that bears a slope of zero."""
    slope = (last - first) / length_s
    return np.minimum(2 * mass / (first + np.sqrt(np.maximum(first * first + 2 * slope * mass, 0.0))), length_s)

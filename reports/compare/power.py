"""How many epochs and scenarios it takes to see an effect, and what can be seen with those there are.

The power to see a drop of d as a regression when it is there equals, by symmetry, the power to exclude a drop of d when
there is none, so one number of epochs serves both.
"""

import math
from collections.abc import Callable

from scipy import optimize, special

from reports.compare.intervals import MIN_CLUSTERS

DEFAULT_POWER = 0.8
MOST = 10_000
"""No more epochs or scenarios than this are ever proposed."""


def power(effect: float, spread: float, *, scenarios: int, epochs: int, alpha: float) -> float:
    """Return the chance that the interval on this suite excludes 0 when the true difference is `effect`.

    `spread` is the standard deviation of a scenario's epochs. From the non-central t distribution, on the side of the
    effect. 0 where the permutation test can never reject.
    """
    freedom = 2 * scenarios * (epochs - 1)
    if freedom < 1 or not can_reject(scenarios, epochs, alpha):
        return 0.0
    if spread <= 0:
        return 1.0 if effect else 0.0
    return _t_power(abs(effect) / (spread * math.sqrt(2 / (epochs * scenarios))), freedom, alpha)


def wider_power(
    effect: float, spread: float, effect_spread: float, *, scenarios: int, epochs: int, alpha: float
) -> float:
    """Return the same for scenarios like these, whose true differences have the standard deviation `effect_spread`."""
    variance = (effect_spread**2 + 2 * spread**2 / epochs) / scenarios
    if scenarios < 2:
        return 0.0
    if variance <= 0:
        return 1.0 if effect else 0.0
    return _t_power(abs(effect) / math.sqrt(variance), scenarios - 1, alpha)


def can_reject(scenarios: int, epochs: int, alpha: float) -> bool:
    """Whether the rarest outcome of the permutation test is rare enough."""
    exponent = scenarios * math.log(math.comb(2 * epochs, epochs)) - math.log(2)
    return exponent >= -math.log(alpha) - 1e-12


def epochs_needed(
    effect: float, spread: float, *, scenarios: int, alpha: float, wished: float = DEFAULT_POWER
) -> int | None:
    """Return the fewest epochs per scenario and side that see `effect` with the power `wished`; None beyond `MOST`."""
    return _fewest(lambda epochs: power(effect, spread, scenarios=scenarios, epochs=epochs, alpha=alpha), wished)


def scenarios_needed(
    effect: float, spread: float, *, epochs: int, alpha: float, wished: float = DEFAULT_POWER
) -> int | None:
    """Return the fewest scenarios that see `effect` with so many epochs; None beyond `MOST`."""
    return _fewest(lambda scenarios: power(effect, spread, scenarios=scenarios, epochs=epochs, alpha=alpha), wished)


def wider_scenarios_needed(
    effect: float, spread: float, effect_spread: float, *, epochs: int, alpha: float, wished: float = DEFAULT_POWER
) -> int | None:
    """Return the fewest scenarios for a claim on scenarios like these, at least `MIN_CLUSTERS`; None beyond `MOST`."""
    found = _fewest(
        lambda scenarios: wider_power(effect, spread, effect_spread, scenarios=scenarios, epochs=epochs, alpha=alpha),
        wished,
    )
    return None if found is None else max(found, MIN_CLUSTERS)


def detectable(
    spread: float, *, scenarios: int, epochs: int, alpha: float, wished: float = DEFAULT_POWER
) -> float | None:
    """Return the smallest effect in 0..1 that is seen with the power `wished`; None when not even 1 is."""

    def missing(effect: float) -> float:
        return power(effect, spread, scenarios=scenarios, epochs=epochs, alpha=alpha) - wished

    if missing(1.0) < 0 or spread <= 0:
        return None
    return float(optimize.brentq(missing, 1e-9, 1.0, xtol=1e-6))


def _t_power(shift: float, freedom: float, alpha: float) -> float:
    limit = float(special.stdtrit(freedom, 1 - alpha / 2))
    below = float(special.nctdtr(freedom, shift, limit))
    # Far out the non-central distribution underflows; the effect is then certain to be seen.
    return 1.0 if math.isnan(below) else 1.0 - below


def _fewest(chance: Callable[[int], float], wished: float) -> int | None:
    if chance(MOST) < wished:
        return None
    low, high = 0, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= wished else (middle, high)
    return high

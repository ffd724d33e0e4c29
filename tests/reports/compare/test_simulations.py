"""Does it hold what it says? Whole experiments drawn again and again, through the very code that compares.

Every limit is a binomial bound: the count that a procedure with the stated rate exceeds once in 10,000 such tests. The
seeds are fixed, so a failure is a change of the code.
"""

import numpy as np
import pytest
from scipy import stats

from reports.compare.intervals import Intervals, cluster_intervals, suite_intervals
from reports.compare.permutation import p_values
from reports.compare.power import epochs_needed, power
from tests.reports.compare.worlds import Array, World, failing, mixed, smooth, strata, uneven

TINY, USUAL = (3, 3), (30, 5)
SIZES = [TINY, USUAL]
WORLDS = [smooth(), mixed(), failing(0.5), failing(0.1), failing(0.02), uneven()]
DRAWS = 999


def at_most(rate: float, trials: int) -> int:
    return int(stats.binom.ppf(0.9999, trials, rate))


def at_least(rate: float, trials: int) -> int:
    return int(stats.binom.ppf(0.0001, trials, rate))


def sides(
    base: World, head: World, size: tuple[int, int], columns: int, seed: int = 20
) -> tuple[list[Array], list[Array]]:
    chance = np.random.default_rng(seed)
    scenarios, epochs = size
    return (
        strata(base, chance, scenarios=scenarios, epochs=epochs, columns=columns),
        strata(head, chance, scenarios=scenarios, epochs=epochs, columns=columns),
    )


def intervals(base: list[Array], head: list[Array]) -> Intervals:
    return suite_intervals(base, head, confidence=0.95, unit_range=True)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_the_permutation_test_raises_no_more_false_alarms_than_it_says(world: World, size: tuple[int, int]) -> None:
    trials = 1000 if size == TINY else 400
    found = p_values(*sides(world, world, size, trials), draws=DRAWS)
    for alpha in (0.01, 0.05, 0.2):
        assert (found <= alpha).sum() <= at_most(alpha, trials)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_and_no_fewer_where_scores_are_smooth(size: tuple[int, int]) -> None:
    trials = 1000 if size == TINY else 400
    found = p_values(*sides(smooth(), smooth(), size, trials), draws=DRAWS)
    assert (found <= 0.2).sum() >= at_least(0.19, trials)


CHANGES = [
    (smooth(), smooth(0.1)),
    (failing(0.0), failing(0.1)),
    (failing(0.0), failing(0.5)),
    (failing(0.1), failing(0.4)),
    (failing(0.02), failing(0.05)),
    (mixed(), failing(0.5)),
]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    ("base", "head"), [*((world, world) for world in WORLDS), *CHANGES], ids=lambda world: world.name
)
def test_the_interval_covers_the_truth(base: World, head: World, size: tuple[int, int]) -> None:
    trials = 4000
    found = intervals(*sides(base, head, size, trials))
    truth = head.mean - base.mean
    covered = (found.low <= truth + 1e-9) & (truth <= found.high + 1e-9)
    # 93 %, not 95: a steady side against one that rarely fails is skewed, and the t interval knows no skew.
    assert covered.sum() >= at_least(0.93, trials)


def test_a_percentile_bootstrap_would_not() -> None:
    """Why the interval is no bootstrap."""
    trials, times = 400, 500
    base, head = sides(smooth(), smooth(), TINY, trials)
    chance = np.random.default_rng(3)
    resampled = np.zeros((times, trials))
    for before, after in zip(base, head, strict=True):
        for sign, side in ((-1, before), (1, after)):
            chosen = chance.integers(0, len(side), (times, len(side)))
            resampled += sign * side[chosen].mean(axis=1) / TINY[0]
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    covered = ((low <= 0) & (high >= 0)).sum()
    assert covered <= at_most(0.87, trials)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("world", [smooth(), mixed(), failing(0.1), uneven()], ids=lambda world: world.name)
def test_a_false_regression_is_as_rare_as_stated(world: World, size: tuple[int, int]) -> None:
    """The verdict's rule: the interval wholly below 0, and the permutation test agrees."""
    trials = 1000 if size == TINY else 400
    base, head = sides(world, world, size, trials, seed=7)
    alarms = (intervals(base, head).high < 0) & (p_values(base, head, draws=DRAWS) <= 0.05)
    assert alarms.sum() <= at_most(0.025, trials)


@pytest.mark.parametrize(("size", "drop"), [((3, 6), 0.15), ((10, 4), 0.1), (USUAL, 0.04)], ids=str)
def test_power_is_as_predicted(size: tuple[int, int], drop: float) -> None:
    trials = 3000
    base, head = sides(smooth(), smooth(drop), size, trials)
    found = intervals(base, head)
    spread = 0.6 * float(stats.beta(3, 3).std())
    predicted = power(drop, spread, scenarios=size[0], epochs=size[1], alpha=0.05)
    assert 0.3 < predicted < 0.99
    assert abs((found.high < 0).mean() - predicted) < 0.03


def test_the_proposed_epochs_see_the_effect_four_times_in_five() -> None:
    spread = float(np.std([0.4, 0.9, 1.0]))
    epochs = epochs_needed(0.1, spread, scenarios=6, alpha=0.05)
    assert epochs is not None
    trials = 2000
    chance = np.random.default_rng(5)
    base = strata(mixed(), chance, scenarios=6, epochs=epochs, columns=trials)
    head = [side - 0.1 for side in strata(mixed(), chance, scenarios=6, epochs=epochs, columns=trials)]
    seen = suite_intervals(base, head, confidence=0.95, unit_range=False).high < 0
    assert 0.77 < seen.mean() < 0.84


def naive_p(base: list[Array], head: list[Array]) -> Array:
    """What is often done: all answers in one heap each, and a t test between the heaps."""
    return np.asarray(stats.ttest_ind(np.concatenate(head), np.concatenate(base), axis=0).pvalue)


def test_the_naive_test_misses_what_is_plain_within_scenarios() -> None:
    """Scenarios differ far more than epochs do: in one heap their levels drown a drop that every scenario shows."""
    trials = 300
    base, head = sides(uneven(), uneven(), (7, 4), trials)
    head = [side - 0.05 for side in head]
    assert (naive_p(base, head) <= 0.05).sum() == 0
    assert (p_values(base, head, draws=DRAWS) <= 0.05).all()


def test_the_naive_test_sees_what_is_not_there() -> None:
    """Unlike numbers of epochs: more of the easy scenario on one side look like progress in one heap."""
    chance = np.random.default_rng(11)
    trials = 300
    world = World("two levels", lambda chance, scenario, shape: 0.3 + 0.5 * scenario + chance.normal(0, 0.05, shape), 0)
    base = [world.draw(chance, 0, (9, trials)), world.draw(chance, 1, (3, trials))]
    head = [world.draw(chance, 0, (3, trials)), world.draw(chance, 1, (9, trials))]
    assert (naive_p(base, head) <= 0.05).mean() > 0.5
    found = suite_intervals(base, head, confidence=0.95, unit_range=False)
    assert (p_values(base, head) <= 0.05).sum() <= at_most(0.05, trials)
    assert ((found.low > 0) | (found.high < 0)).sum() <= at_most(0.05, trials)


def test_scenarios_like_these_take_the_scenarios_as_units() -> None:
    """Each scenario has a true difference of its own; what is asked is their mean in the wider world, 0."""
    trials, scenarios = 2000, 20
    chance = np.random.default_rng(13)
    own = chance.normal(0, 0.2, (scenarios, trials))
    base = [chance.normal(0.5, 0.05, (3, trials)) for _ in range(scenarios)]
    head = [chance.normal(0.5, 0.05, (3, trials)) + own[scenario] for scenario in range(scenarios)]
    points = np.array([after.mean(axis=0) - before.mean(axis=0) for before, after in zip(base, head, strict=True)])
    found, p = cluster_intervals(points, base, head, confidence=0.95, unit_range=False)
    covered = (found.low <= 0) & (found.high >= 0)
    assert at_least(0.95, trials) <= covered.sum() <= at_most(0.95, trials)
    assert ((p <= 0.05) == ~covered).all()
    fixed = suite_intervals(base, head, confidence=0.95, unit_range=False)
    assert ((fixed.low <= 0) & (fixed.high >= 0)).mean() < 0.5

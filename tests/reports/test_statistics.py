from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.statistics import Estimate, estimate, wilson

VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=6)
CLUSTERS = st.dictionaries(st.text(min_size=1, max_size=4), VALUES, min_size=1, max_size=8)


def known(values: dict[str, list[float]]) -> Estimate:
    found = estimate(values)
    assert found is not None
    return found


@given(CLUSTERS)
def test_the_interval_lies_in_0_to_1_and_holds_the_mean(values: dict[str, list[float]]) -> None:
    found = known(values)
    assert 0 <= found.mean <= 1
    if found.low is not None and found.high is not None:
        assert 0 <= found.low <= found.mean <= found.high <= 1
    assert found.scenarios == len(values)
    assert found.observations == sum(map(len, values.values()))


@given(CLUSTERS, st.randoms(use_true_random=False))
def test_order_does_not_matter(values: dict[str, list[float]], chance: Random) -> None:
    names = list(values)
    chance.shuffle(names)
    shuffled = {name: values[name][::-1] for name in names}
    found, other = known(values), known(shuffled)
    assert found.method == other.method
    assert (found.mean, found.low, found.high) == pytest.approx((other.mean, other.low, other.high), abs=1e-9)


@given(st.dictionaries(st.text(min_size=1, max_size=4), VALUES, min_size=2, max_size=8), st.integers(2, 5))
def test_more_of_the_same_epochs_buy_no_certainty(values: dict[str, list[float]], times: int) -> None:
    once = known({name: cluster * 2 for name, cluster in values.items()})
    often = known({name: cluster * 2 * times for name, cluster in values.items()})
    assert (once.mean, once.low, once.high) == pytest.approx((often.mean, often.low, often.high), abs=1e-9)


@given(CLUSTERS)
def test_scenarios_weigh_the_same_however_many_epochs_they_have(values: dict[str, list[float]]) -> None:
    first = next(iter(values))
    more = values | {first: values[first] * 7}
    assert known(more).mean == pytest.approx(
        known(values).mean if len(values) > 1 else float(np.mean(values[first])), abs=1e-9
    )


@given(CLUSTERS)
def test_failing_where_one_passed_mirrors_the_interval(values: dict[str, list[float]]) -> None:
    mirrored = {name: [1 - value for value in cluster] for name, cluster in values.items()}
    found, other = known(values), known(mirrored)
    assert found.mean == pytest.approx(1 - other.mean, abs=1e-9)
    if found.method == other.method and found.low is not None and other.high is not None:
        assert found.low == pytest.approx(1 - other.high, abs=1e-6)


@given(st.integers(0, 60), st.integers(1, 60))
def test_wilson_agrees_with_scipy(hits: int, count: int) -> None:
    hits = min(hits, count)
    interval = stats.binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert wilson(hits / count, count) == pytest.approx((float(interval.low), float(interval.high)), abs=1e-9)


def test_scenarios_that_differ_get_a_t_interval_over_their_means() -> None:
    found = known({"a": [0.5, 0.7], "b": [0.9], "c": [0.3, 0.3, 0.3]})
    expected = stats.t.interval(0.95, 2, loc=0.6, scale=stats.sem([0.6, 0.9, 0.3]))
    assert (found.method, found.scenarios, found.observations) == ("t", 3, 6)
    assert (found.mean, found.low, found.high) == pytest.approx((0.6, max(0, expected[0]), min(1, expected[1])))


def test_scenarios_that_agree_wholly_are_no_certainty() -> None:
    found = known({"a": [1, 1, 1], "b": [1, 1, 1], "c": [1, 1, 1]})
    assert (found.method, found.mean, found.high) == ("wilson", 1.0, 1.0)
    assert found.low == pytest.approx(wilson(1.0, 3)[0])
    assert found.low is not None
    assert found.low < 0.5


def test_single_answers_of_yes_or_no_get_wilson_by_scenarios() -> None:
    found = known({"a": [1], "b": [0], "c": [1], "d": [1]})
    assert found.method == "wilson"
    assert (found.low, found.high) == pytest.approx(wilson(0.75, 4))


@pytest.mark.parametrize(("values", "method"), [([1.0, 0.0, 1.0], "wilson_epochs"), ([0.5, 0.7], "t_epochs")])
def test_one_scenario_speaks_of_itself(values: list[float], method: str) -> None:
    found = known({"a": values})
    assert found.method == method
    assert found.low is not None


def test_one_answer_has_no_interval_and_none_no_mean() -> None:
    assert known({"a": [0.5], "b": []}) == Estimate(0.5, None, None, "none", 1, 1)
    assert estimate({"a": []}) is None
    assert estimate({}) is None


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_values_outside_0_to_1_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        estimate({"a": [value], "b": [0.5]})


@pytest.mark.parametrize(("mean", "count"), [(0.5, 0), (1.5, 3)])
def test_wilson_refuses_what_is_no_rate(mean: float, count: int) -> None:
    with pytest.raises(ValueError, match="at least one observation"):
        wilson(mean, count)


def test_ninety_five_percent_means_it_where_answers_as_units_would_not() -> None:
    """1,500 worlds of 6 scenarios with 5 epochs each, whose true mean is 0.5."""
    rng = np.random.default_rng(11)
    by_scenario = by_answer = 0
    worlds = 1500
    for _ in range(worlds):
        levels = np.clip(rng.normal(0.5, 0.12, 6), 0, 1)
        answers = np.clip(rng.normal(levels[:, None], 0.05, (6, 5)), 0, 1)
        found = known({str(index): row.tolist() for index, row in enumerate(answers)})
        assert found.low is not None
        assert found.high is not None
        by_scenario += found.low <= 0.5 <= found.high
        half = 1.96 * float(answers.std(ddof=1)) / float(np.sqrt(answers.size))
        by_answer += abs(float(answers.mean()) - 0.5) <= half
    # Five standard errors of a binomial with p = 0.95 and n = 1,500 are 0.028.
    assert by_scenario / worlds == pytest.approx(0.95, abs=0.028)
    assert by_answer / worlds < 0.75

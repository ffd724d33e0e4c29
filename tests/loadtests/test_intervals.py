import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.intervals import block_interval, interval, order_statistics_interval, percentile
from tests.loadtests.conftest import patient

values = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)
shares = st.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0])


@patient
@given(values, shares)
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(drawn: list[float], share: float) -> None:
    found = percentile(np.array(drawn), share)
    assert found in drawn
    assert sum(value <= found for value in drawn) >= share * len(drawn) - 1e-9
    assert sum(value < found for value in drawn) < share * len(drawn) + 1e-9


@patient
@given(values)
def test_an_interval_holds_its_percentile(drawn: list[float]) -> None:
    array, due_s = np.array(drawn), np.linspace(0, 10, len(drawn), endpoint=False)
    for found in (order_statistics_interval(array, 0.95), interval(array, due_s, 0.95)):
        assert found.low <= percentile(array, 0.95) <= found.high


@pytest.mark.parametrize("count", [100, 1000, 6000])
def test_order_statistics_hold_the_truth_as_often_as_they_claim(count: int) -> None:
    random = np.random.default_rng(count)
    truth = -math.log(0.05)  # the 95th percentile of the exponential law
    held = 0
    for _ in range(400):
        found = order_statistics_interval(random.exponential(size=count), 0.95)
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 400 <= 0.995


def test_drawing_seconds_knows_that_a_stall_hits_many_requests_at_once() -> None:
    """Ten requests a second, all slow in one second of twenty: by rank p95 looks sure, by seconds it is not."""
    due_s = np.arange(400) / 10
    latency = np.where((due_s // 1) % 20 == 7, 500.0, 1.0) + np.arange(400) / 1e6
    by_block = block_interval(latency, due_s, 0.95)
    assert by_block.low < 2
    assert by_block.high > 400
    both = interval(latency, due_s, 0.95)
    assert both.low <= by_block.low
    assert both.high >= by_block.high


def test_the_same_samples_give_the_same_interval() -> None:
    random = np.random.default_rng(1)
    array, due_s = random.exponential(size=500), np.sort(random.random(500) * 20)
    assert block_interval(array, due_s, 0.95) == block_interval(array, due_s, 0.95)


def test_nothing_has_an_empty_interval() -> None:
    empty = np.empty(0)
    assert percentile(empty, 0.5) == 0
    assert interval(empty, empty, 0.95).high == 0

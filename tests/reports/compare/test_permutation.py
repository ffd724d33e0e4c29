"""The permutation test against other ways to the same number, and Holm's adjustment."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.compare.adjust import holm
from reports.compare.intervals import columns
from reports.compare.permutation import EXACT_UP_TO, Array, differences, p_values, rate_p_value, relabellings

EPOCHS = st.lists(st.floats(0, 1), min_size=1, max_size=4)
STRATA = st.lists(st.tuples(EPOCHS, EPOCHS), min_size=1, max_size=3)


def p_of(pairs: list[tuple[list[float], list[float]]]) -> float:
    return float(p_values(columns([pair[0] for pair in pairs]), columns([pair[1] for pair in pairs]))[0])


@given(STRATA)
def test_exchanged_sides_and_shuffled_epochs_have_the_same_p(pairs: list[tuple[list[float], list[float]]]) -> None:
    found = p_of(pairs)
    assert 0 < found <= 1
    assert p_of([(head, base) for base, head in pairs]) == found
    assert p_of([(base[::-1], sorted(head)) for base, head in pairs]) == found


def difference_of_means(one: Array, other: Array, axis: int) -> Array:
    return np.asarray(np.mean(one, axis=axis) - np.mean(other, axis=axis))


def test_one_stratum_is_scipys_permutation_test() -> None:
    base, head = [0.1, 0.5, 0.4, 0.35], [0.6, 0.55, 0.9, 0.2]
    result = stats.permutation_test((head, base), difference_of_means, vectorized=True)
    assert p_of([(base, head)]) == pytest.approx(result.pvalue)


@given(st.tuples(st.integers(1, 6), st.integers(1, 6)), st.data())
def test_rates_are_a_special_case(epochs: tuple[int, int], data: st.DataObject) -> None:
    passed = tuple(data.draw(st.integers(0, size)) for size in epochs)
    values = [[1.0] * some + [0.0] * (size - some) for some, size in zip(passed, epochs, strict=True)]
    assert rate_p_value((passed[0], passed[1]), epochs) == pytest.approx(p_of([(values[0], values[1])]))


def test_equal_rates_by_fishers_exact_test() -> None:
    assert rate_p_value((9, 2), (10, 10)) == pytest.approx(stats.fisher_exact(np.array([[9, 1], [2, 8]])).pvalue)


@pytest.mark.parametrize("epochs", [4, 8])
def test_draws_come_near_to_the_exact_p(epochs: int) -> None:
    """Four strata have too many deals to go through; their distribution is known by convolution of rates."""
    sides = [np.repeat([[1.0], [0.0]], [some, epochs - some], axis=0) for some in (epochs, epochs - 1)]
    assert relabellings([(epochs, epochs)] * 4) > EXACT_UP_TO
    found = float(p_values([sides[1]] * 4, [sides[0]] * 4)[0])
    one = stats.hypergeom(2 * epochs, 2 * epochs - 1, epochs).pmf(np.arange(epochs + 1))
    total = one
    for _ in range(3):
        total = np.convolve(total, one)
    differences_of = 2 * np.arange(len(total)) - 4 * (2 * epochs - 1)
    exact = float(total[np.abs(differences_of) >= 4].sum())
    assert found == pytest.approx(exact, abs=0.015)


def test_columns_are_tested_each_for_itself() -> None:
    chance = np.random.default_rng(1)
    base, head = ([chance.random((3, 5)) for _ in range(3)] for _ in range(2))
    together = p_values(base, head)
    for column in range(5):
        alone = p_values([side[:, [column]] for side in base], [side[:, [column]] for side in head])
        assert alone[0] == together[column]
    assert differences(base, head).shape == (5,)


def test_nothing_cannot_be_permuted() -> None:
    with pytest.raises(ValueError, match="nothing to permute"):
        p_values([], [])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_order_and_never_lowers(p: list[float]) -> None:
    found = holm(p)
    assert all(after >= before for after, before in zip(found, p, strict=True))
    assert all(value <= 1 for value in found)
    order = np.argsort(p, kind="stable")
    assert [found[index] for index in order] == sorted(found)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])

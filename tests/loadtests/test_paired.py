"""The comparison of sides measured in turn, against simulated machines whose truth is known."""

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from loadtests.paired import Measure, Patience, Question, Side, compare, median_interval
from tests.loadtests.conftest import patient

NOT_SLOWER = Question(name="fast", key="p95", numerator="candidate", denominator="reference", at_most=1.5)
BETTER = Question(name="better", key="p95", numerator="baseline", denominator="candidate", at_least=4)


class Machine:
    """Measures what is true, times a disturbance of its own for each measurement; remembers what it was asked."""

    def __init__(self, truth: Mapping[Side, float], disturbance: Callable[[int], float] = lambda _: 1.0) -> None:
        self.truth = truth
        self.disturbance = disturbance
        self.asked: list[Side] = []

    def measure(self, side: Side) -> dict[str, float]:
        self.asked.append(side)
        return {"p95": self.truth[side] * self.disturbance(len(self.asked) - 1)}


def truth(candidate: float, reference: float = 100, baseline: float = 2000) -> dict[Side, float]:
    return {"candidate": candidate, "reference": reference, "baseline": baseline}


def test_clear_cases_are_decided_in_two_rounds() -> None:
    machine = Machine(truth(candidate=90))
    fast, better = compare(machine.measure, [NOT_SLOWER, BETTER])
    assert (fast.verdict, better.verdict) == ("holds", "holds")
    assert fast.ratios == [0.9, 0.9]
    assert Counter(machine.asked) == {"candidate": 2, "reference": 2, "baseline": 2}


def test_a_slow_candidate_fails_both_ways() -> None:
    fast, better = compare(Machine(truth(candidate=1900)).measure, [NOT_SLOWER, BETTER])
    assert (fast.verdict, better.verdict) == ("fails", "fails")


def test_sides_are_measured_in_turn_and_nobody_is_always_first() -> None:
    machine = Machine(truth(candidate=150))
    (answer,) = compare(machine.measure, [NOT_SLOWER], patience=Patience(max_rounds=4))
    assert machine.asked == ["candidate", "reference", "reference", "candidate"] * 2
    assert answer.verdict == "undecided"


def test_a_side_whose_question_is_decided_is_measured_no_more() -> None:
    machine = Machine(truth(candidate=150))
    fast, better = compare(machine.measure, [NOT_SLOWER, BETTER], patience=Patience(max_rounds=5))
    assert (fast.verdict, better.verdict) == ("undecided", "holds")
    assert Counter(machine.asked)["baseline"] == 2
    assert len(fast.ratios) == 5


def test_it_stops_when_time_is_up() -> None:
    machine = Machine(truth(candidate=150))
    (answer,) = compare(machine.measure, [NOT_SLOWER], time_is_up=lambda: len(machine.asked) >= 6)
    assert len(answer.ratios) == 3
    assert answer.verdict == "undecided"


def test_one_round_is_never_enough_by_default() -> None:
    (answer,) = compare(Machine(truth(candidate=10)).measure, [NOT_SLOWER], time_is_up=lambda: True)
    assert answer.verdict == "undecided"


@patient
@given(st.floats(1, 10_000), st.floats(1, 10_000), st.integers(0, 2**32), st.floats(0, 0.07))
def test_bounded_noise_never_turns_a_verdict(candidate: float, reference: float, seed: int, noise: float) -> None:
    """Each measurement is off by at most `noise`, so a ratio by less than the margin: decided is decided right."""
    rng = random.Random(seed)
    machine = Machine(truth(candidate, reference), lambda _: rng.uniform(1 - noise, 1 + noise))
    (answer,) = compare(machine.measure, [NOT_SLOWER], patience=Patience(max_rounds=5))
    ratio = candidate / reference
    if answer.verdict != "undecided":
        assert answer.verdict == ("holds" if ratio < 1.5 else "fails")
    if not 1.5 / 1.4 < ratio < 1.5 * 1.4:
        assert answer.verdict != "undecided"


@patient
@given(st.floats(0.2, 5), st.floats(0.8, 1.25), st.floats(1, 1000))
def test_a_machine_that_drifts_does_not_favour_a_side(ratio: float, drift: float, speed: float) -> None:
    """All that is measured becomes slower by the same factor each time; the verdicts are those of a still machine."""
    assume(not 1.5 / 1.5 < ratio < 1.5 * 1.5)
    machine = Machine(truth(candidate=100 * ratio), lambda index: speed * drift**index)
    (answer,) = compare(machine.measure, [NOT_SLOWER])
    assert answer.verdict == ("holds" if ratio < 1.5 else "fails")


@patient
@given(st.integers(0, 2**32))
def test_one_wild_measurement_among_nine_rounds_does_not_decide(seed: int) -> None:
    rng = random.Random(seed)
    wild = rng.randrange(18)
    machine = Machine(truth(candidate=80), lambda index: 50.0 if index == wild else 1.0)
    (answer,) = compare(machine.measure, [NOT_SLOWER], patience=Patience(min_rounds=9))
    assert answer.verdict == "holds"
    assert answer.median == pytest.approx(0.8)


def test_a_figure_of_zero_gives_a_ratio() -> None:
    (answer,) = compare(Machine(truth(candidate=0, reference=0)).measure, [NOT_SLOWER])
    assert answer.median == 1


def test_what_the_measurer_raises_passes_through() -> None:
    def measure(side: Side) -> Mapping[str, float]:
        raise ConnectionError(side)

    with pytest.raises(ConnectionError):
        compare(measure, [NOT_SLOWER])


def test_a_figure_that_is_not_there_is_an_error() -> None:
    measure: Measure = lambda _: {"p50": 1.0}  # noqa: E731
    with pytest.raises(KeyError, match="p95"):
        compare(measure, [NOT_SLOWER])


@pytest.mark.parametrize("limits", [{}, {"at_most": 1, "at_least": 1}, {"at_most": 0}])
def test_a_question_has_one_limit(limits: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Question.model_validate(
            {"name": "x", "key": "p95", "numerator": "candidate", "denominator": "reference"} | limits
        )


def test_a_side_is_not_compared_with_itself() -> None:
    with pytest.raises(ValidationError, match="with itself"):
        Question(name="x", key="p95", numerator="candidate", denominator="candidate", at_most=1)


def test_six_values_make_an_interval_of_the_median_sure() -> None:
    assert median_interval([3, 1, 2, 5, 4])[1] is False
    found, sure = median_interval([3, 1, 2, 5, 4, 6])
    assert (found.low, found.high, sure) == (1, 6, True)
    found, sure = median_interval(list(range(1, 10)))
    assert (found.low, found.high, sure) == (2, 8, True)


@patient
@given(st.lists(st.floats(0.1, 10), min_size=6, max_size=40))
def test_the_interval_of_the_median_covers_95_percent_by_the_binomial_law(values: list[float]) -> None:
    found, sure = median_interval(values)
    ordered = sorted(values)
    rank = ordered.index(found.low) + 1
    beyond = 2 * sum(math.comb(len(values), k) for k in range(rank)) / 2 ** len(values)
    assert sure
    assert beyond <= 0.05 or len(set(values)) < len(values)

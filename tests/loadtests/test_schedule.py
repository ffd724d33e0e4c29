from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from loadtests.profiles import ConstantRate, OpenProfile, Profile, Ramp, Spike, Steady
from loadtests.schedule import due_times
from tests.loadtests.conftest import patient

rates = st.floats(0.5, 200)
seconds = st.floats(0.5, 20)
arrivals = st.sampled_from(["poisson", "even"])
timed: dict[str, Any] = {"duration_s": seconds, "warmup_s": st.floats(0, 5), "arrivals": arrivals}
profiles = st.one_of(
    st.builds(ConstantRate, rate_per_s=rates, **timed),
    st.builds(Ramp, from_rate_per_s=st.floats(0, 200), to_rate_per_s=rates, **timed),
    st.builds(Steady, rate_per_s=rates, rise_s=st.floats(0, 30), **timed),
    st.builds(
        Spike,
        rate_per_s=rates,
        spike_rate_per_s=rates,
        spike_at_s=st.floats(0, 25),
        spike_s=st.floats(0.1, 25),
        **timed,
    ),
)


def mass(profile: OpenProfile) -> float:
    return sum(length_s * (first + last) / 2 for length_s, first, last in profile.segments())


@patient
@given(profiles, st.integers(0, 2**32))
def test_due_times_ascend_within_the_profile_and_are_as_many_as_its_rate_says(profile: OpenProfile, seed: int) -> None:
    due_s = due_times(profile, seed)
    assert np.all(np.diff(due_s) >= 0)
    assert np.all((due_s >= 0) & (due_s <= profile.total_s * (1 + 1e-9)))
    expected = mass(profile)
    if profile.arrivals == "even":
        assert abs(len(due_s) - expected) <= 1
    else:
        assert abs(len(due_s) - expected) <= 7 * np.sqrt(expected) + 7


@patient
@given(profiles, st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_times(profile: OpenProfile, seed: int) -> None:
    assert np.array_equal(due_times(profile, seed), due_times(profile, seed))


@patient
@given(profiles)
def test_a_shape_fills_the_recorded_time(profile: OpenProfile) -> None:
    assert sum(length_s for length_s, _, _ in profile.shape()) == pytest.approx(profile.duration_s)
    assert sum(length_s for length_s, _, _ in profile.segments()) == pytest.approx(profile.total_s)


def test_another_seed_gives_other_times() -> None:
    profile = ConstantRate(rate_per_s=50, duration_s=5)
    assert not np.array_equal(due_times(profile, 1), due_times(profile, 2))


def test_poisson_arrivals_are_poisson() -> None:
    """Gaps of an exponential law have a deviation equal to their mean; a metronome's have none."""
    gaps = np.diff(due_times(ConstantRate(rate_per_s=100, duration_s=300), 3))
    assert np.std(gaps) / np.mean(gaps) == pytest.approx(1, abs=0.05)
    even = np.diff(due_times(ConstantRate(rate_per_s=100, duration_s=300, arrivals="even"), 3))
    assert np.std(even) < 1e-9


def per_second(profile: OpenProfile) -> list[int]:
    return np.histogram(due_times(profile, 0), bins=np.arange(0, profile.total_s + 1))[0].tolist()


def test_the_shapes_are_those_of_their_names() -> None:
    even: dict[str, Any] = {"arrivals": "even"}
    assert per_second(ConstantRate(rate_per_s=10, duration_s=3, warmup_s=1, **even)) == [10] * 4
    assert per_second(Ramp(from_rate_per_s=0, to_rate_per_s=40, duration_s=4, **even)) == [5, 15, 25, 35]
    assert per_second(Steady(rate_per_s=20, rise_s=2, duration_s=4, **even)) == [5, 15, 20, 20]
    spike = Spike(rate_per_s=10, spike_rate_per_s=30, spike_at_s=1, spike_s=2, duration_s=4, warmup_s=1, **even)
    assert per_second(spike) == [10, 10, 30, 30, 10]


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "constant_rate", "rate_per_s": 0, "duration_s": 1},
        {"kind": "constant_rate", "rate_per_s": 1, "duration_s": 0},
        {"kind": "sawtooth", "rate_per_s": 1, "duration_s": 1},
        {"kind": "users", "users": 0, "duration_s": 1},
        {"kind": "ramp", "from_rate_per_s": 1, "to_rate_per_s": 2, "duration_s": 1, "rate": 3},
    ],
)
def test_a_profile_without_sense_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Profile).validate_python(content)

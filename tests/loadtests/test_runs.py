"""Real runs of the generator against real services. What is asserted are counts, and times that the service itself makes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram  # pyright: ignore[reportMissingTypeStubs]

from loadtests.accuracy import true_latencies_s
from loadtests.errors import GeneratorBehind, GeneratorFailed, PlanError
from loadtests.intervals import percentile
from loadtests.plan import LoadPlan
from loadtests.profiles import ConstantRate, Profile, Users
from loadtests.runner import run_load
from loadtests.samples import Samples
from loadtests.schedule import due_times
from tests.loadtests.conftest import serving
from tests.loadtests.services import SLOW_S

ANY_LATENESS = 60_000.0
"""For tests whose point is not the machine's speed."""


def plan(host: str, *paths: str, profile: Profile | None = None, **changes: Any) -> LoadPlan:
    """A plan that asks for `paths` in turn, each recorded under its own name."""
    requests = [{"endpoint": path, "method": "GET", "path": path} for path in paths]
    settings: dict[str, Any] = {
        "host": host,
        "user": "loadtests.users.requests:RequestListUser",
        "profile": profile or ConstantRate(rate_per_s=50, duration_s=2, warmup_s=0.5),
        "parameters": {"requests": requests},
        "behind_limit_ms": ANY_LATENESS,
    }
    return LoadPlan(**(settings | changes))


def test_every_request_of_the_schedule_is_sent_and_recorded_once(quick_service: str, tmp_path: Path) -> None:
    one = plan(quick_service, "/a", "/b", seed=5, samples_path=tmp_path / "samples.npz")
    result = run_load(one)
    assert isinstance(one.profile, ConstantRate)
    due_s = due_times(one.profile, seed=5) - 0.5
    recorded = due_s[due_s >= 0]
    assert result.complete
    assert result.total.count == len(recorded)
    assert result.total.errors == 0
    assert result.total.bytes == 3 * len(recorded)
    assert result.total.throughput_per_s == len(recorded) / 2
    samples = Samples.load(tmp_path / "samples.npz")
    assert np.allclose(samples.due_s, due_s, atol=1e-6)  # the warm-up is kept among the raw samples
    by_number: list[str] = [samples.names[int(index)] for index in samples.endpoint]
    assert by_number == ["/a" if number % 2 == 0 else "/b" for number in range(len(due_s))]
    assert HdrHistogram.decode(result.histogram).total_count == len(recorded)  # pyright: ignore[reportUnknownMemberType]
    assert sum(second.count for second in result.seconds) == len(recorded)


def test_what_a_service_does_wrong_is_told_apart(service: str) -> None:
    paths = ("/fine", "/missing", "/broken", "/moved", "/hangup", "/short", "/garbage", "/never")
    result = run_load(plan(service, *paths, profile=ConstantRate(rate_per_s=80, duration_s=2), timeout_s=1.5))
    endpoints = result.endpoints
    assert set(endpoints) == set(paths)
    assert endpoints["/fine"].errors == endpoints["/moved"].errors == 0
    assert endpoints["/missing"].errors_4xx == endpoints["/missing"].errors == endpoints["/missing"].count
    assert endpoints["/broken"].errors_5xx == endpoints["/broken"].errors == endpoints["/broken"].count
    for path in ("/hangup", "/short", "/garbage", "/never"):
        assert endpoints[path].no_answer == endpoints[path].errors == endpoints[path].count, path
        assert endpoints[path].p50_ms >= 1500, path  # hanging up is not fast
        assert endpoints[path].throughput_per_s == 0
    assert result.user_errors == []


def test_a_slow_service_is_slow_and_the_generator_on_time(service: str, tmp_path: Path) -> None:
    """Every request takes 0.4 s and 40 more come in meanwhile: an open loop sends them all the same."""
    path = tmp_path / "samples.npz"
    profile = ConstantRate(rate_per_s=100, duration_s=2)
    result = run_load(plan(service, "/slow", profile=profile, samples_path=path))
    assert result.total.p50_ms >= SLOW_S * 1000
    assert result.total.errors == 0
    assert np.median(Samples.load(path).late_s) < SLOW_S / 2


def test_stalls_show_in_full() -> None:
    """Half a second in every second nothing is answered. The truth is computed from the schedule alone."""
    with serving("loadtests.stalling_service", "--stall-s", "0.5", "--period-s", "1") as url:
        one = plan(url, "/", profile=ConstantRate(rate_per_s=100, duration_s=4))
        result = run_load(one)
    truth_ms = true_latencies_s(one, result.started_monotonic_s, stall_s=0.5, period_s=1) * 1000
    assert result.total.count == len(truth_ms)
    for share, found_ms in ((0.9, result.total.p90_ms), (0.95, result.total.p95_ms)):
        true_ms = percentile(truth_ms, share)
        assert true_ms * 0.97 <= found_ms <= true_ms * 2 + 500  # a busy machine adds, it takes nothing away
    assert result.total.p95_interval_ms.low <= result.total.p95_ms <= result.total.p95_interval_ms.high


def test_a_closed_loop_runs_too(service: str) -> None:
    """Three users who think 0.1 to 0.2 s: each request waits for the one before, so the slow path bounds the count."""
    profile = Users(users=3, duration_s=2, think_min_s=0.1, think_max_s=0.2)
    result = run_load(plan(service, "/slow", profile=profile))
    assert 3 <= result.total.count <= 3 * 2 / (SLOW_S + 0.1) + 3


def test_a_generator_that_cannot_keep_up_says_so(quick_service: str) -> None:
    profile = ConstantRate(rate_per_s=50_000, duration_s=1)
    with pytest.raises(GeneratorBehind, match="could not keep its schedule") as raised:
        run_load(plan(quick_service, "/", profile=profile, behind_limit_ms=20))
    assert raised.value.start_late_p99_ms > 20


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ("loadtests.users.nowhere:User", "no user class"),
        ("loadtests.users.requests:Nobody", "is no Locust user class"),
        ("loadtests.plan:LoadPlan", "is no Locust user class"),
    ],
)
def test_a_plan_for_nobody_is_refused(user: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        run_load(plan("http://127.0.0.1:1", "/", user=user))


def test_an_endless_answer_is_cut_off(service: str) -> None:
    """The time limit is far away: it is the size that ends it."""
    profile = ConstantRate(rate_per_s=3, duration_s=1, arrivals="even")
    result = run_load(plan(service, "/endless", profile=profile, timeout_s=100))
    assert result.total.no_answer == result.total.count == 3


def test_a_journey_counts_from_its_due_time_once(service: str, tmp_path: Path) -> None:
    """Of the journey's two requests the second begins when the first was answered; its latency is its own."""
    path = tmp_path / "samples.npz"
    profile = ConstantRate(rate_per_s=20, duration_s=2)
    user = "tests.loadtests.journeys:Shopper"
    result = run_load(plan(service, user=user, profile=profile, samples_path=path))
    samples = Samples.load(path)  # unlike the result, these have what began after the recorded time too
    count = {name: int(np.count_nonzero(samples.endpoint == index)) for index, name in enumerate(samples.names)}
    assert set(count) == {"look", "slow", "then"}
    assert count["then"] == count["slow"] > 0
    assert count["look"] > count["slow"]  # by their weights, 3 to 1
    assert count["look"] + count["slow"] == len(due_times(profile, 0))
    assert result.endpoints["slow"].p50_ms >= SLOW_S * 1000
    late_s = samples.late_s[samples.endpoint == samples.names.index("then")]
    assert not late_s.any()  # due when it began: the wait for the first is not counted twice
    assert result.user_errors == []


def test_the_same_seed_draws_the_same_requests(service: str, tmp_path: Path) -> None:
    def drawn(seed: int) -> list[str]:
        path = tmp_path / f"{seed}.npz"
        profile = ConstantRate(rate_per_s=40, duration_s=1)
        run_load(plan(service, user="tests.loadtests.journeys:Drawer", profile=profile, seed=seed, samples_path=path))
        samples = Samples.load(path)
        return [samples.names[int(index)] for index in samples.endpoint]

    first = drawn(1)
    assert first == drawn(1)
    assert first != drawn(2)


def test_nobody_listening_is_no_answer() -> None:
    result = run_load(plan("http://127.0.0.1:1", "/", profile=ConstantRate(rate_per_s=30, duration_s=1), timeout_s=2))
    assert result.total.no_answer == result.total.count > 0


def test_a_user_class_that_raises_is_reported(quick_service: str) -> None:
    """The requests lack a path: the task raises, nothing is sent, and the result says so."""
    broken = {"requests": [{"endpoint": "x", "method": "GET"}]}
    result = run_load(plan(quick_service, parameters=broken, profile=ConstantRate(rate_per_s=20, duration_s=1)))
    assert result.total.count == 0
    assert result.user_errors[0] == "KeyError: 'path'"


def test_a_generator_that_dies_is_a_fault() -> None:
    def die(command: object, timeout_s: float) -> str:
        return "Killed"

    with pytest.raises(GeneratorFailed, match="Killed"):
        run_load(plan("http://127.0.0.1:1", "/"), run=die)

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.calibration import Calibration, judge, measure_machine
from loadtests.calibration_service import work
from loadtests.cores import split_cores
from loadtests.errors import GeneratorFailed
from tests.loadtests.conftest import patient


def calibration(mean_ms: float, p10_ms: float = 0.2) -> Calibration:
    return Calibration(
        requests=1000, mean_ms=mean_ms, p10_ms=p10_ms, p50_ms=mean_ms, p95_ms=mean_ms, p99_ms=mean_ms, max_ms=mean_ms
    )


def test_a_steady_machine_is_quiet() -> None:
    verdict = judge(calibration(0.21), calibration(0.22))
    assert (verdict.quiet, verdict.word) == (True, "quiet")
    assert "steady" in verdict.reason


@pytest.mark.parametrize(("before_ms", "after_ms"), [(0.2, 0.27), (0.27, 0.2)])
def test_a_machine_that_changes_is_noisy_whichever_way(before_ms: float, after_ms: float) -> None:
    verdict = judge(calibration(before_ms), calibration(after_ms))
    assert (verdict.quiet, verdict.word) == (False, "noisy")
    assert "35% apart" in verdict.reason


def test_a_machine_that_is_evenly_busy_is_noisy() -> None:
    verdict = judge(calibration(0.5), calibration(0.5))
    assert not verdict.quiet
    assert verdict.swing == 0
    assert "2.5 times" in verdict.reason


@patient
@given(st.floats(0.01, 100), st.floats(1, 10), st.floats(1, 10))
def test_the_verdict_does_not_depend_on_the_machine_s_speed_nor_on_the_order(
    speed: float, first: float, second: float
) -> None:
    pair = calibration(first * speed, speed), calibration(second * speed, speed)
    slow, fast = judge(*pair), judge(calibration(first, 1), calibration(second, 1))
    assert judge(*reversed(pair)).quiet == slow.quiet
    if abs(slow.swing - 0.25) > 1e-6 and abs(slow.slowdown - 1.5) > 1e-6:
        assert slow.quiet == fast.quiet


def test_twice_the_class_is_twice_the_speed() -> None:
    assert calibration(0.25, p10_ms=0.2).machine_class == 50
    assert calibration(0.25, p10_ms=0.1).machine_class == 100
    assert judge(calibration(0.25, p10_ms=0.2), calibration(0.25, p10_ms=0.1)).machine_class == 50


def test_the_work_is_always_the_same() -> None:
    assert work() == work()


def test_this_machine_has_a_class() -> None:
    found = measure_machine(seconds=0.3)
    assert found.machine_class > 0
    assert found.requests > 0
    assert found.p10_ms <= found.p50_ms <= found.p95_ms <= found.p99_ms <= found.max_ms


def test_a_calibration_that_dies_is_a_fault() -> None:
    with pytest.raises(GeneratorFailed, match="no memory"):
        measure_machine(run=lambda _command, _timeout_s: "no memory")


def test_generator_and_service_never_share_a_core_where_there_are_two() -> None:
    cores = split_cores(frozenset({2, 5, 7}))
    assert (cores.service, cores.generator) == ({2, 5}, {7})
    assert split_cores(frozenset({3})).generator is None


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores are given on Linux only")
def test_only_cores_that_this_process_may_use_are_given() -> None:
    cores = split_cores()
    assert (cores.service or frozenset()) | (cores.generator or frozenset()) <= os.sched_getaffinity(0)

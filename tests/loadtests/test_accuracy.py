from pathlib import Path

import pytest

from loadtests.accuracy import Comparison, parse_wrk_median_ms, true_latencies_s, wrk_median_ms
from loadtests.cores import split_cores
from loadtests.errors import GeneratorFailed
from loadtests.intervals import percentile
from loadtests.plan import LoadPlan
from loadtests.profiles import ConstantRate

WRK = """Running 5s test @ http://127.0.0.1:40000/
  1 threads and 1 connections
  Latency Distribution
     50%   {}
     75%   61.00us
  23 requests in 5.00s
"""


def plan(**changes: float) -> LoadPlan:
    profile = ConstantRate.model_validate({"rate_per_s": 500, "duration_s": 100} | changes)
    return LoadPlan(host="http://127.0.0.1:1", user="a:B", profile=profile)


def test_the_truth_of_a_stall_is_what_is_left_of_it() -> None:
    even = LoadPlan(
        host="http://127.0.0.1:1",
        user="a:B",
        profile=ConstantRate(rate_per_s=10, duration_s=5, arrivals="even"),
    )
    found = true_latencies_s(even, started_monotonic_s=0.0, stall_s=0.5, period_s=5)
    assert found[:6] == pytest.approx([0.45, 0.35, 0.25, 0.15, 0.05, 0.0])
    assert not found[6:].any()


def test_the_truth_moves_with_the_clock() -> None:
    found = true_latencies_s(plan(), started_monotonic_s=1234.5)
    assert percentile(found, 0.95) == pytest.approx(0.25, abs=0.02)
    assert percentile(found, 0.99) == pytest.approx(0.45, abs=0.02)
    assert len(found) == len(true_latencies_s(plan(), started_monotonic_s=99.25))


def test_the_warm_up_has_no_part_in_the_truth() -> None:
    with_warmup = true_latencies_s(plan(warmup_s=20), started_monotonic_s=0)
    assert len(with_warmup) == pytest.approx(50_000, rel=0.02)


@pytest.mark.parametrize(("text", "expected"), [("52.00us", 0.052), ("1.25ms", 1.25), ("1.02s", 1020)])
def test_wrk_s_median_is_read_in_its_units(text: str, expected: float) -> None:
    assert parse_wrk_median_ms(WRK.format(text)) == pytest.approx(expected)


def test_wrk_without_a_median_is_a_fault() -> None:
    with pytest.raises(GeneratorFailed, match="unable to connect"):
        parse_wrk_median_ms("unable to connect to 127.0.0.1:1 Connection refused")


def test_without_wrk_nothing_is_compared_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert wrk_median_ms(1, seconds=1, cores=split_cores()) is None


@pytest.mark.parametrize(("found_ms", "right"), [(229, True), (276, False), (224, False), (250, True)])
def test_a_figure_is_right_on_both_sides_of_the_truth_or_not(found_ms: float, right: bool) -> None:
    assert Comparison(what="p95", found_ms=found_ms, truth_ms=250, allowed_ms=25).right is right

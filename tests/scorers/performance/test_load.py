"""What is made of load runs. The runs themselves are tested with the load generator; here their figures are given."""

from typing import Any

import pytest

from loadtests.calibration import Verdict
from loadtests.paired import Answer, Side, compare
from loadtests.result import EndpointResult, Interval, Lateness, LoadResult, SecondResult
from scorers.performance.bench import PerformanceBench
from scorers.performance.check_load import COUNTED, CURVE, latency, served
from scorers.performance.family import FAMILY
from scorers.performance.load import questions
from scorers.performance.measured import LoadRecord
from scorers.scenario import Scenario
from scorers.testbed.embedded import EmbeddedTestbed
from tests.scorers.performance.tiny import SCENARIO, bench_for, write_scenario

CLASS = 30
LIMITED: dict[str, Any] = {
    "endpoints": {"notes": {"p95_ms": 200, "times_reference": 3, "times_baseline": 5}},
    "load": {"rate_per_s": 10, "machine_class": CLASS},
}


def result(p95_ms: float, *, errors_5xx: int = 0, bytes_each: int = 100) -> LoadResult:
    figures: dict[str, Any] = {
        "count": 300,
        "errors_4xx": 0,
        "errors_5xx": errors_5xx,
        "no_answer": 0,
        "p50_ms": p95_ms / 2,
        "p90_ms": p95_ms * 0.9,
        "p95_ms": p95_ms,
        "p99_ms": p95_ms * 1.2,
        "max_ms": p95_ms * 2,
        "bytes": 300 * bytes_each,
    }
    one = EndpointResult(
        **figures,
        p95_interval_ms=Interval(low=p95_ms * 0.9, high=p95_ms * 1.1),
        throughput_per_s=(300 - errors_5xx) / 30,
    )
    return LoadResult(
        total=one,
        endpoints={"notes": one},
        seconds=[SecondResult(**figures, second=second, endpoint="notes") for second in range(3)],
        histogram="",
        lateness=Lateness(start_p99_ms=0, start_max_ms=0, loop_p99_ms=0, loop_max_ms=0),
        duration_s=30,
        started_monotonic_s=0,
    )


@pytest.fixture
def scenario(tmp_path: Any, scenario: Scenario) -> Scenario:
    assert set(SCENARIO["parameters"]) >= set(LIMITED)
    return write_scenario(tmp_path, **LIMITED)


def judged(
    scenario: Scenario,
    testbed: EmbeddedTestbed,
    *,
    now: LoadResult,
    before_ms: float = 1000,
    machine_class: int = CLASS,
) -> PerformanceBench:
    """The bench with a record of `now` beside a reference of 10 ms."""
    given: dict[Side, LoadResult] = {"candidate": now, "reference": result(10), "baseline": result(before_ms)}
    with bench_for(scenario, testbed, {}) as bench:
        answers: list[Answer] = compare(lambda side: {"notes": given[side].endpoints["notes"].p95_ms}, questions(bench))
        machine = Verdict(quiet=True, swing=0, slowdown=1, machine_class=machine_class, reason="steady")
        bench.load = LoadRecord(answers, {side: [found, found] for side, found in given.items()}, machine, 10)
        return bench


def test_near_the_reference_and_far_below_the_baseline_is_fast(scenario: Scenario, testbed: EmbeddedTestbed) -> None:
    outcome = latency.run(judged(scenario, testbed, now=result(15)))
    assert outcome.status == "passed"
    names = [measurement.name for measurement in outcome.measurements]
    assert names == ["machine class", "p95 before: notes", "p95 now: notes", "p95 reference: notes"]
    curve = next(item.body for item in outcome.evidence if item.title == CURVE)
    assert curve.splitlines() == [
        "second,before,now,reference,target",
        *(f"{n},1000.0,15.0,10.0,200" for n in range(3)),
    ]


@pytest.mark.parametrize(("now_ms", "before_ms", "what"), [(60, 1000, "times the reference's"), (15, 30, "before")])
def test_too_slow_by_either_comparison_fails(
    scenario: Scenario, testbed: EmbeddedTestbed, now_ms: float, before_ms: float, what: str
) -> None:
    outcome = latency.run(judged(scenario, testbed, now=result(now_ms), before_ms=before_ms))
    assert outcome.status == "failed"
    assert what in outcome.message


@pytest.mark.parametrize(("machine_class", "status"), [(CLASS, "failed"), (CLASS - 1, "passed")])
def test_the_target_is_judged_on_machines_of_the_class_only(
    tmp_path: Any, testbed: EmbeddedTestbed, scenario: Scenario, machine_class: int, status: str
) -> None:
    strict = {"endpoints": {"notes": {"p95_ms": 5, "times_reference": 3}}}
    written = write_scenario(tmp_path / "strict", **(LIMITED | strict))
    outcome = latency.run(judged(written, testbed, now=result(15), machine_class=machine_class))
    assert outcome.status == status


def test_errors_are_not_served(scenario: Scenario, testbed: EmbeddedTestbed) -> None:
    given: dict[Side, LoadResult] = {"candidate": result(10, errors_5xx=9), "reference": result(10)}
    assert problems_of(scenario, testbed, given).startswith("round 1: 0 answers with 4xx, 9 with 5xx")


def test_other_answers_than_usual_are_not_served(scenario: Scenario, testbed: EmbeddedTestbed) -> None:
    given: dict[Side, LoadResult] = {"candidate": result(10, bytes_each=10), "reference": result(10, bytes_each=1000)}
    assert "answers have 10 bytes on average, the reference's 1000" in problems_of(scenario, testbed, given)


def test_the_usual_answers_are_served(scenario: Scenario, testbed: EmbeddedTestbed) -> None:
    assert problems_of(scenario, testbed, {"candidate": result(10), "reference": result(12)}) == ""


def test_load_comes_after_everything_else() -> None:
    others = [check.id for check in FAMILY.checks if check.id not in {"served", "latency"}]
    blocked_by = set(COUNTED) | {name for check in FAMILY.checks if check.id in COUNTED for name in check.requires}
    assert blocked_by >= set(others) - {"files_complete", "migrations_apply", "service_starts", "data_survives"}
    assert [check.id for check in FAMILY.checks][-2:] == ["served", "latency"]


def problems_of(scenario: Scenario, testbed: EmbeddedTestbed, given: dict[Side, LoadResult]) -> str:
    """What the check on served load finds, with the runs given instead of made."""
    bench = judged(scenario, testbed, now=given["candidate"])
    assert bench.load is not None
    bench.load.results = {side: [found] for side, found in given.items()}
    outcome = served.run(bench)
    assert (outcome.status == "passed") is not bool(outcome.evidence)
    return outcome.evidence[0].body if outcome.evidence else ""

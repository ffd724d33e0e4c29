from pathlib import Path

import numpy as np
from hdrh.histogram import HdrHistogram  # pyright: ignore[reportMissingTypeStubs]
from hypothesis import given
from hypothesis import strategies as st

from loadtests.result import LoadResult
from loadtests.samples import SampleLog, Samples
from loadtests.summary import summarize
from tests.loadtests.conftest import patient

rows = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.floats(-2, 10),
    st.floats(0, 0.1),
    st.floats(1e-6, 60),
    st.sampled_from([0, 200, 302, 404, 429, 500, 503]),
    st.integers(0, 10_000),
)
Row = tuple[str, float, float, float, int, int]


def log(content: list[Row]) -> Samples:
    kept = SampleLog()
    for name, due_s, late_s, latency_s, status, size in content:
        kept.add(name, due_s=due_s, late_s=late_s, latency_s=latency_s, status=status, size=size)
    return kept.samples(0)


def summary(samples: Samples, duration_s: float = 5) -> LoadResult:
    return summarize(samples, duration_s=duration_s, loop_late_s=[0.001], started_monotonic_s=0, user_errors=[])


def as_rows(samples: Samples) -> list[Row]:
    names: list[str] = [samples.names[int(index)] for index in samples.endpoint]
    columns = (samples.due_s, samples.late_s, samples.latency_s, samples.status, samples.bytes)
    return list(zip(names, *(column.tolist() for column in columns), strict=True))


@patient
@given(st.lists(rows))
def test_rows_come_back_in_the_order_of_their_due_times(content: list[Row]) -> None:
    assert as_rows(log(content)) == sorted(content, key=lambda row: row[1])


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    samples = log([("a", 1, 0.1, 0.2, 200, 3), ("ü", 0.5, 0, 0.3, 0, 0)])
    samples.save(tmp_path / "samples.npz")
    assert as_rows(Samples.load(tmp_path / "samples.npz")) == as_rows(samples)


@patient
@given(st.lists(rows), st.lists(rows), st.lists(rows))
def test_parts_merge_into_the_whole(first: list[Row], second: list[Row], third: list[Row]) -> None:
    merged = Samples.merged([log(first), log(second), log(third)])
    assert sorted(as_rows(merged)) == sorted(first + second + third)
    assert np.all(np.diff(merged.due_s) >= 0)


@patient
@given(st.lists(rows, min_size=1))
def test_a_summary_counts_what_was_due_in_the_recorded_time(content: list[Row]) -> None:
    result = summary(log(content))
    recorded = [row for row in content if 0 <= row[1] < 5]
    status = [row[4] for row in recorded]
    assert result.total.count == len(recorded)
    assert result.total.errors_4xx == status.count(404) + status.count(429)
    assert result.total.errors_5xx == status.count(500) + status.count(503)
    assert result.total.no_answer == status.count(0)
    assert result.total.bytes == sum(row[5] for row in recorded)
    assert result.total.throughput_per_s * 5 == len(recorded) - result.total.errors
    assert sum(one.count for one in result.endpoints.values()) == len(recorded)
    assert sum(one.count for one in result.seconds) == len(recorded)
    assert sum(one.errors_5xx for one in result.seconds) == result.total.errors_5xx
    if recorded:
        assert result.total.max_ms == max(row[3] for row in recorded) * 1000
        assert result.total.p50_ms <= result.total.p90_ms <= result.total.p95_ms <= result.total.p99_ms
        assert result.total.p99_ms <= result.total.max_ms


@patient
@given(st.lists(rows, min_size=1))
def test_the_histogram_holds_all_latencies_to_three_digits(content: list[Row]) -> None:
    result = summary(log(content), duration_s=11)
    histogram = HdrHistogram.decode(result.histogram)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    assert histogram.total_count == result.total.count  # pyright: ignore[reportUnknownMemberType]
    if result.total.count:
        found_ms = histogram.get_value_at_percentile(50) / 1000  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        assert abs(found_ms - result.total.p50_ms) <= result.total.p50_ms * 0.002 + 0.002


def test_a_run_without_requests_has_a_summary() -> None:
    result = summary(Samples.none())
    assert (result.total.count, result.total.p95_ms, result.total.error_rate, result.seconds) == (0, 0, 0, [])


def test_seconds_are_counted_from_the_recorded_time() -> None:
    result = summary(log([("a", -0.5, 0, 1, 200, 0), ("a", 0.2, 0, 0.010, 200, 0), ("b", 3.9, 0, 0.020, 500, 0)]))
    assert [(one.second, one.endpoint, one.p95_ms, one.errors_5xx) for one in result.seconds] == [
        (0, "a", 10.0, 0),
        (3, "b", 20.0, 1),
    ]


def test_lateness_is_the_larger_of_starts_and_loop() -> None:
    late = log([("a", 1, 0.030, 0.1, 200, 0)])
    assert summary(late).behind_ms == 30
    result = summarize(late, duration_s=5, loop_late_s=[0.2], started_monotonic_s=0, user_errors=[])
    assert result.behind_ms == 200

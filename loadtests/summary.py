"""From raw samples to a result."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from pathlib import Path

import numpy as np
from hdrh.histogram import HdrHistogram

from loadtests.intervals import interval, percentile
from loadtests.result import EndpointResult, Figures, Lateness, LoadResult, SecondResult
from loadtests.samples import NO_ANSWER, Samples

HIGHEST_US = 3_600_000_000
"""The histogram's range: 1 microsecond to an hour."""


def summarize(
    samples: Samples,
    *,
    duration_s: float,
    loop_late_s: list[float],
    started_monotonic_s: float,
    user_errors: list[str],
    complete: bool = True,
    samples_path: Path | None = None,
) -> LoadResult:
    """Figures of the requests that were due in the recorded time, `[0, duration_s)`."""
    recorded = samples.where((samples.due_s >= 0) & (samples.due_s < duration_s))
    endpoints = {
        name: _endpoint(recorded.where(recorded.endpoint == index), duration_s)
        for index, name in sorted(enumerate(recorded.names), key=lambda pair: pair[1])
    }
    return LoadResult(
        total=_endpoint(recorded, duration_s),
        endpoints={name: figures for name, figures in endpoints.items() if figures.count},
        seconds=_seconds(recorded),
        histogram=_histogram(recorded),
        lateness=_lateness(recorded, loop_late_s),
        duration_s=duration_s,
        started_monotonic_s=started_monotonic_s,
        complete=complete,
        user_errors=user_errors[:10],
        samples_path=samples_path,
    )


def _figures(samples: Samples) -> Figures:
    latency_ms = samples.latency_s * 1000
    status = samples.status
    return Figures(
        count=len(samples),
        errors_4xx=int(np.count_nonzero((status >= 400) & (status < 500))),
        errors_5xx=int(np.count_nonzero(status >= 500)),
        no_answer=int(np.count_nonzero(status == NO_ANSWER)),
        p50_ms=percentile(latency_ms, 0.5),
        p90_ms=percentile(latency_ms, 0.9),
        p95_ms=percentile(latency_ms, 0.95),
        p99_ms=percentile(latency_ms, 0.99),
        max_ms=percentile(latency_ms, 1.0),
        bytes=int(samples.bytes.sum()),
    )


def _endpoint(samples: Samples, duration_s: float) -> EndpointResult:
    figures = _figures(samples)
    return EndpointResult(
        **figures.model_dump(),
        p95_interval_ms=interval(samples.latency_s * 1000, samples.due_s, 0.95),
        throughput_per_s=(figures.count - figures.errors) / duration_s,
    )


def _seconds(samples: Samples) -> list[SecondResult]:
    """Second by second, endpoint by endpoint. Rows are ordered by due time already."""
    second = np.floor(samples.due_s).astype(np.int64)
    found: list[SecondResult] = []
    for index, name in enumerate(samples.names):
        mine = samples.where(samples.endpoint == index)
        mine_second = second[samples.endpoint == index]
        for number in np.unique(mine_second):
            figures = _figures(mine.where(mine_second == number))
            found.append(SecondResult(**figures.model_dump(), second=int(number), endpoint=name))
    return sorted(found, key=lambda one: (one.second, one.endpoint))


def _histogram(samples: Samples) -> str:
    histogram = HdrHistogram(1, HIGHEST_US, 3)
    micros = np.clip(np.rint(samples.latency_s * 1e6), 1, HIGHEST_US).astype(np.int64)
    values, counts = np.unique(micros, return_counts=True)
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        histogram.record_value(value, count)
    encoded: bytes = histogram.encode()
    return encoded.decode("ascii")


def _lateness(samples: Samples, loop_late_s: list[float]) -> Lateness:
    start_ms = samples.late_s * 1000
    loop_ms = np.array(loop_late_s, dtype=np.float64) * 1000
    return Lateness(
        start_p99_ms=percentile(start_ms, 0.99),
        start_max_ms=percentile(start_ms, 1.0),
        loop_p99_ms=percentile(loop_ms, 0.99),
        loop_max_ms=percentile(loop_ms, 1.0),
    )

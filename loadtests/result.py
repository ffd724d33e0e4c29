"""What a load run found. Latencies are in milliseconds from the time a request was due, not from when it was sent."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class Interval(BaseModel):
    """A 95 % confidence interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float
    high: float


class Figures(BaseModel):
    """Counts and latencies of some requests.

    A request that got no answer counts with the latency at which it was given up, but never less than the plan's time
    limit: a service that hangs up quickly is not a fast one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int = Field(ge=0)
    errors_4xx: int = Field(ge=0)
    errors_5xx: int = Field(ge=0)
    no_answer: int = Field(ge=0)
    p50_ms: float
    p90_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    bytes: int = Field(ge=0)
    """Length of the answers' bodies, decoded."""

    @property
    def errors(self) -> int:
        """4xx, 5xx and no answer together."""
        return self.errors_4xx + self.errors_5xx + self.no_answer

    @property
    def error_rate(self) -> float:
        """Share of requests that were not answered with 1xx, 2xx or 3xx; 0 without requests."""
        return self.errors / self.count if self.count else 0.0


class EndpointResult(Figures):
    """The figures of one endpoint (or of all) over the recorded time."""

    p95_interval_ms: Interval
    throughput_per_s: float
    """Answers without error per second of recorded time."""


class SecondResult(Figures):
    """The figures of the requests of one endpoint that were due in one second of the recorded time."""

    second: int = Field(ge=0)
    endpoint: str


class Lateness(BaseModel):
    """How late the generator itself was: the part of the latencies that is not the service's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_p99_ms: float
    """p99 of the time from when a request was due until the generator began to send it."""
    start_max_ms: float
    loop_p99_ms: float
    """p99 of how late a ticker on the generator's event loop woke: answers wait as long to be seen."""
    loop_max_ms: float

    @property
    def behind_ms(self) -> float:
        """The larger of the two p99."""
        return max(self.start_p99_ms, self.loop_p99_ms)


class LoadResult(BaseModel):
    """All that one load run found. Warm-up is in none of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    total: EndpointResult
    endpoints: dict[str, EndpointResult]
    seconds: list[SecondResult]
    """Ordered by second, then endpoint; seconds in which nothing was due are absent."""
    histogram: str
    """HDR histogram of all latencies in microseconds, 3 digits, base64 (`HdrHistogram.decode`)."""
    lateness: Lateness
    duration_s: float
    """Length of the recorded time: that of the plan."""
    started_monotonic_s: float
    """The generator's monotonic clock when the recorded time began."""
    complete: bool = True
    """Whether everything planned was sent and ended; False where the generator had to be stopped."""
    user_errors: list[str] = []
    """Exceptions that the user class's own code raised, at most ten. A result that has any is not worth much."""
    samples_path: Path | None = None

    @property
    def behind_ms(self) -> float:
        """How late the generator itself was (p99)."""
        return self.lateness.behind_ms

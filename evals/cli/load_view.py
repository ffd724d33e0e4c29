"""Tables of load results."""

from rich.table import Table
from rich.text import Text

from loadtests.accuracy import Accuracy
from loadtests.calibration import Verdict
from loadtests.result import EndpointResult, LoadResult

HEADINGS = (
    "endpoint",
    "requests",
    "ok/s",
    "p50",
    "p90",
    "p95",
    "p95 is in",
    "p99",
    "max",
    "4xx",
    "5xx",
    "no answer",
    "MB",
)


def result_table(result: LoadResult, title: str) -> Table:
    """Figures per endpoint and for all, latencies in milliseconds from the due time."""
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "endpoint" else "right", no_wrap=True)
    for name, figures in sorted(result.endpoints.items()):
        table.add_row(*_row(name, figures))
    if len(result.endpoints) != 1:
        table.add_row(*_row("all", result.total), style="bold")
    late = result.lateness
    table.caption = (
        f"milliseconds from when a request was due; the generator itself was {result.behind_ms:.1f} ms late at p99 "
        f"(starts {late.start_p99_ms:.1f}, loop {late.loop_p99_ms:.1f})"
    )
    table.caption_justify = "left"
    return table


def accuracy_table(accuracy: Accuracy) -> Table:
    """What was found, what it should have been, and whether it is near enough."""
    table = Table(title="the load generator against what is known", title_justify="left", box=None)
    for heading in ("figure", "found ms", "true ms", "off ms", "allowed ms", ""):
        table.add_column(heading, justify="left" if heading in {"figure", ""} else "right", no_wrap=True)
    for one in accuracy.comparisons:
        off_ms = one.found_ms - one.truth_ms
        numbers = (f"{one.found_ms:.2f}", f"{one.truth_ms:.2f}", f"{off_ms:+.2f}", f"{one.allowed_ms:.2f}")
        table.add_row(one.what, *numbers, Text("right", "green") if one.right else Text("off", "bold red"))
    return table


def machine_line(verdict: Verdict) -> str:
    """One sentence about the machine."""
    return f"machine class {verdict.machine_class}, {verdict.word}: {verdict.reason}"


def _row(name: str, figures: EndpointResult) -> list[str]:
    sure = figures.p95_interval_ms
    return [
        name,
        str(figures.count),
        f"{figures.throughput_per_s:.1f}",
        *(f"{ms:.1f}" for ms in (figures.p50_ms, figures.p90_ms, figures.p95_ms)),
        f"{sure.low:.1f}..{sure.high:.1f}",
        *(f"{ms:.1f}" for ms in (figures.p99_ms, figures.max_ms)),
        *(str(count) for count in (figures.errors_4xx, figures.errors_5xx, figures.no_answer)),
        f"{figures.bytes / 1e6:.2f}",
    ]

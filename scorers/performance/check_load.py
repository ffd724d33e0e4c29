"""Checks under load: latency against reference, baseline and target, and whether the load is served at all."""

from loadtests.paired import Answer, Side
from loadtests.result import EndpointResult, LoadResult
from scorers.checks import Outcome, check, failed, passed
from scorers.evidence import Evidence
from scorers.performance.bench import PerformanceBench
from scorers.performance.judging import submissions_fault
from scorers.performance.load import measured
from scorers.performance.measured import LoadRecord
from scorers.results import Measurement

SIDES: tuple[tuple[Side, str], ...] = (("baseline", "before"), ("candidate", "now"), ("reference", "reference"))

CURVE = "p95 second by second, ms"
"""Title of the evidence that a report can draw: comma-separated, the first line names the columns."""

COUNTED = (
    "settings_untouched",
    "migrations_step_down",
    "migrations_rebuild",
    "concurrency",
    "fresh",
    "statements",
    "reads",
    "scans",
    "pages",
    "writes",
    "memory",
)
"""Only what passes everything else is put under load, which takes minutes and the machine to itself."""


@check(
    id="served",
    title="The stated load is served",
    spec_lines=("metric.throughput", "metric.error_rate", "task.performance"),
    weight=3,
    gate=True,
    requires=COUNTED,
)
@submissions_fault
def served(bench: PerformanceBench) -> Outcome:
    """At the stated rate of arrivals, are practically all requests answered, without errors, with answers of the usual size?

    Arrivals keep coming whether the service keeps up or not (an open loop).

    Why: a service that answers some quickly and turns the others away is not fast.
    Source: Schroeder, Wierman, Harchol-Balter, "Open Versus Closed: A Cautionary Tale".
    Fails: a queue that refuses all but the first few requests with 503.
    """
    record = bench.load = bench.load or measured(bench)
    problems: list[str] = []
    load = bench.parameters.load
    for number, result in enumerate(record.results["candidate"], 1):
        if result.total.error_rate > 1 - load.served:
            problems.append(
                f"round {number}: {result.total.errors_4xx} answers with 4xx, {result.total.errors_5xx} with 5xx, "
                f"{result.total.no_answer} without an answer, of {result.total.count}"
            )
    problems += _other_sizes(record, load.body_share)
    rate = min(result.total.throughput_per_s for result in record.results["candidate"])
    errors = max(result.total.error_rate for result in record.results["candidate"])
    measurements = [
        Measurement(
            name="answers without error",
            value=rate,
            unit="1/s",
            target=load.served * load.rate_per_s,
            direction="higher_is_better",
        ),
        Measurement(name="errors", value=100 * errors, unit="%", target=100 * (1 - load.served)),
    ]
    if problems:
        return failed(
            "the stated load is not served",
            evidence=[Evidence(title="Found", body="\n".join(problems))],
            measurements=measurements,
        )
    return passed(f"{rate:.0f} answers a second without error", measurements=measurements)


@check(
    id="latency",
    title="Answers are fast under load",
    spec_lines=("metric.latency", "task.performance", "observability.latency_baselines"),
    weight=5,
    gate=True,
    requires=COUNTED,
)
@submissions_fault
def latency(bench: PerformanceBench) -> Outcome:
    """Is each endpoint's 95th percentile near the reference's and far below what it was, measured in turn on this machine?

    Latency counts from when a request was due. The absolute target is judged only on machines of the stated class.

    Why: what users wait for is the slow answer, not the average one.
    Source: Tene, "How NOT to Measure Latency"; Gregg, "Systems Performance"; DESIGN of the load generator.
    Fails: a service that has good plans and holds a lock while it writes out each answer.
    """
    record = bench.load = bench.load or measured(bench)
    failing = [answer for answer in record.answers if answer.verdict == "fails"]
    judged = record.machine.machine_class >= bench.parameters.load.machine_class
    late = _over_target(bench, record) if judged else []
    measurements = _measurements(bench, record, judged=judged)
    evidence = [
        Evidence(title=CURVE, body=_curve(bench, record), kind="table"),
        Evidence(title="The machine", body=record.machine.reason),
        Evidence(
            title="Compared in turn", body="\n".join(_answer_line(answer) for answer in record.answers), kind="table"
        ),
        Evidence(title="Milliseconds, by side and endpoint", body=_table(record), kind="table"),
    ]
    problems = [_answer_line(answer) for answer in failing] + late
    if problems:
        asked = len(record.answers) + (len(bench.parameters.endpoints) if judged else 0)
        return failed(
            f"too slow: {'; '.join(problems[:4])}",
            score=max(0.0, 1 - len(problems) / asked) * 0.999,
            evidence=evidence,
            measurements=measurements,
        )
    return passed(f"{len(record.answers)} comparisons hold", evidence=evidence, measurements=measurements)


def _other_sizes(record: LoadRecord, share: float) -> list[str]:
    """Endpoints whose answers under load are of another size than the reference's: other answers than it gives."""
    problems: list[str] = []
    expected, found = record.results["reference"][0], record.results["candidate"][0]
    for name, reference in expected.endpoints.items():
        candidate = found.endpoints.get(name)
        if candidate is None or not candidate.count or not reference.count:
            continue
        mean, usual = candidate.bytes / candidate.count, reference.bytes / reference.count
        if abs(mean - usual) > share * usual + 40:
            problems.append(f"{name}: answers have {mean:.0f} bytes on average, the reference's {usual:.0f}")
    return problems


def _over_target(bench: PerformanceBench, record: LoadRecord) -> list[str]:
    """Endpoints whose p95 was over the absolute target in every round, at the lower end of its interval."""
    late: list[str] = []
    for name, limits in bench.parameters.endpoints.items():
        found = [one.endpoints[name] for one in record.results["candidate"] if name in one.endpoints]
        if limits.p95_ms is not None and found and all(one.p95_interval_ms.low > limits.p95_ms for one in found):
            late.append(f"{name}: p95 {found[-1].p95_ms:.0f} ms, the target is {limits.p95_ms:g} ms")
    return late


def _measurements(bench: PerformanceBench, record: LoadRecord, *, judged: bool) -> list[Measurement]:
    found: list[Measurement] = [
        Measurement(
            name="machine class",
            value=record.machine.machine_class,
            unit="class",
            target=bench.parameters.load.machine_class,
            direction="higher_is_better",
        )
    ]
    for side, word in SIDES:
        for name, limits in bench.parameters.endpoints.items():
            rounds = sorted(record.p95_ms(side, name)) if side in record.results else []
            if rounds:
                target = limits.p95_ms if side == "candidate" else None
                label = f"p95 {word}: {name}" + ("" if judged or target is None else " (target shown, not judged)")
                found.append(Measurement(name=label, value=rounds[len(rounds) // 2], unit="ms", target=target))
    return found


def _table(record: LoadRecord) -> str:
    head = f"{'side':10} {'endpoint':18} {'count':>6} {'p50':>8} {'p90':>8} {'p95':>8} {'95 % interval':>17} {'p99':>8} {'max':>8} errors"
    lines = [head]
    for side, word in SIDES:
        for result in record.results.get(side, []):
            lines += [_row(word, name, one) for name, one in [*result.endpoints.items(), ("all", result.total)]]
    return "\n".join(lines)


def _row(word: str, name: str, one: EndpointResult) -> str:
    interval = f"{one.p95_interval_ms.low:.1f}…{one.p95_interval_ms.high:.1f}"
    return (
        f"{word:10} {name:18} {one.count:6d} {one.p50_ms:8.1f} {one.p90_ms:8.1f} {one.p95_ms:8.1f} {interval:>17} "
        f"{one.p99_ms:8.1f} {one.max_ms:8.1f} {one.errors}"
    )


def _answer_line(answer: Answer) -> str:
    question = answer.question
    limit = f"at most {question.at_most:g}" if question.at_most is not None else f"at least {question.at_least:g}"
    ratios = ", ".join(f"{ratio:.2f}" for ratio in answer.ratios)
    return f"{question.name}: {answer.median:.2f} ({limit}): {answer.verdict}; rounds {ratios}"


def _curve(bench: PerformanceBench, record: LoadRecord) -> str:
    """Comma-separated: the second, then the p95 over all endpoints of each side's first round, then the target."""
    sides: list[tuple[Side, str]] = [(side, word) for side, word in SIDES if record.results.get(side)]
    columns = [_by_second(record.results[side][0]) for side, _ in sides]
    targets = [limits.p95_ms for limits in bench.parameters.endpoints.values() if limits.p95_ms is not None]
    lines = [",".join(["second", *(word for _, word in sides), "target"])]
    for second in sorted({second for column in columns for second in column}):
        cells = [f"{column[second]:.1f}" if second in column else "" for column in columns]
        lines.append(",".join([str(second), *cells, f"{min(targets):g}" if targets else ""]))
    return "\n".join(lines)


def _by_second(result: LoadResult) -> dict[int, float]:
    """The largest p95 of any endpoint in each second."""
    worst: dict[int, float] = {}
    for one in result.seconds:
        worst[one.second] = max(worst.get(one.second, 0.0), one.p95_ms)
    return worst

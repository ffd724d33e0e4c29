"""What stands at the top of the report: when and what ran, and a few numbers."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reports.html.collect import Collected
from reports.records import UNSCORED_OUTCOMES
from reports.statistics import Estimate


@dataclass(frozen=True)
class Card:
    """One number at the top."""

    title: str
    value: str
    note: str


def facts(data: Collected) -> list[tuple[str, list[str]]]:
    """What took part, by name; what is unknown is left out."""
    runs = list(data.runs.values())
    testbeds = [
        ", ".join(f"{name} {value}" for name, value in sorted(json.loads(testbed).items())) for testbed in data.testbeds
    ]
    commits = [
        f"{run.git_commit[:12]}{' with uncommitted changes' if run.git_dirty else ''}" for run in runs if run.git_commit
    ]
    snapshots: dict[str, list[str]] = {row.model: [] for row in data.board.rows}
    for sample in data.samples:
        snapshots[sample.model] += [sample.model_snapshot] if sample.model_snapshot else []
    models = [
        f"{model}, reported as {', '.join(_distinct(names))}" if names else model for model, names in snapshots.items()
    ]
    personas = [f"{sample.persona_name} {sample.persona_hash[:8]}".strip() for sample in data.samples]
    found = [
        ("Models", models),
        ("Persona", _distinct(personas)),
        ("Families", _distinct(sample.family for sample in data.samples)),
        ("Commit", _distinct(commits)),
        ("Testbed", _distinct(testbeds)),
        ("archeval", _distinct(run.archeval_version for run in runs)),
        ("Ended", [f"{run.family}, {run.log_location}: {run.status}" for run in runs if run.status != "success"]),
    ]
    return [(name, values) for name, values in found if values]


def subtitle(data: Collected) -> str:
    """When, and which suite."""
    moments = sorted(run.created_at for run in data.runs.values())
    if not moments:
        return ""
    suites = ", ".join(_distinct(run.suite for run in data.runs.values()))
    return f"{_period(moments[0], moments[-1])}, {suites} suite"


def _period(first: datetime, last: datetime) -> str:
    start, end = (f"{moment.day} {moment:%B %Y}" for moment in (first, last))
    if start != end:
        return f"{start} to {end}"
    return f"{start}, {first:%H:%M} UTC" if first == last else f"{start}, {first:%H:%M} to {last:%H:%M} UTC"


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def cards(data: Collected) -> list[Card]:
    """The numbers at the top."""
    samples, rows = data.samples, data.board.rows
    if not samples:
        return []
    unscored = sum(sample.outcome in UNSCORED_OUTCOMES for sample in samples)
    best = next((row for row in rows if row.score), None)
    applicable = data.statuses.total() - data.statuses["not_applicable"]
    costs = [sample.total_cost_usd for sample in samples if sample.total_cost_usd is not None]
    tokens = sum(sample.input_tokens + sample.output_tokens for sample in samples)
    shown = [Card("Highest score", _mean(best.score), f"{best.model}, {_interval(best.score)}")] if best else []
    shown += [
        Card("Samples", f"{len(samples)}", f"{len(samples) - unscored} scored, {unscored} without a score"),
        Card(
            "Scenarios",
            f"{len({sample.scenario for sample in samples})}",
            f"{len(data.board.compared)} compared, in {_plural(len({sample.family for sample in samples}), 'family')}",
        ),
        Card(
            "Checks passed",
            f"{data.statuses['passed'] / applicable:.0%}" if applicable else "-",
            f"{data.statuses['passed']:,} of {applicable:,} that apply",
        ),
        Card(
            "Cost",
            f"${sum(costs):,.2f}" if costs else "unknown",
            f"{tokens / 1000:,.0f}k tokens" + (f"; {len(samples) - len(costs)} unpriced" if costs else ""),
        ),
    ]
    return shown


def _plural(count: int, word: str) -> str:
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{count} {word if count == 1 else plural}"


def _mean(value: Estimate | None) -> str:
    return f"{value.mean:.3f}" if value else "-"


def _interval(value: Estimate | None) -> str:
    if value is None or value.low is None or value.high is None:
        return "no interval"
    return f"95 % {value.low:.2f} to {value.high:.2f}"

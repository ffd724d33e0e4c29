"""What changed: the sides that somebody chose, or the newest two runs that can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from reports.compare.comparison import DEFAULT_RULES, compare
from reports.compare.model import Comparison, Count
from reports.compare.sides import Side, read_side
from reports.selection import Filters, SampleRow, Scenario
from reports.store import Store

LOOK_BACK = 60
"""So many of the newest runs are looked at."""


@dataclass
class RunGroup:
    """The answers of one run."""

    run_id: str
    started_at: datetime
    models: set[str] = field(default_factory=set[str])
    personas: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    asked: set[tuple[str, Scenario, int]] = field(default_factory=set[tuple[str, Scenario, int]])
    """Model, scenario and version of each answer that has a score."""


@dataclass(frozen=True)
class Change:
    """A comparison, or why there is none."""

    comparison: Comparison | None
    note: str = ""
    """What a reader must know about the choice of its sides; empty when nothing is odd."""


def compare_sides(base: Side, head: Side) -> Change:
    """Compare two sides of the store; links to the evidence lead into the report itself."""
    return Change(compare(base, head, DEFAULT_RULES, reports=Count(base="", head="")))


def find_change(store: Store, filters: Filters, samples: Sequence[SampleRow]) -> Change:
    """Compare the newest run among `samples` that has a counterpart with its counterpart.

    A counterpart is the latest earlier run of the same models on practically the same scenarios; one with the same
    persona is preferred, and where there is none, one with another single persona shows what the persona changed.
    """
    runs = run_groups(samples)[:LOOK_BACK]
    if not runs:
        return Change(None, "There are no runs.")
    newest = runs[0]
    for position, head in enumerate(runs):
        base = _counterpart(head, runs[position + 1 :])
        if base is None:
            continue
        before, after = (_side(store, filters, run) for run in (base, head))
        return replace(compare_sides(before, after), note="" if head is newest else _not_compared(newest))
    if filters.run_ids:
        return Change(
            None,
            "This report is of chosen runs only, none of which can be compared with another; archeval report shows "
            "them beside the earlier ones of the store.",
        )
    return Change(
        None, "No earlier run asked the same models the same scenarios, so there is nothing to compare with yet."
    )


def _not_compared(newest: RunGroup) -> str:
    return (
        f"The newest run, {newest.run_id} of {newest.started_at:%Y-%m-%d %H:%M} UTC, has no counterpart and is not "
        "compared."
    )


def run_groups(samples: Sequence[SampleRow]) -> list[RunGroup]:
    """Return the runs of `samples`, the newest first."""
    groups: dict[str, RunGroup] = {}
    for sample in samples:
        group = groups.setdefault(sample.run_id, RunGroup(sample.run_id, sample.created_at))
        group.started_at = min(group.started_at, sample.created_at)
        group.models.add(sample.model)
        group.personas.add((sample.persona_name, sample.persona_hash))
        if sample.score is not None:
            group.asked.add((sample.model, sample.scenario, sample.comparability))
    return sorted(groups.values(), key=lambda group: (group.started_at, group.run_id), reverse=True)


def _side(store: Store, filters: Filters, run: RunGroup) -> Side:
    return read_side(
        store, Filters(families=filters.families, models=filters.models, run_ids=(run.run_id,)), run.run_id
    )


def _counterpart(head: RunGroup, earlier: Sequence[RunGroup]) -> RunGroup | None:
    fitting = [base for base in earlier if base.models == head.models and _overlap(base, head)]
    same = [base for base in fitting if base.personas == head.personas]
    single = [base for base in fitting if len(base.personas) == len(head.personas) == 1]
    return next(iter(same or single), None)


def _overlap(base: RunGroup, head: RunGroup) -> bool:
    """Whether so few scenarios are in one of them only that a comparison still has a verdict."""
    every = base.asked | head.asked
    return bool(every) and len(base.asked & head.asked) >= (1 - DEFAULT_RULES.max_left_out) * len(every)

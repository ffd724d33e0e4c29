"""The leaderboard's data: one row per model and persona, on scenarios that all of them have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from reports.ranks import Place, places
from reports.records import UNSCORED_OUTCOMES
from reports.repeats import Repeats, repeats
from reports.selection import Entrant, Filters, SampleRow, Scenario, Selection, select
from reports.statistics import Estimate, estimate
from reports.store import Store

By = Literal["model", "persona", "both"]
"""What a row stands for."""


@dataclass(frozen=True)
class Row:
    """How one model with one persona did, or one model with all personas, or one persona with all models.

    Score and solved rate are over the compared scenarios. The counts of samples and of unscored ones are over all that
    the entrant has in the selection, so that nothing goes missing.
    """

    model: str
    persona_name: str
    persona_hash: str
    score: Estimate | None
    solved: Estimate | None
    scenarios: int
    own_scenarios: int
    epochs: float
    """Answers per own scenario, unscored ones included, on average."""
    samples: int
    scored: int
    unscored: int
    input_tokens: int
    output_tokens: int
    tokens_per_sample: float
    cost_usd: float | None
    """Sum over the samples whose cost is known; None when none is."""
    cost_known: int
    """How many samples have a known cost."""
    generation_s_per_sample: float
    grading_s_per_sample: float
    coverage: float
    """Own scenarios as a part of all that are selected, 0..1."""
    place: Place | None
    """None without a score."""
    repeats: Repeats | None
    """None where some compared scenario has fewer than `Leaderboard.k` scored epochs."""

    @property
    def unscored_share(self) -> float:
        """Unscored samples as a part of all, 0..1."""
        return self.unscored / self.samples

    @property
    def entrant(self) -> Entrant:
        """Model and persona."""
        return self.model, self.persona_name, self.persona_hash


@dataclass(frozen=True)
class Leaderboard:
    """Rows from best to worst, the scenarios that they are compared on, and what a reader must know."""

    rows: list[Row]
    compared: list[Scenario]
    notes: list[str]
    by: By = "both"
    k: int = 1
    """Of pass@k and pass^k."""


def leaderboard(store: Store, filters: Filters | None = None, *, by: By = "both", k: int | None = None) -> Leaderboard:
    """Read the leaderboard of the samples that `filters` let through."""
    with store.reading() as connection:
        return rank(select(connection, filters or Filters()), by=by, k=k)


def rank(selection: Selection, *, by: By = "both", k: int | None = None) -> Leaderboard:
    """Make the leaderboard of `selection`. `k` is by default the largest that every row's epochs allow."""
    groups: dict[Entrant, list[SampleRow]] = {}
    for sample in selection.samples:
        groups.setdefault(_group(sample, by), []).append(sample)
    compared = _shared_scenarios(groups.values())
    answers = {entrant: _answers(samples, compared) for entrant, samples in groups.items()}
    chosen_k = k or min((len(epochs) for own in answers.values() for epochs in own.solved.values()), default=1)
    found = dict(zip(groups, places([own.scores for own in answers.values()]), strict=True))
    every = len({sample.scenario for sample in selection.samples})
    rows = [
        _row(_named(entrant, samples), samples, answers[entrant], place=found[entrant], k=chosen_k, every=every)
        for entrant, samples in groups.items()
    ]
    rows.sort(key=_order)
    notes = [*_notes(groups, compared, selection.older, rows), *_mixed(groups, by)]
    return Leaderboard(rows, sorted(compared), notes, by, chosen_k)


def _group(sample: SampleRow, by: By) -> Entrant:
    if by == "model":
        return sample.model, "", ""
    return ("", sample.persona_name, sample.persona_hash) if by == "persona" else sample.entrant


def _named(entrant: Entrant, samples: Sequence[SampleRow]) -> Entrant:
    """The row's names: where the row is for all models or personas, the only one, or how many."""
    models = sorted({sample.model for sample in samples})
    personas = sorted({(sample.persona_name, sample.persona_hash) for sample in samples})
    name, digest = personas[0] if len(personas) == 1 else (f"{len(personas)} personas", "")
    model = models[0] if len(models) == 1 else f"{len(models)} models"
    return entrant[0] or model, entrant[1] or name, entrant[2] or digest


def _mixed(groups: dict[Entrant, list[SampleRow]], by: By) -> list[str]:
    """Say when rows differ in what they were pooled over, since that alone makes them differ."""
    if by == "both":
        return []
    pooled = [
        {sample.entrant[1:] if by == "model" else sample.entrant[:1] for sample in samples}
        for samples in groups.values()
    ]
    if all(one == pooled[0] for one in pooled):
        return []
    what = "personas" if by == "model" else "models"
    return [
        f"The rows were not asked with the same {what}, which alone may make them differ; narrow or list --by both."
    ]


@dataclass(frozen=True)
class _Answers:
    """Scored answers to the compared scenarios, by scenario."""

    scores: dict[str, list[float]]
    solved: dict[str, list[float]]


def _answers(samples: Sequence[SampleRow], compared: set[Scenario]) -> _Answers:
    own = _Answers({}, {})
    for sample in samples:
        if sample.score is not None and sample.solved is not None and sample.scenario in compared:
            key = "/".join(sample.scenario)
            own.scores.setdefault(key, []).append(sample.score)
            own.solved.setdefault(key, []).append(float(sample.solved))
    return own


def _shared_scenarios(groups: Iterable[Sequence[SampleRow]]) -> set[Scenario]:
    """Scenarios with a score for everyone who has any score; who has none at all does not shrink the set."""
    scored = [{sample.scenario for sample in samples if sample.score is not None} for samples in groups]
    scored = [scenarios for scenarios in scored if scenarios]
    return set[Scenario].intersection(*scored) if scored else set()


def _row(
    entrant: Entrant, samples: Sequence[SampleRow], answers: _Answers, *, place: Place | None, k: int, every: int
) -> Row:
    costs = [sample.total_cost_usd for sample in samples if sample.total_cost_usd is not None]
    own, count = len({sample.scenario for sample in samples}), len(samples)
    unscored = sum(sample.outcome in UNSCORED_OUTCOMES for sample in samples)
    input_tokens = sum(sample.input_tokens for sample in samples)
    output_tokens = sum(sample.output_tokens for sample in samples)
    model, persona_name, persona_hash = entrant
    return Row(
        model=model,
        persona_name=persona_name,
        persona_hash=persona_hash,
        score=estimate(answers.scores),
        solved=estimate(answers.solved),
        scenarios=len(answers.scores),
        own_scenarios=own,
        epochs=count / own,
        samples=count,
        scored=count - unscored,
        unscored=unscored,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        tokens_per_sample=(input_tokens + output_tokens) / count,
        cost_usd=sum(costs) if costs else None,
        cost_known=len(costs),
        generation_s_per_sample=sum(sample.generation_s for sample in samples) / count,
        grading_s_per_sample=sum(sample.grading_s for sample in samples) / count,
        coverage=own / every,
        place=place,
        repeats=repeats(answers.solved, k),
    )


def _order(row: Row) -> tuple[float, float, Entrant]:
    score = row.score.mean if row.score else -1.0
    solved = row.solved.mean if row.solved else -1.0
    return -round(score, 9), -round(solved, 9), row.entrant


def _notes(
    groups: dict[Entrant, list[SampleRow]],
    compared: set[Scenario],
    older: dict[Scenario, int],
    rows: Sequence[Row],
) -> list[str]:
    if not groups:
        return ["No samples match."]
    notes: list[str] = []
    everything = {sample.scenario for samples in groups.values() for sample in samples}
    left_out = sorted(everything - compared)
    if left_out and compared:
        notes.append(
            f"Compared on the {len(compared)} of {len(everything)} scenarios that every row has a score for; "
            f"left out: {_listed(left_out)}."
        )
    elif left_out:
        notes.append("No scenario has a score for every row, so there is nothing to compare on.")
    if older:
        notes.append(
            f"{sum(older.values())} samples of older, incomparable scenario versions are left out: "
            f"{_listed(sorted(older))}."
        )
    unscored = sum(row.unscored for row in rows)
    if unscored:
        total = sum(row.samples for row in rows)
        notes.append(f"{unscored} of {total} samples have no score (harness or provider); they do not count as 0.")
    return notes


def _listed(scenarios: Sequence[Scenario], limit: int = 8) -> str:
    names = ["/".join(scenario) for scenario in scenarios]
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")

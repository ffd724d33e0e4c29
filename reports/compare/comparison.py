"""Compares two sides: did the head do worse than the base, and is that real?"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.compare.checks import check_cells, check_changes, collect_checks, flips
from reports.compare.effects import adjusted, epochs_to_decide, suite_effect, verdict_of, wider_effect
from reports.compare.intervals import MIN_CLUSTERS
from reports.compare.matching import Matched, Stratum, match
from reports.compare.measurements import measurement_changes, resource_changes
from reports.compare.model import Comparison, Count, Effect, Family, Rules, SideSummary, Verdict, Whole
from reports.compare.power import MOST
from reports.compare.sides import Side
from reports.compare.verdict import conclude

DEFAULT_RULES = Rules()
DEFAULT_REPORT = "report.html"


def compare(
    base: Side,
    head: Side,
    rules: Rules = DEFAULT_RULES,
    *,
    reports: Count[str] | None = None,
) -> Comparison:
    """Compare `head` with `base`. `reports` says where the two sides' HTML reports are, for links to evidence.

    Raises InputError when the sides share answers or mix models or personas that are not the same on both.
    """
    matched = match(base, head)
    strata = matched.strata
    confidence = 1 - rules.alpha
    scores = judge_scores(matched, rules)
    checks, lonely = collect_checks(strata, base, head)
    return Comparison(
        verdict=scores.verdict,
        reasons=scores.reasons,
        rules=rules,
        base=_summary(base),
        head=_summary(head),
        on_this_suite=scores.whole,
        solved=_solved(strata, confidence),
        on_scenarios_like_these=_wider(strata, confidence),
        families=scores.families,
        checks=check_changes(checks, confidence),
        cells=check_cells(checks),
        flips=flips(
            checks, base, head, alpha=rules.alpha, reports=reports or Count(base=DEFAULT_REPORT, head=DEFAULT_REPORT)
        ),
        measurements=measurement_changes(strata, base, head, confidence=confidence),
        resources=resource_changes(strata, confidence=confidence) if strata else [],
        left_out=matched.left_out,
        unscored=matched.unscored,
        notes=[*matched.notes, *_notes(matched, lonely)],
    )


@dataclass(frozen=True)
class Judged:
    """What the scores alone say."""

    verdict: Verdict
    reasons: list[str]
    whole: Whole | None
    families: list[Family]


def judge_scores(matched: Matched, rules: Rules) -> Judged:
    """Return the verdict on the matched answers' scores, for the whole and for each family."""
    whole, families = _whole(matched.strata, rules), _families(matched.strata, rules)
    verdict, reasons = conclude(matched, whole, families, rules)
    return Judged(verdict, reasons, whole, families)


@dataclass(frozen=True)
class _Scores:
    base: list[list[float]]
    head: list[list[float]]


def _scores(strata: Sequence[Stratum]) -> _Scores:
    return _Scores(
        [[sample.score for sample in stratum.base if sample.score is not None] for stratum in strata],
        [[sample.score for sample in stratum.head if sample.score is not None] for stratum in strata],
    )


def _whole(strata: Sequence[Stratum], rules: Rules) -> Whole | None:
    if not strata:
        return None
    scores = _scores(strata)
    effect = suite_effect(scores.base, scores.head, confidence=1 - rules.alpha, unit_range=True)
    verdict = verdict_of(effect, rules.floor)
    epochs = _needed(verdict, effect, scores, rules.floor)
    return Whole(effect=effect, verdict=verdict, epochs_needed=epochs, epochs_beyond=_beyond(verdict, epochs))


def _families(strata: Sequence[Stratum], rules: Rules) -> list[Family]:
    groups: dict[str, list[Stratum]] = {}
    for stratum in strata:
        groups.setdefault(stratum.scenario[0], []).append(stratum)
    confidence = 1 - rules.alpha / max(1, len(groups))
    scores = {family: _scores(members) for family, members in groups.items()}
    effects = adjusted(
        [suite_effect(own.base, own.head, confidence=confidence, unit_range=True) for own in scores.values()]
    )
    found: list[Family] = []
    for (family, own), effect in zip(scores.items(), effects, strict=True):
        verdict = verdict_of(effect, rules.floor)
        epochs = _needed(verdict, effect, own, rules.floor)
        found.append(
            Family(
                family=family,
                effect=effect,
                verdict=verdict,
                epochs_needed=epochs,
                epochs_beyond=_beyond(verdict, epochs),
            )
        )
    return found


def _needed(verdict: Verdict, effect: Effect, scores: _Scores, floor: float) -> int | None:
    return epochs_to_decide(effect, scores.base, scores.head, floor) if verdict == "inconclusive" else None


def _beyond(verdict: Verdict, epochs: int | None) -> int | None:
    return MOST if verdict == "inconclusive" and epochs is None else None


def _solved(strata: Sequence[Stratum], confidence: float) -> Effect | None:
    if not strata:
        return None
    base = [[float(bool(sample.solved)) for sample in stratum.base] for stratum in strata]
    head = [[float(bool(sample.solved)) for sample in stratum.head] for stratum in strata]
    return suite_effect(base, head, confidence=confidence, unit_range=True)


def _wider(strata: Sequence[Stratum], confidence: float) -> Effect | None:
    scenarios = [stratum.scenario for stratum in strata]
    if len(set(scenarios)) < MIN_CLUSTERS:
        return None
    scores = _scores(strata)
    return wider_effect(scenarios, scores.base, scores.head, confidence=confidence)


def _summary(side: Side) -> SideSummary:
    samples = side.samples
    return SideSummary(
        label=side.label,
        models=sorted({sample.model for sample in samples}),
        model_snapshots=sorted({sample.model_snapshot for sample in samples if sample.model_snapshot}),
        personas=sorted({f"{sample.persona_name} {sample.persona_hash[:8]}" for sample in samples}),
        runs=sorted({sample.run_id for sample in samples}),
        answers=len({sample.sample_uuid for sample in samples}),
        first_answer=min(sample.created_at for sample in samples).isoformat(timespec="seconds") + "Z",
        last_answer=max(sample.created_at for sample in samples).isoformat(timespec="seconds") + "Z",
    )


def _notes(matched: Matched, lonely: Sequence[str]) -> list[str]:
    scenarios = len({stratum.scenario for stratum in matched.strata})
    notes: list[str] = []
    if 0 < scenarios < MIN_CLUSTERS:
        notes.append(
            f"On this suite only: claims on scenarios like these need more than the {scenarios} here, "
            f"at least {MIN_CLUSTERS}."
        )
    if lonely:
        more = f" and {len(lonely) - 5} more" if len(lonely) > 5 else ""
        notes.append(f"Checks that only one side has are not compared: {', '.join(lonely[:5])}{more}.")
    return notes

"""The report's first words: what changed, whether it is real, and where the evidence is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from reports.compare.model import (
    CheckChange,
    Comparison,
    Count,
    Effect,
    Flip,
    Proof,
    ResourceChange,
    SideSummary,
    Verdict,
)
from reports.compare.verdict import interval_text, p_text
from reports.compare.words import left_out_lines, measurement_rows, resource_rows
from reports.html.changes import Change
from reports.html.figures import EffectLane, effect_lane, effect_limit

SHOWN_FLIPS = 200
SHOWN_NUMBERS = 12

HEADLINES: dict[Verdict, str] = {
    "regression": "It got worse, and that is more than chance.",
    "improvement": "It got better, and that is more than chance.",
    "no regression": "It did not get worse.",
    "inconclusive": "Whether it got worse cannot be told yet.",
    "not comparable": "They cannot be compared.",
}


@dataclass(frozen=True)
class Line:
    """One number before and after, with the drawing of its difference."""

    name: str
    base: str
    head: str
    difference: str
    interval: str
    p: str
    lane: EffectLane
    verdict: str
    tone: str
    """good, bad, open or plain."""


@dataclass(frozen=True)
class SideText:
    """Who one side is."""

    label: str
    kind: str
    """What the label is: a run, or a selection of the store."""
    when: str
    models: str
    persona: str
    answers: int


@dataclass(frozen=True)
class Summary:
    """What the summary and the section on changed checks show."""

    note: str
    headline: str
    tone: str
    verdict: str
    reasons: list[str]
    base: SideText | None
    head: SideText | None
    lines: list[Line]
    limit: float
    flips: list[Flip]
    flips_left: int
    worse: int
    better: int
    chance: int
    rates: list[CheckChange]
    measurements: list[tuple[str, ...]]
    measurements_left: int
    resources: list[tuple[str, ...]]
    left_out: list[str]
    notes: list[str]


def summarise(change: Change, shown: Collection[str] | None = None) -> Summary:
    """Put `change` into words. Only answers among `shown`, by uuid, are linked to; by default all are."""
    found = change.comparison
    if found is None:
        return Summary(
            note=change.note, headline="", tone="plain", verdict="", reasons=[], base=None, head=None, lines=[],
            limit=1.0, flips=[], flips_left=0, worse=0, better=0, chance=0, rates=[], measurements=[],
            measurements_left=0, resources=[], left_out=[], notes=[],
        )  # fmt: skip
    limit = effect_limit(_effects(found), found.rules.floor)
    numbers = measurement_rows([one for one in found.measurements if one.change != "unclear"])
    return Summary(
        note=change.note,
        headline=HEADLINES[found.verdict],
        tone=_tone(found.verdict),
        verdict=found.verdict,
        reasons=found.reasons,
        base=_side(found.base),
        head=_side(found.head),
        lines=_lines(found, limit),
        limit=limit,
        flips=[_linked(flip, shown) for flip in found.flips[:SHOWN_FLIPS]],
        flips_left=max(0, len(found.flips) - SHOWN_FLIPS),
        worse=sum(flip.worse and flip.real for flip in found.flips),
        better=sum(not flip.worse and flip.real for flip in found.flips),
        chance=sum(not flip.real for flip in found.flips),
        rates=_moved(found.checks),
        measurements=numbers[:SHOWN_NUMBERS],
        measurements_left=max(0, len(numbers) - SHOWN_NUMBERS),
        resources=resource_rows(_known(found.resources)),
        left_out=left_out_lines(found),
        notes=found.notes,
    )


def _linked(flip: Flip, shown: Collection[str] | None) -> Flip:
    """Take away the links to answers that the report does not show: those of older versions, or of other runs."""

    def linked(proof: Proof) -> Proof:
        return proof if shown is None or proof.sample_uuid in shown else proof.model_copy(update={"link": ""})

    return flip.model_copy(update={"proof": Count(base=linked(flip.proof.base), head=linked(flip.proof.head))})


def _effects(found: Comparison) -> list[Effect]:
    """All that one axis must hold."""
    wholes = [found.on_this_suite, *found.families]
    effects = [whole.effect for whole in wholes if whole]
    return [*effects, *(effect for effect in (found.solved, found.on_scenarios_like_these) if effect)]


def _lines(found: Comparison, limit: float) -> list[Line]:
    floor = found.rules.floor
    lines: list[Line] = []
    if found.on_this_suite:
        whole = found.on_this_suite
        lines.append(_line("Score, on this suite", whole.effect, limit, floor, whole.verdict))
    if found.solved:
        lines.append(_line("Solved, on this suite", found.solved, limit, floor, ""))
    if found.on_scenarios_like_these:
        lines.append(_line("Score, on scenarios like these", found.on_scenarios_like_these, limit, floor, ""))
    if len(found.families) > 1:
        lines += [_line(one.family, one.effect, limit, floor, one.verdict) for one in found.families]
    return lines


def _line(name: str, effect: Effect, limit: float, floor: float, verdict: Verdict | str) -> Line:
    return Line(
        name=name,
        base=f"{effect.base:.3f}",
        head=f"{effect.head:.3f}",
        difference=f"{effect.difference:+.3f}",
        interval=interval_text(effect),
        p=p_text(effect.p_adjusted).removeprefix("= "),
        lane=effect_lane(effect, limit, floor),
        verdict=verdict,
        tone=_tone(verdict),
    )


def _tone(verdict: str) -> str:
    return {
        "regression": "bad",
        "improvement": "good",
        "no regression": "good",
        "inconclusive": "open",
        "not comparable": "open",
    }.get(verdict, "plain")


def _side(side: SideSummary) -> SideText:
    first, last = side.first_answer[:16].replace("T", " "), side.last_answer[:16].replace("T", " ")
    return SideText(
        label=side.label,
        kind="selection" if "=" in side.label else "run",
        when=f"{first} UTC" if first == last else f"{first} to {last} UTC",
        models=", ".join(side.models),
        persona=", ".join(side.personas),
        answers=side.answers,
    )


def _moved(checks: Sequence[CheckChange]) -> list[CheckChange]:
    changed = [check for check in checks if check.effect.difference]
    changed.sort(key=lambda one: (one.effect.difference, one.family, one.check_id))
    return changed


def _known(resources: Sequence[ResourceChange]) -> list[ResourceChange]:
    return [one for one in resources if one.effect is not None]

"""A comparison in rows of short texts, which the table and the Markdown share."""

from collections.abc import Sequence

from reports.compare.model import (
    CheckChange,
    Comparison,
    Effect,
    Family,
    Flip,
    MeasurementChange,
    ResourceChange,
    Whole,
)
from reports.compare.verdict import interval_text

SCORE_HEADINGS = ("", "base", "head", "difference", "interval", "p", "scenarios", "answers", "")
CHECK_HEADINGS = ("family", "check", "base passed", "head passed", "difference", "p")
FLIP_HEADINGS = ("scenario", "check", "base passed", "head passed", "own flip rate", "p", "")
MEASUREMENT_HEADINGS = ("scenario", "measurement", "base", "head", "ratio", "p", "")
RESOURCE_HEADINGS = ("per answer", "base", "head", "difference", "interval", "p", "unknown")


def score_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """The whole, the solved rate and the families."""
    rows: list[tuple[str, ...]] = []
    if comparison.on_this_suite is not None:
        rows.append(_whole_row("on this suite", comparison.on_this_suite))
    if comparison.on_scenarios_like_these is not None:
        rows.append(_effect_row("on scenarios like these", comparison.on_scenarios_like_these, ""))
    if comparison.solved is not None:
        rows.append(_effect_row("solved, on this suite", comparison.solved, ""))
    if len(comparison.families) > 1:
        rows += [_whole_row(family.family, family) for family in comparison.families]
    return rows


def check_rows(checks: Sequence[CheckChange]) -> list[tuple[str, ...]]:
    """Checks whose rate changed, those that fell most first."""
    changed = sorted(
        (check for check in checks if check.effect.difference), key=lambda one: (one.effect.difference, one.check_id)
    )
    return [
        (
            check.family,
            check.check_id,
            f"{check.effect.base:.0%}",
            f"{check.effect.head:.0%}",
            f"{check.effect.difference:+.0%}",
            p_cell(check.effect.p_adjusted),
        )
        for check in changed
    ]


def flip_rows(flips: Sequence[Flip]) -> list[tuple[str, ...]]:
    """Flips, in their order."""
    return [
        (
            flip.scenario,
            flip.check_id + (" (gate)" if flip.gate else ""),
            f"{flip.passed.base} of {flip.epochs.base}",
            f"{flip.passed.head} of {flip.epochs.head}",
            "unknown" if flip.own_flip_rate is None else f"{flip.own_flip_rate:.0%}",
            p_cell(flip.p_value),
            f"{'worse' if flip.worse else 'better'}{'' if flip.real else ', or chance'}",
        )
        for flip in flips
    ]


def measurement_rows(measurements: Sequence[MeasurementChange]) -> list[tuple[str, ...]]:
    """Measurements that changed, the least likely by chance first."""
    changed = sorted(
        (one for one in measurements if one.effect.difference),
        key=lambda one: (one.effect.p_value, one.scenario, one.name),
    )
    return [
        (
            one.scenario,
            one.name,
            f"{one.effect.base:,.4g} {one.unit}",
            f"{one.effect.head:,.4g} {one.unit}",
            "-" if one.ratio is None else f"{one.ratio:.2f}",
            p_cell(one.effect.p_adjusted),
            one.change,
        )
        for one in changed
    ]


def resource_rows(resources: Sequence[ResourceChange]) -> list[tuple[str, ...]]:
    """What an answer takes."""
    rows: list[tuple[str, ...]] = []
    for one in resources:
        unknown = "" if not (one.unknown.base or one.unknown.head) else f"{one.unknown.base} / {one.unknown.head}"
        if one.effect is None:
            rows.append((one.name, "-", "-", "-", "-", "-", unknown))
            continue
        low, high = one.effect.low, one.effect.high
        interval = "unknown" if low is None or high is None else f"{low:+,.4g} to {high:+,.4g}"
        numbers = (f"{one.effect.base:,.4g}", f"{one.effect.head:,.4g}", f"{one.effect.difference:+,.4g}", interval)
        name = one.name if one.unit in one.name else f"{one.name} ({one.unit})"
        rows.append((name, *numbers, p_cell(one.effect.p_value), unknown))
    return rows


def left_out_lines(comparison: Comparison) -> list[str]:
    """A line for each scenario that cannot be compared, and one for each side's answers without a score."""
    lines = [
        f"not compared: {one.scenario}: {one.why}"
        + (f" ({one.versions.base} against {one.versions.head})" if one.why == "another version" else "")
        for one in comparison.left_out
    ]
    for name, side in (("base", comparison.unscored.base), ("head", comparison.unscored.head)):
        if side.unscored:
            lines.append(
                f"without a score (harness or provider): {side.unscored} of {side.answers} answers of the {name}, in "
                f"{', '.join(side.scenarios)}"
            )
    return lines


def side_line(comparison: Comparison, name: str) -> str:
    """Who a side is."""
    side = comparison.base if name == "base" else comparison.head
    return (
        f"{side.label}: {', '.join(side.models)}; persona {', '.join(side.personas)}; "
        f"{side.answers} answers of {side.first_answer[:10]}"
    )


def p_cell(p: float) -> str:
    """A p-value in a cell."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _whole_row(name: str, whole: Whole | Family) -> tuple[str, ...]:
    verdict = whole.verdict
    if verdict == "inconclusive":
        verdict += f" ({whole.epochs_needed:,} epochs)" if whole.epochs_needed else " (too many epochs)"
    return _effect_row(name, whole.effect, verdict)


def _effect_row(name: str, effect: Effect, verdict: str) -> tuple[str, ...]:
    return (
        name,
        f"{effect.base:.3f}",
        f"{effect.head:.3f}",
        f"{effect.difference:+.3f}",
        interval_text(effect),
        p_cell(effect.p_adjusted),
        f"{effect.scenarios}",
        f"{effect.answers.base} / {effect.answers.head}",
        verdict,
    )

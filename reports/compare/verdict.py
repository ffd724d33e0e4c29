"""The verdict on a whole comparison, and its reasons in words."""

from collections.abc import Sequence

from reports.compare.intervals import METHOD_NOTES
from reports.compare.matching import Matched
from reports.compare.model import Effect, Family, Rules, Verdict, Whole


def conclude(
    matched: Matched, whole: Whole | None, families: Sequence[Family], rules: Rules
) -> tuple[Verdict, list[str]]:
    """Return the verdict and why. A family that got worse makes a regression, whatever the whole says."""
    obstacles = _obstacles(matched, rules)
    if whole is None or obstacles:
        return "not comparable", obstacles or ["There is no scenario with a score on both sides."]
    worse = [family for family in families if family.verdict == "regression"]
    reasons = [f"On this suite, the score {_moved(whole.effect)}."]
    if whole.verdict == "regression" or worse:
        # A single family is the whole.
        reasons += [f"{family.family}: the score {_moved(family.effect)}." for family in worse if len(families) > 1]
        return "regression", reasons
    if whole.verdict == "inconclusive":
        reasons.append(
            f"A drop of {rules.floor:g} or more can be neither shown nor excluded: {METHOD_NOTES[whole.effect.method]}."
        )
        reasons.append(needed(whole))
    elif whole.verdict == "no regression":
        reasons.append(f"A drop of more than {rules.floor:g} is excluded.")
    return whole.verdict, reasons


def needed(whole: Whole) -> str:
    """Say how many epochs would decide."""
    if whole.epochs_needed is None:
        return f"More than {whole.epochs_beyond:,} epochs per scenario and side would be needed; add scenarios instead."
    return (
        f"About {whole.epochs_needed:,} epochs per scenario and side would decide it, four times in five, if the "
        "difference is what it looks like."
    )


def interval_text(effect: Effect) -> str:
    """The interval in words, such as `-0.120 to +0.030`."""
    if effect.low is None or effect.high is None:
        return "unknown"
    return f"{effect.low:+.3f} to {effect.high:+.3f}"


def _moved(effect: Effect) -> str:
    return (
        f"went from {effect.base:.3f} to {effect.head:.3f}: {effect.difference:+.3f}, "
        f"{effect.confidence * 100:.4g} % interval {interval_text(effect)}, p {p_text(effect.p_adjusted)}"
    )


def p_text(p: float) -> str:
    """A p-value as people write it."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _obstacles(matched: Matched, rules: Rules) -> list[str]:
    found: list[str] = []
    if matched.left_out_share > rules.max_left_out:
        total = len(matched.left_out) + len(matched.strata)
        found.append(
            f"{len(matched.left_out)} of {total} scenarios cannot be compared ({_kinds(matched)}); "
            f"the limit is {rules.max_left_out:.0%}."
        )
    for name, side in (("base", matched.unscored.base), ("head", matched.unscored.head)):
        if side.share > rules.max_unscored:
            found.append(
                f"{side.unscored} of {side.answers} answers of the {name} have no score; "
                f"the limit is {rules.max_unscored:.0%}. `archeval score --only-unscored` grades them again."
            )
    return found


def _kinds(matched: Matched) -> str:
    counts: dict[str, int] = {}
    for one in matched.left_out:
        counts[one.why] = counts.get(one.why, 0) + 1
    return ", ".join(f"{count} {why}" for why, count in sorted(counts.items()))

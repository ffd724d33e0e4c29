"""What became of measured numbers, and of what an answer takes: tokens, dollars, seconds."""

from collections.abc import Callable, Sequence

from reports.compare.effects import adjusted, suite_effect
from reports.compare.matching import Stratum
from reports.compare.model import Change, Count, Effect, MeasurementChange, ResourceChange
from reports.compare.sides import MeasurementRow, Side
from reports.selection import SampleRow

Kind = tuple[str, str, str]
"""Name, unit, direction."""

RESOURCES: tuple[tuple[str, str, Callable[[SampleRow], float | None]], ...] = (
    ("input tokens", "tokens", lambda sample: float(sample.input_tokens)),
    ("output tokens", "tokens", lambda sample: float(sample.output_tokens)),
    ("cost", "USD", lambda sample: sample.total_cost_usd),
    ("generation", "s", lambda sample: sample.generation_s),
    ("grading", "s", lambda sample: sample.grading_s),
)
"""Per answer."""


def measurement_changes(
    strata: Sequence[Stratum], base: Side, head: Side, *, confidence: float
) -> list[MeasurementChange]:
    """Return the change of each number that both sides measured in a scenario, p-values adjusted for all together."""
    found: list[tuple[Stratum, MeasurementRow, Effect]] = []
    for stratum in strata:
        before, after = _by_kind(stratum.base, base), _by_kind(stratum.head, head)
        for kind in sorted(before.keys() & after.keys()):
            values = [[row.value for row in side[kind]] for side in (before, after)]
            effect = suite_effect([values[0]], [values[1]], confidence=confidence, unit_range=False)
            found.append((stratum, after[kind][-1], effect))
    effects = adjusted([effect for _, _, effect in found])
    return [
        MeasurementChange(
            scenario=stratum.name,
            name=row.name,
            unit=row.unit,
            direction=row.direction,
            target=row.target,
            effect=effect,
            ratio=effect.head / effect.base if effect.base else None,
            change=_change(effect, row.direction, 1 - confidence),
        )
        for (stratum, row, _), effect in zip(found, effects, strict=True)
    ]


def resource_changes(strata: Sequence[Stratum], *, confidence: float) -> list[ResourceChange]:
    """Return what an answer takes on both sides, on the scenarios where both are known."""
    return [_resource(strata, name, unit, value, confidence) for name, unit, value in RESOURCES]


def _resource(
    strata: Sequence[Stratum], name: str, unit: str, value: Callable[[SampleRow], float | None], confidence: float
) -> ResourceChange:
    sides = [[_known(samples, value) for samples in side] for side in _samples(strata)]
    unknown = [sum(map(len, side)) - sum(map(len, known)) for side, known in zip(_samples(strata), sides, strict=True)]
    both = [pair for pair in zip(*sides, strict=True) if pair[0] and pair[1]]
    effect = None
    if both:
        before, after = [pair[0] for pair in both], [pair[1] for pair in both]
        effect = suite_effect(before, after, confidence=confidence, unit_range=False)
    return ResourceChange(name=name, unit=unit, effect=effect, unknown=Count(base=unknown[0], head=unknown[1]))


def _samples(strata: Sequence[Stratum]) -> tuple[list[list[SampleRow]], list[list[SampleRow]]]:
    return [stratum.base for stratum in strata], [stratum.head for stratum in strata]


def _known(samples: Sequence[SampleRow], value: Callable[[SampleRow], float | None]) -> list[float]:
    return [found for sample in samples if (found := value(sample)) is not None]


def _by_kind(samples: Sequence[SampleRow], side: Side) -> dict[Kind, list[MeasurementRow]]:
    found: dict[Kind, list[MeasurementRow]] = {}
    for sample in samples:
        for row in side.measurements.get(sample.sample_uuid, []):
            found.setdefault((row.name, row.unit, row.direction), []).append(row)
    return found


def _change(effect: Effect, direction: str, alpha: float) -> Change:
    if effect.p_adjusted > alpha or not effect.difference:
        return "unclear"
    return "better" if (effect.difference > 0) == (direction == "higher_is_better") else "worse"

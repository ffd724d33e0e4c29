"""What became of measured numbers, and of what an answer takes: tokens, dollars, seconds."""

from collections.abc import Callable, Sequence

from reports.compare.effects import Values, adjusted, suite_effects_of
from reports.compare.matching import Stratum
from reports.compare.model import Change, Count, Effect, MeasurementChange, ResourceChange
from reports.compare.sides import MeasurementRow, Side
from reports.selection import SampleRow

Kind = tuple[str, str, str]
"""Name, unit, direction."""

Take = Callable[[SampleRow], float | None]

RESOURCES: tuple[tuple[str, str, Take], ...] = (
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
    found: list[tuple[Stratum, MeasurementRow]] = []
    quantities: list[tuple[Values, Values]] = []
    for stratum in strata:
        before, after = _by_kind(stratum.base, base), _by_kind(stratum.head, head)
        for kind in sorted(before.keys() & after.keys()):
            found.append((stratum, after[kind][-1]))
            quantities.append(([[row.value for row in before[kind]]], [[row.value for row in after[kind]]]))
    effects = adjusted(suite_effects_of(quantities, confidence=confidence, unit_range=False))
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
        for (stratum, row), effect in zip(found, effects, strict=True)
    ]


def resource_changes(strata: Sequence[Stratum], *, confidence: float) -> list[ResourceChange]:
    """Return what an answer takes on both sides, on the scenarios where both are known."""
    known = [_known_values(strata, value) for _, _, value in RESOURCES]
    comparable = [index for index, (base, _) in enumerate(known) if base]
    effects = suite_effects_of([known[index] for index in comparable], confidence=confidence, unit_range=False)
    found = dict(zip(comparable, effects, strict=True))
    return [
        ResourceChange(name=name, unit=unit, effect=found.get(index), unknown=_unknown(strata, value))
        for index, (name, unit, value) in enumerate(RESOURCES)
    ]


def _known_values(strata: Sequence[Stratum], value: Take) -> tuple[list[list[float]], list[list[float]]]:
    """The values on both sides, in the scenarios where both have some."""
    sides = [[_known(samples, value) for samples in side] for side in _samples(strata)]
    both = [pair for pair in zip(*sides, strict=True) if pair[0] and pair[1]]
    return [pair[0] for pair in both], [pair[1] for pair in both]


def _unknown(strata: Sequence[Stratum], value: Take) -> Count[int]:
    base, head = (sum(value(sample) is None for samples in side for sample in samples) for side in _samples(strata))
    return Count(base=base, head=head)


def _samples(strata: Sequence[Stratum]) -> tuple[list[list[SampleRow]], list[list[SampleRow]]]:
    return [stratum.base for stratum in strata], [stratum.head for stratum in strata]


def _known(samples: Sequence[SampleRow], value: Take) -> list[float]:
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

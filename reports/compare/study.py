"""How large a comparison must be, from the spread that the store has seen."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy import special

from reports.compare.power import detectable, epochs_needed, scenarios_needed, wider_scenarios_needed
from reports.selection import SampleRow
from scorers.errors import InputError

CAUTION = 0.95
"""The cautious spread is not exceeded by the true one with this confidence."""


@dataclass(frozen=True)
class Spread:
    """How much epochs of the same scenario, model and persona differ."""

    deviation: float
    """Standard deviation of the score, pooled over what was repeated."""
    cautious: float
    """The largest that is compatible with what was seen, one-sided at 95 %, if scores are roughly normal."""
    scenarios: int
    epochs: float
    """Of a scenario, model and persona, on average."""
    repeated: int
    """How many of these have two epochs or more."""


@dataclass(frozen=True)
class Need:
    """What it takes to see one effect; None where it would take more than is ever proposed."""

    effect: float
    epochs: int | None
    """Per scenario and side, with the scenarios there are."""
    cautious_epochs: int | None
    """The same, with the cautious spread."""
    scenarios: int | None
    """With `Study.epochs` epochs each, on the suite that would then be."""
    wider_scenarios: int | None
    """For a claim on scenarios like these; None also where the spread of effects is not given."""


@dataclass(frozen=True)
class Study:
    """The spread, what the effects need, and the smallest effect that the present size sees."""

    spread: Spread
    scenarios: int
    epochs: int
    alpha: float
    power: float
    needs: list[Need]
    detectable: float | None


def measure_spread(samples: Sequence[SampleRow]) -> Spread:
    """Return the spread of the samples' scores. Raises InputError when nothing was asked twice."""
    groups: dict[tuple[object, ...], list[float]] = {}
    for sample in samples:
        if sample.score is not None:
            groups.setdefault((*sample.entrant, *sample.scenario, sample.comparability), []).append(sample.score)
    repeated = [scores for scores in groups.values() if len(scores) > 1]
    if not repeated:
        raise InputError(
            "the selection has no scenario that one model with one persona answered twice, so there is no spread to "
            "plan with; run it with --epochs 3 or more"
        )
    freedom = sum(len(scores) - 1 for scores in repeated)
    squares = sum(float(np.var(scores)) * len(scores) for scores in repeated)
    deviation = math.sqrt(squares / freedom)
    return Spread(
        deviation=deviation,
        cautious=deviation * math.sqrt(freedom / float(special.chdtri(freedom, CAUTION))),
        scenarios=len({(sample.family, sample.scenario_id) for sample in samples}),
        epochs=sum(map(len, groups.values())) / len(groups),
        repeated=len(repeated),
    )


def plan_study(
    spread: Spread,
    effects: Sequence[float],
    *,
    alpha: float,
    power: float,
    scenarios: int | None = None,
    epochs: int | None = None,
    effect_spread: float | None = None,
) -> Study:
    """Return what each effect needs. `scenarios` and `epochs` are the present size unless they are given."""
    size, repeats = scenarios or spread.scenarios, epochs or max(2, round(spread.epochs))
    return Study(
        spread=spread,
        scenarios=size,
        epochs=repeats,
        alpha=alpha,
        power=power,
        needs=[
            Need(
                effect=effect,
                epochs=epochs_needed(effect, spread.deviation, scenarios=size, alpha=alpha, wished=power),
                cautious_epochs=epochs_needed(effect, spread.cautious, scenarios=size, alpha=alpha, wished=power),
                scenarios=scenarios_needed(effect, spread.deviation, epochs=repeats, alpha=alpha, wished=power),
                wider_scenarios=None
                if effect_spread is None
                else wider_scenarios_needed(
                    effect, spread.deviation, effect_spread, epochs=repeats, alpha=alpha, wished=power
                ),
            )
            for effect in effects
        ],
        detectable=detectable(spread.deviation, scenarios=size, epochs=repeats, alpha=alpha, wished=power),
    )


def study_lines(study: Study) -> list[str]:
    """Say what the study's numbers rest on, and what is seen with the present size."""
    spread = study.spread
    lines = [
        f"spread: epochs of a scenario have a standard deviation of {spread.deviation:.3f} (at most "
        f"{spread.cautious:.3f}, with 95 % confidence), from {spread.repeated} scenarios asked more than once",
        f"A drop is seen with {study.power:.0%} power at alpha {study.alpha:g}; the same size excludes it when there is "
        "none.",
    ]
    if spread.deviation == 0:
        lines.append(
            "No spread was seen at all, which is no proof that there is none: take the numbers as the least possible."
        )
    if study.detectable is not None:
        lines.append(
            f"{study.scenarios} scenarios with {study.epochs} epochs on each side see a difference of "
            f"{study.detectable:.3f} or more."
        )
    return lines


def study_json(study: Study) -> dict[str, object]:
    """All of it, as JSON has it."""
    return asdict(study)

"""Scenarios validated by grading: a slice of each in CI, all of them nightly."""

import random

import pytest

from scorers.scenario import Scenario
from scorers.validation import entries_of, validate_scenarios
from tests.datasets.test_shipped import SCENARIOS

SLICE_MUTANTS = 2


def slice_of(scenario: Scenario) -> list[str]:
    """Solutions, the empty submission, and a few mutants and a cheat that differ from scenario to scenario."""
    labels: dict[str, list[str]] = {"solution": [], "empty": [], "mutant": [], "cheat": []}
    for entry in entries_of(scenario):
        labels[entry.kind].append(entry.label)
    draw = random.Random(scenario.content_hash())
    return [
        *labels["empty"],
        *labels["solution"],
        *draw.sample(labels["mutant"], SLICE_MUTANTS),
        *draw.sample(labels["cheat"], 1),
    ]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_slice_holds(scenario: Scenario) -> None:
    (validation,) = validate_scenarios([scenario], workers=1, only=slice_of(scenario))
    assert validation.problems == []
    assert len(validation.judged) >= 3 + 1 + SLICE_MUTANTS + 1


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_everything_holds(scenario: Scenario) -> None:
    (validation,) = validate_scenarios([scenario], workers=2)
    assert validation.problems == []

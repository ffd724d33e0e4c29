import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from evals.cli.main import archeval
from reports.compare.power import can_reject, detectable, epochs_needed, power, scenarios_needed, wider_power
from reports.compare.study import measure_spread, plan_study, study_lines
from reports.selection import Filters, read_samples
from reports.store import Store
from scorers.errors import InputError
from tests.reports.compare.answers import log

Invoke = Callable[..., Result]


@given(st.floats(0.05, 0.5), st.floats(0.01, 0.5), st.integers(1, 40))  # all within MOST epochs
def test_the_fewest_epochs_see_it_and_one_less_does_not(effect: float, spread: float, scenarios: int) -> None:
    found = epochs_needed(effect, spread, scenarios=scenarios, alpha=0.05)
    assert found is not None
    assert power(effect, spread, scenarios=scenarios, epochs=found, alpha=0.05) >= 0.8
    assert power(effect, spread, scenarios=scenarios, epochs=found - 1, alpha=0.05) < 0.8 if found > 1 else True


def test_numbers_of_a_textbook() -> None:
    """Two groups of n, difference of one standard deviation, 80 % at 5 %: n = 17 (Cohen 1988, table 2.4.1)."""
    assert epochs_needed(1.0, 1.0, scenarios=1, alpha=0.05) == 17
    assert epochs_needed(0.5, 1.0, scenarios=1, alpha=0.05) == 64


def test_what_no_permutation_test_can_reject_has_no_power() -> None:
    assert not can_reject(1, 3, 0.05)
    assert can_reject(1, 4, 0.05)
    assert can_reject(3, 3, 0.001)
    assert power(1.0, 0.01, scenarios=1, epochs=3, alpha=0.05) == 0
    assert power(1.0, 0.01, scenarios=1, epochs=1, alpha=0.05) == 0


def test_the_smallest_effect_that_is_seen_is_seen() -> None:
    found = detectable(0.2, scenarios=10, epochs=4, alpha=0.05)
    assert found is not None
    assert power(found, 0.2, scenarios=10, epochs=4, alpha=0.05) == pytest.approx(0.8, abs=1e-4)
    assert detectable(5.0, scenarios=1, epochs=4, alpha=0.05) is None


def test_more_epochs_cannot_replace_scenarios_in_the_wider_world() -> None:
    few, many = (wider_power(0.1, 0.2, 0.2, scenarios=20, epochs=epochs, alpha=0.05) for epochs in (5, 5000))
    assert many < 0.65
    assert few < many
    assert wider_power(0.1, 0.2, 0.2, scenarios=80, epochs=5, alpha=0.05) > 0.9


def test_an_effect_too_small_is_said_so() -> None:
    assert epochs_needed(1e-6, 0.3, scenarios=1, alpha=0.05) is None
    assert scenarios_needed(1e-6, 0.3, epochs=3, alpha=0.05) is None


def test_the_spread_is_that_of_epochs_not_of_scenarios_models_or_versions(empty_store: Store) -> None:
    for records in (
        log("one", {"a": [0.1, 0.3], "b": [0.9, 0.7, 0.8], "c": [0.5], "d": ["unscored"]}),
        log("two", {"a": [0.9, 0.9]}, model="n"),
        log("three", {"a": [0.0]}, version="2-A"),
    ):
        empty_store.ingest(records)
    with empty_store.reading() as connection:
        samples = read_samples(connection, Filters())
    found = measure_spread(samples)
    pooled = (2 * np.var([0.1, 0.3]) + 3 * np.var([0.7, 0.8, 0.9])) / 4
    assert found.deviation == pytest.approx(math.sqrt(pooled))
    assert found.cautious > found.deviation * 1.5
    assert found.repeated == 3


def test_nothing_repeated_is_no_spread(empty_store: Store) -> None:
    empty_store.ingest(log("one", {"a": [0.1], "b": [0.9]}))
    with empty_store.reading() as connection:
        samples = read_samples(connection, Filters())
    with pytest.raises(InputError, match="--epochs 3 or more"):
        measure_spread(samples)


def test_no_spread_at_all_is_no_proof(empty_store: Store) -> None:
    empty_store.ingest(log("one", {"a": [0.5, 0.5]}))
    with empty_store.reading() as connection:
        study = plan_study(measure_spread(read_samples(connection, Filters())), [0.1], alpha=0.05, power=0.8)
    assert any("no proof" in line for line in study_lines(study))


@pytest.fixture
def invoke(empty_store: Store) -> Invoke:
    empty_store.ingest(log("one", {name: [0.2, 0.6, 0.4] for name in "abcdef"}))

    def call(*args: str) -> Result:
        return CliRunner().invoke(archeval, ["power", "--store", str(empty_store.path), *args], standalone_mode=False)

    return call


def test_the_command(invoke: Invoke) -> None:
    shown = invoke("--effect", "0.1", "--effect-spread", "0.05").output
    row = shown.splitlines()[1].split()
    expected = epochs_needed(0.1, 0.2, scenarios=6, alpha=0.05)
    assert (row[0], int(row[1])) == ("0.1", expected)
    assert "spread: epochs of a scenario have a standard deviation of 0.200" in shown
    found = json.loads(invoke("--format", "json").output)
    assert [need["effect"] for need in found["needs"]] == [0.02, 0.05, 0.1, 0.2]
    assert found["needs"][2]["epochs"] == expected
    assert invoke("--format", "markdown").output.startswith("| difference | epochs (6 scenarios) |")


def test_the_command_refuses_an_empty_selection(invoke: Invoke) -> None:
    assert isinstance(invoke("model=other").exception, InputError)

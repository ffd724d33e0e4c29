"""Scenarios validated by grading: a slice of each in CI, all of them nightly."""

import pytest

from scorers.scenario import Scenario
from scorers.validation import entries_of, validate_scenarios
from tests.datasets.test_shipped import SCENARIOS

SLICE = {
    "multi_tenant_saas": ["mutants/comments_without_rls", "mutants/no_page_index", "cheats/scan_in_a_function"],
    "ecommerce_orders": ["mutants/stock_checked_then_written", "mutants/page_skips_ties", "cheats/shadowed_functions"],
    "evolve_billing": ["mutants/backfill_misses_null", "mutants/function_stays", "cheats/settings_hide_plans"],
    "order_history": ["mutants/rounds_half_up", "mutants/headline_each", "cheats/frozen_companies"],
    "hot_counter": ["mutants/refusals_in_another_order", "mutants/supporter_each", "cheats/counts_when_nobody_looks"],
    "search_and_report": ["mutants/rounds_half_up", "mutants/one_each", "cheats/frozen_words"],
}
"""A mutant for the model of the contract or the scenario's own gate, one for another kind of check, and a cheat."""

TIMED = {"performance"}
"""Families whose right solutions are put under load, for which a machine of CI is not quiet enough: that is nightly."""


def slice_of(scenario: Scenario) -> list[str]:
    """The empty submission, the solutions, and the scenario's entries in SLICE (none for one that is not listed)."""
    entries = [entry for entry in entries_of(scenario) if entry.kind in {"empty", "solution"}]
    always = [entry.label for entry in entries if scenario.family not in TIMED or entry.name in {"empty", "naive"}]
    return [*always, *SLICE.get(scenario.id, [])]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_slice_holds(scenario: Scenario) -> None:
    (validation,) = validate_scenarios([scenario], workers=1, only=slice_of(scenario))
    assert validation.problems == []
    assert {judged.entry.label for judged in validation.judged} == set(slice_of(scenario))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_everything_holds(scenario: Scenario) -> None:
    (validation,) = validate_scenarios([scenario], workers=2)
    assert validation.problems == []

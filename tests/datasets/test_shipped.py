"""What every shipped scenario must keep, without grading anything."""

import re
from pathlib import Path

import pytest

from scorers.database_schema.named_queries import parse_queries
from scorers.database_schema.parameters import load_parameters
from scorers.registry import FAMILIES, all_checks, family_named
from scorers.scenario import Scenario
from scorers.spec import load_spec
from scorers.validation import entries_of

DATASETS = Path(__file__).parent.parent.parent / "datasets"
FOLDERS = sorted(path.parent for path in DATASETS.glob("*/*/scenario.yaml"))
SCENARIOS = [pytest.param(Scenario.load(folder), id=folder.name) for folder in FOLDERS]
SCHEMAS = [
    pytest.param(Scenario.load(folder), id=folder.name) for folder in FOLDERS if "database_schema" in folder.parts
]

FEWEST_CHEATS = {"database_schema": 5, "performance": 2}


def test_there_are_scenarios() -> None:
    assert {folder.name for folder in FOLDERS} >= {
        "multi_tenant_saas",
        "ecommerce_orders",
        "evolve_billing",
        "order_history",
        "hot_counter",
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_is_complete(scenario: Scenario) -> None:
    family_named(scenario.family).validate(scenario)
    load_spec(DATASETS / "persona" / "spec.yaml").require(scenario.file.spec_lines, scenario.id)
    entries = entries_of(scenario)
    assert len([entry for entry in entries if entry.kind == "mutant"]) >= 12
    assert len([entry for entry in entries if entry.kind == "cheat"]) >= FEWEST_CHEATS[scenario.family]
    assert len({entry.submission().content_hash for entry in entries}) == len(entries)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_prompt_names_the_deliverables(scenario: Scenario) -> None:
    assert all(deliverable.split("/")[0] in scenario.prompt for deliverable in scenario.file.deliverables)


@pytest.mark.parametrize("scenario", SCHEMAS)
def test_the_prompt_states_the_contract(scenario: Scenario) -> None:
    parameters = load_parameters(scenario)
    words = set(re.findall(r"\w+", scenario.prompt))
    stated = {
        name
        for query in (*parameters.queries, *parameters.given_queries)
        for name in [query.name, *(field.name for field in (*query.params, *query.columns))]
    }
    assert stated <= words
    assert {code for query in parameters.queries for codes in query.refuses.values() for code in codes} <= words


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_prompt_does_not_speak_of_the_checks(scenario: Scenario) -> None:
    ids = {check.id for _, check in all_checks() if "_" in check.id}  # the others are everyday words
    assert not ids & set(re.findall(r"\w+", scenario.prompt))
    assert not re.search(r"(?i)\b(archeval|grader|mutants?|hypothesis)\b", scenario.prompt)


@pytest.mark.parametrize("scenario", SCHEMAS)
def test_every_solution_has_every_query(scenario: Scenario) -> None:
    names = {query.name for query in load_parameters(scenario).queries}
    for solution in scenario.solution_names():
        queries, problems = parse_queries(scenario.solution(solution).files["queries.sql"])
        assert (problems, set(queries) >= names) == ([], True), solution


def test_canaries_are_unique_and_in_the_prompts_folder() -> None:
    canaries = [Scenario.load(folder).file.canary for folder in FOLDERS]
    assert len(set(canaries)) == len(canaries)


def test_every_check_is_documented_and_names_known_spec_lines() -> None:
    spec = load_spec(DATASETS / "persona" / "spec.yaml")
    for family, check in all_checks():
        assert check.docs.asks.endswith((".", "?")), check.id
        assert check.docs.fails, check.id
        spec.require(list(check.spec_lines), f"{family}.{check.id}")
        assert check.spec_lines, check.id


def test_gates_and_weights() -> None:
    for family in FAMILIES.values():
        assert any(check.gate for check in family.checks)
        assert all(check.weight > 0 for check in family.checks)

"""Finding and choosing scenarios, and what their claims refer to."""

from pathlib import Path

import pytest

from evals.claims import claims
from evals.datasets import load_scenarios, select, shipped_root
from evals.family_tasks import TASKS
from scorers.errors import InputError
from scorers.registry import FAMILIES
from scorers.spec import evidence_table, load_spec
from tests.evals.world import make_root


def set_suite(root: Path, scenario_id: str, suite: str) -> None:
    file = root / "database_schema" / scenario_id / "scenario.yaml"
    file.write_text(file.read_text().replace("suite: smoke", f"suite: {suite}"))


def test_the_shipped_ones_are_found_beside_the_users(tmp_path: Path) -> None:
    ids = [scenario.id for scenario in load_scenarios([make_root(tmp_path / "mine", "one")])]
    assert {"one", "multi_tenant_saas"} <= set(ids)


def test_an_id_twice_is_an_error_that_names_both(tmp_path: Path) -> None:
    roots = [make_root(tmp_path / name, "one") for name in ("a", "b")]
    with pytest.raises(
        InputError, match=r"'one' occurs twice: '.*/a/database_schema/one' and '.*/b/database_schema/one'"
    ):
        load_scenarios(roots)


def test_a_root_without_scenarios_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scenarios below"):
        load_scenarios([tmp_path])


def test_an_unknown_spec_line_is_named(tmp_path: Path) -> None:
    root = make_root(tmp_path / "mine", "one")
    file = root / "database_schema" / "one" / "scenario.yaml"
    file.write_text(file.read_text().replace("profile.role", "profile.rule"))
    with pytest.raises(InputError, match=r"one/scenario\.yaml.*unknown spec line 'profile.rule' \(near: profile.role"):
        load_scenarios([root])


def test_suites_contain_the_smaller_ones(tmp_path: Path) -> None:
    root = make_root(tmp_path / "mine", "small", "middle", "large")
    set_suite(root, "middle", "nightly")
    set_suite(root, "large", "full")
    scenarios = [scenario for scenario in load_scenarios([root]) if scenario.id in {"small", "middle", "large"}]
    assert {scenario.id for scenario in select(scenarios, suite="smoke")} == {"small"}
    assert {scenario.id for scenario in select(scenarios, suite="nightly")} == {"small", "middle"}
    assert {scenario.id for scenario in select(scenarios, suite="full")} == {"small", "middle", "large"}
    assert [scenario.id for scenario in select(scenarios, suite="smoke", ids=["large"])] == ["large"]


def test_a_family_that_is_named_gives_its_smallest_suite() -> None:
    scenarios = load_scenarios()
    assert "performance" not in {scenario.family for scenario in select(scenarios, suite="smoke")}
    named = select(scenarios, suite="smoke", families=["performance"])
    assert {scenario.family for scenario in named} == {"performance"}
    assert {scenario.file.suite for scenario in named} == {"nightly"}


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match="no scenario 'x'"):
        select(load_scenarios(), ids=["x"])
    with pytest.raises(InputError, match="no family 'x'"):
        select(load_scenarios(), families=["x"])


def test_every_family_has_a_task() -> None:
    assert set(TASKS) == set(FAMILIES)


def test_scenarios_and_checks_name_existing_spec_lines() -> None:
    spec = load_spec(shipped_root() / "persona" / "spec.yaml")
    assert any(row.kinds for row in evidence_table(spec, claims(load_scenarios())))

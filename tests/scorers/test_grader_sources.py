"""What a family's verdicts are taken to depend on."""

import importlib
import sys

import pytest

from scorers.grader_sources import ROOT, grader_sources, graders_hash
from scorers.registry import FAMILIES


def names(family: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in grader_sources(family)}


def test_a_family_depends_on_its_checks_the_grading_and_the_testbed() -> None:
    found = names("database_schema")
    assert {
        "scorers/grading.py",
        "scorers/checks.py",
        "scorers/database_schema/check_contract.py",
        "scorers/database_schema/oracles/evolve_billing/machine.py",
        "scorers/database_schema/tenancy/rows.py",
        "scorers/testbed/server.py",
    } <= found
    assert len([name for name in found if name.startswith("scorers/testbed/")]) > 5


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_no_family_depends_on_the_list_of_families(family: str) -> None:
    assert "scorers/registry.py" not in names(family)
    assert graders_hash(family) == graders_hash(family)


def test_the_whole_package_of_a_family_is_covered() -> None:
    """A module that nothing imports is dead, serves the tests only, or is imported in a way that this does not see."""
    package = {path.relative_to(ROOT).as_posix() for path in (ROOT / "scorers/database_schema").rglob("*.py")}
    uncovered = {name for name in package - names("database_schema") if not name.endswith("__init__.py")}
    assert uncovered == {"scorers/database_schema/catalog/coverage.py"}


def test_what_is_found_can_be_imported() -> None:
    for path in grader_sources("database_schema"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        assert name in sys.modules or importlib.import_module(name.removesuffix(".__init__"))

"""Finds scenarios: those shipped with archeval, and those in folders of the user's own."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from scorers.errors import InputError
from scorers.scenario import SUITES, Scenario, Suite
from scorers.spec import load_spec

INSTALLED_FOLDER = "archeval_datasets"
"""The wheel's name for `datasets/`: a top-level package called datasets would shadow Hugging Face's."""


def shipped_root() -> Path:
    """The shipped datasets: `datasets/` beside the packages in a checkout, else the wheel's copy. Raises InputError."""
    beside = Path(__file__).resolve().parent.parent / "datasets"
    installed = importlib.util.find_spec(INSTALLED_FOLDER)
    candidates = [beside, *(Path(place) for place in (installed.submodule_search_locations or [] if installed else []))]
    for candidate in candidates:
        if (candidate / "persona").is_dir():
            return candidate
    raise InputError(f"no datasets found; looked at {[str(path) for path in candidates]}; install archeval anew")


def load_scenarios(extra_roots: Sequence[Path] = ()) -> list[Scenario]:
    """Every scenario below the shipped root and `extra_roots`, ordered by family and id.

    Raises InputError for a root that does not exist or holds none, a malformed scenario, an id that occurs twice, or a
    line of the persona's specification that does not exist.
    """
    spec = load_spec(shipped_root() / "persona" / "spec.yaml")
    found: dict[str, Scenario] = {}
    for root in (shipped_root(), *extra_roots):
        folders = sorted(path.parent for path in root.glob("*/*/scenario.yaml"))
        if not folders:
            raise InputError(f"no scenarios below {str(root)!r}; expected <family>/<scenario>/scenario.yaml there")
        for folder in folders:
            scenario = Scenario.load(folder)
            spec.require(scenario.file.spec_lines, repr(str(folder / "scenario.yaml")))
            if scenario.id in found:
                raise InputError(
                    f"the scenario id {scenario.id!r} occurs twice: {str(found[scenario.id].folder)!r} and {str(folder)!r}"
                )
            found[scenario.id] = scenario
    return sorted(found.values(), key=lambda scenario: (scenario.family, scenario.id))


def select(
    scenarios: Sequence[Scenario],
    *,
    suite: Suite = "full",
    families: Sequence[str] = (),
    ids: Sequence[str] = (),
) -> list[Scenario]:
    """The scenarios of `suite` (each suite has those of the smaller ones), narrowed to `families` and `ids` if given.

    A family that is named and has none in `suite`, because its scenarios take long, gives those of its own smallest
    suite. Raises InputError naming what does not exist, or when nothing is left.
    """
    _require_known("family", families, sorted({scenario.family for scenario in scenarios}))
    _require_known("scenario", ids, [scenario.id for scenario in scenarios])
    least: dict[str, Suite] = {family: _smallest_suite(scenarios, family) for family in families}
    chosen = [
        scenario
        for scenario in scenarios
        if (_in_suite(scenario, suite, least.get(scenario.family, suite)) or scenario.id in ids)
        and (not families or scenario.family in families)
        and (not ids or scenario.id in ids)
    ]
    if not chosen:
        raise InputError(f"no scenario is left: suite {suite!r}, families {list(families)}, scenarios {list(ids)}")
    return chosen


def _in_suite(scenario: Scenario, suite: Suite, least: Suite) -> bool:
    return SUITES.index(scenario.file.suite) <= max(SUITES.index(suite), SUITES.index(least))


def _smallest_suite(scenarios: Sequence[Scenario], family: str) -> Suite:
    given = {scenario.file.suite for scenario in scenarios if scenario.family == family}
    return next(suite for suite in SUITES if suite in given)


def _require_known(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"no {what} {unknown[0]!r}; there are {list(known)}")

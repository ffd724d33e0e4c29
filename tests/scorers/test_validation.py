"""The rules by which a scenario is found fit to judge by, on grades made up for the purpose."""

from pathlib import Path
from typing import Any

import pytest

from scorers.errors import InputError
from scorers.grade_cache import GradeCache
from scorers.results import FaultRecord, Grade
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.validation import Entry, Judged, entries_of, problems_of, summarise
from tests.scorers.test_results import grade, result
from tests.scorers.test_scenario import folder_with, with_file


def graded(failing: tuple[str, ...] = (), **fields: Any) -> Grade:
    ids = ("files_complete", "right", "integrity")
    return grade(
        *(result(name, "failed" if name in failing else "passed", gate=name == "right") for name in ids), **fields
    )


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    folder = folder_with(tmp_path)
    for name in ("reference", "other", "naive"):
        with_file(folder, f"solutions/{name}/a", name)
    with_file(folder, "mutants/m/mutant.yaml", "{breaks: it, must_fail: [right], may_fail: [integrity]}")
    with_file(folder, "cheats/c/cheat.yaml", "{attempts: it, must_fail: [integrity]}")
    return Scenario.load(folder)


def test_everything_a_scenario_ships_is_graded(scenario: Scenario) -> None:
    labels = ["empty", "solutions/naive", "solutions/other", "solutions/reference", "mutants/m", "cheats/c"]
    assert [entry.label for entry in entries_of(scenario)] == labels
    assert [entry.label for entry in entries_of(scenario, ["mutants/m"])] == ["mutants/m"]


@pytest.mark.parametrize("missing", ["reference", "naive", "other"])
def test_a_scenario_without_its_solutions_is_refused(scenario: Scenario, missing: str) -> None:
    (scenario.folder / "solutions" / missing / "a").unlink()
    (scenario.folder / "solutions" / missing).rmdir()
    with pytest.raises(InputError, match="needs solutions"):
        entries_of(scenario)


def test_a_mutant_that_names_an_unknown_check_is_refused(scenario: Scenario) -> None:
    with_file(scenario.folder, "mutants/m/mutant.yaml", "{breaks: it, must_fail: [wright]}")
    with pytest.raises(InputError, match="wright"):
        entries_of(scenario)


@pytest.mark.parametrize(
    ("label", "failing", "said"),
    [
        ("solutions/reference", (), None),
        ("solutions/other", ("integrity",), "meant to be right"),
        ("solutions/naive", ("right",), None),
        ("solutions/naive", ("integrity",), "counts as solved"),
        ("mutants/m", ("right",), None),
        ("mutants/m", ("right", "integrity"), None),
        ("mutants/m", ("integrity",), "does not catch it"),
        ("mutants/m", ("right", "files_complete"), "neither in must_fail nor in may_fail"),
        ("cheats/c", ("integrity", "right"), None),
        ("cheats/c", ("right",), "does not catch it"),
        ("empty", ("right",), "must be 0"),
        ("empty", ("files_complete", "right", "integrity"), None),
    ],
)
def test_problems_with_an_entry(scenario: Scenario, label: str, failing: tuple[str, ...], said: str | None) -> None:
    (entry,) = entries_of(scenario, [label])
    problems = problems_of(entry, graded(failing))
    assert (said is None) == (problems == [])
    assert said is None or said in problems[0]


def test_a_faulted_entry_is_a_problem_that_names_the_fault(scenario: Scenario) -> None:
    fault = FaultRecord(step="right", kind="postgres_gone", message="it went\naway")
    (entry,) = entries_of(scenario, ["mutants/m"])
    (problem,) = problems_of(entry, graded(unscored_reason="fault", faults=[fault]))
    assert "right: postgres_gone: away" in problem
    assert summarise(scenario, [judged(entry, graded(unscored_reason="fault"))], complete=False).faulted


def judged(entry: Entry, one: Grade) -> Judged:
    return Judged(entry, one, tuple(problems_of(entry, one)), cached=False)


def test_a_check_without_a_mutant_is_toothless(scenario: Scenario) -> None:
    verdicts: dict[str, tuple[str, ...]] = {
        "empty": ("files_complete", "right", "integrity"),
        "solutions/naive": ("right",),
        "mutants/m": ("right",),
        "cheats/c": ("integrity",),
    }
    all_judged = [judged(entry, graded(verdicts.get(entry.label, ()))) for entry in entries_of(scenario)]
    validation = summarise(scenario, all_judged, complete=True)
    assert validation.problems == [
        "check 'files_complete' has no mutant that it catches",
        "check 'integrity' has no mutant that it catches",
    ]
    assert summarise(scenario, all_judged, complete=False).holds


def test_cached_grades_follow_everything_they_depend_on(scenario: Scenario, tmp_path: Path) -> None:
    cache = GradeCache(tmp_path / "grades", provider_name="embedded")
    submission = Submission(files={"a": "1"})
    cache.put(scenario, submission, 0, graded())
    assert cache.get(scenario, submission, 0) == graded()
    assert cache.get(scenario, submission, 1) is None
    assert cache.get(scenario, Submission(files={"a": "2"}), 0) is None
    assert GradeCache(tmp_path / "grades", provider_name="external").get(scenario, submission, 0) is None
    with_file(scenario.folder, "fixtures/x", "changed")
    assert cache.get(scenario, submission, 0) is None


def test_grades_with_faults_are_not_kept_and_broken_entries_are_absent(scenario: Scenario, tmp_path: Path) -> None:
    cache = GradeCache(tmp_path / "grades", provider_name="embedded")
    cache.put(scenario, Submission(files={}), 0, graded(unscored_reason="fault"))
    assert cache.get(scenario, Submission(files={}), 0) is None
    cache.put(scenario, Submission(files={}), 0, graded())
    for path in (tmp_path / "grades").glob("*.json"):
        path.write_text("{")
    assert cache.get(scenario, Submission(files={}), 0) is None

"""What the report says of the last two comparable runs, and of checks that do not come out the same."""

import re
from pathlib import Path

import pytest

from reports.html.changes import Change, find_change
from reports.html.collect import Collected, collect
from reports.html.flaky import Flaky
from reports.html.report import render_report
from reports.html.summary import summarise
from reports.selection import Filters
from reports.store import Store
from tests.reports.compare.answers import log
from tests.reports.nights import answers, store_of, worse_night


def collected(store: Store) -> Collected:
    with store.reading() as connection:
        return collect(connection, Filters())


def change_of(store: Store) -> Change:
    return find_change(store, Filters(), collected(store).samples)


def flaky_of(store: Store) -> Flaky:
    return collected(store).flaky


def test_the_last_night_is_set_against_the_one_before(tmp_path: Path) -> None:
    summary = summarise(change_of(worse_night(tmp_path)))
    assert summary.verdict == "regression"
    assert summary.headline == "It got worse, and that is more than chance."
    assert summary.base
    assert summary.head
    assert (summary.base.label, summary.head.label) == ("two", "three")
    assert (summary.worse, summary.chance, summary.better) == (2, 4, 0)
    assert {flip.check_id for flip in summary.flips} == {"check_2", "check_3"}
    assert summary.tone == "bad"


def test_the_same_again_is_no_regression(tmp_path: Path) -> None:
    night = answers([4, 4, 4, 3], epochs=60)
    summary = summarise(change_of(store_of(tmp_path, log("one", night), log("two", night))))
    assert summary.verdict == "no regression"
    assert summary.flips == []
    assert summary.tone == "good"


def test_few_answers_decide_nothing_and_the_reason_says_how_many_would(tmp_path: Path) -> None:
    store = store_of(tmp_path, log("one", answers([4, 3], epochs=2)), log("two", answers([3, 4, 2], epochs=2)))
    summary = summarise(change_of(store))
    assert summary.verdict == "inconclusive"
    assert "epochs per scenario" in " ".join(summary.reasons)


def test_one_run_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    store = store_of(tmp_path, log("one", answers([4])))
    summary = summarise(change_of(store))
    assert (summary.headline, summary.lines) == ("", [])
    assert "nothing to compare with yet" in summary.note
    assert "nothing to compare with yet" in render_report(store, tmp_path / "report.html").read_text()


def test_a_report_of_one_run_says_where_it_is_compared(tmp_path: Path) -> None:
    report = render_report(worse_night(tmp_path), tmp_path / "report.html", filters=Filters(run_ids=("three",)))
    text = report.read_text()
    assert "archeval report shows them beside the earlier ones" in text
    assert "nothing to compare with yet" not in text


@pytest.mark.parametrize(
    "stranger",
    [log("three", answers([4]), model="other"), log("three", answers([4], scenarios=1))],
    ids=["another model", "fewer scenarios"],
)
def test_a_run_without_a_counterpart_is_named_and_the_pair_before_it_compared(tmp_path: Path, stranger: object) -> None:
    found = change_of(store_of(tmp_path, log("one", answers([4])), log("two", answers([4])), stranger))  # pyright: ignore[reportArgumentType]
    assert found.comparison
    assert (found.comparison.base.label, found.comparison.head.label) == ("one", "two")
    assert "three" in found.note


def test_the_same_persona_is_preferred_to_a_newer_run_of_another(tmp_path: Path) -> None:
    night = answers([4])
    logs = [log("one", night), log("two", night, persona="other"), log("three", night)]
    found = change_of(store_of(tmp_path, *logs))
    assert found.comparison
    assert found.comparison.base.label == "one"
    (tmp_path / "new").mkdir()
    found = change_of(store_of(tmp_path / "new", *logs[:2]))
    assert found.comparison
    assert found.comparison.base.label == "one"


def test_links_to_the_evidence_lead_to_samples_of_this_report(tmp_path: Path) -> None:
    store = worse_night(tmp_path)
    text = render_report(store, tmp_path / "report.html").read_text()
    section = text[text.index('<section id="changes"') : text.index('<section id="checks"')]
    links = re.findall(r'href="#/sample/([^"/]+)/check/([^"]+)"', section)
    assert len(links) == 12
    known = {row[0] for row in store.query("SELECT sample_uuid FROM samples")}
    assert {uuid for uuid, _ in links} <= known
    assert "evidence of check_2" in section
    assert "it is &lt;b&gt;not&lt;/b&gt; so" in section
    assert "own flip rate" in section


def test_checks_on_which_answers_disagree_are_listed_by_their_flip_rate(tmp_path: Path) -> None:
    passed = {"even": [[True, True]] * 4, "uneven": [[True, True], [True, False], [True, True], [True, False]]}
    found = flaky_of(store_of(tmp_path, log("one", passed)))
    assert [check.check_id for check in found.checks] == ["check_1"]
    (check,) = found.checks
    assert check.flip_rate == pytest.approx(4 / 12)
    assert (check.groups, check.of_groups, check.worst) == (1, 2, "uneven")
    assert check.passing.endswith("uneven-1")
    assert check.failing.endswith("uneven-2")


def test_nights_that_differ_are_no_flakiness(tmp_path: Path) -> None:
    found = flaky_of(store_of(tmp_path, log("one", answers([4])), log("two", answers([0]))))
    assert found.checks == []


def test_the_same_files_graded_differently_are_the_graders_doing(tmp_path: Path, demo_store: Store) -> None:
    (tmp_path / "own").mkdir()
    found = flaky_of(store_of(tmp_path / "own", log("one", {"s": [[True, True], [True, False]]})))
    assert [(one.check_id, one.passed, one.grades) for one in found.same] == [("check_1", 1, 2)]
    assert flaky_of(demo_store).same == []

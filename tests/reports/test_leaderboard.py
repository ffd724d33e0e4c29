from collections.abc import Iterable

import pytest

from reports.leaderboard import Leaderboard, leaderboard
from reports.records import LogRecords, RunRecord, SampleRecord
from reports.selection import Filters
from reports.store import Store
from scorers.results import CheckResult, Grade
from tests.reports.demo import STARTED

Plan = dict[str, list[float | str]]
"""Scenario id to scores, one per epoch; a text is the outcome of an answer without one."""


def check(name: str, score: float, *, gate: bool) -> CheckResult:
    status = "passed" if score == 1 else "failed"
    return CheckResult(
        check_id=name, title=name, status=status, score=score, weight=1, gate=gate, spec_lines=[], message=""
    )


def sample(run: RunRecord, scenario: str, epoch: int, value: float | str, version: str) -> SampleRecord:
    grade = None
    if not isinstance(value, str):
        checks = [
            check("gate", float(value >= 0.5), gate=True),
            check("rest", 2 * value - float(value >= 0.5), gate=False),
        ]
        grade = Grade(
            scenario_id=scenario, scenario_version=version, family=run.family, submission_hash="", checks=checks
        )
    return SampleRecord(
        eval_id=run.eval_id,
        sample_uuid=f"{run.eval_id}-{scenario}-{epoch}",
        scenario_id=scenario,
        scenario_version=version,
        scenario_title=scenario,
        family=run.family,
        epoch=epoch,
        grade=grade,
        outcome="graded" if grade else value,  # pyright: ignore[reportArgumentType]
        reason="" if grade else "because",
        input_tokens=100,
        output_tokens=300,
        total_cost_usd=None if run.model == "unpriced" else 0.5,
        generation_s=20,
        grading_s=2,
    )


def log(
    model: str,
    plan: Plan,
    *,
    version: str = "1-A",
    suite: str = "smoke",
    family: str = "caching",
    persona: str = "architect",
    run_id: str = "run-1",
) -> LogRecords:
    name = f"{run_id}-{model}-{persona}-{family}-{version}"
    run = RunRecord(
        run_id=run_id,
        eval_id=name,
        task_id=name,
        log_location="x.eval",
        created_at=STARTED,
        model=model,
        persona_name=persona,
        persona_hash=f"hash-of-{persona}",
        suite=suite,
        family=family,
        status="success",
        archeval_version="0.1.0",
    )
    samples = [
        sample(run, scenario, epoch, value, version)
        for scenario, values in plan.items()
        for epoch, value in enumerate(values, 1)
    ]
    return LogRecords(run=run, samples=samples)


def board(store: Store, logs: Iterable[LogRecords], filters: Filters | None = None) -> Leaderboard:
    for records in logs:
        store.ingest(records)
    return leaderboard(store, filters)


def means(found: Leaderboard) -> dict[str, float | None]:
    return {row.model: row.score.mean if row.score else None for row in found.rows}


def test_rows_go_from_best_to_worst_with_their_numbers(empty_store: Store) -> None:
    plans: dict[str, Plan] = {"good": {"a": [1.0, 0.8], "b": [0.6, 0.6]}, "poor": {"a": [0.2, 0.4], "b": [0.0, 0.6]}}
    found = board(empty_store, [log(model, plan) for model, plan in plans.items()])
    assert means(found) == {"good": pytest.approx(0.75), "poor": pytest.approx(0.3)}
    assert list(means(found)) == ["good", "poor"]
    poor = found.rows[1]
    assert poor.solved is not None
    assert poor.solved.mean == 0.25
    assert (poor.scenarios, poor.own_scenarios, poor.epochs, poor.samples, poor.scored, poor.unscored) == (
        2,
        2,
        2,
        4,
        4,
        0,
    )
    assert (poor.input_tokens, poor.output_tokens, poor.tokens_per_sample) == (400, 1200, 400)
    assert (poor.cost_usd, poor.cost_known) == (2.0, 4)
    assert (poor.generation_s_per_sample, poor.grading_s_per_sample) == (20, 2)
    assert found.notes == []


def test_an_unknown_cost_is_not_free(empty_store: Store) -> None:
    [row] = board(empty_store, [log("unpriced", {"a": [1.0]})]).rows
    assert (row.cost_usd, row.cost_known) == (None, 0)


def test_unscored_samples_are_counted_and_are_no_zeros(empty_store: Store) -> None:
    found = board(empty_store, [log("m", {"a": [0.8, "unscored"], "b": [0.6, "error"], "c": ["refused", 0.5]})])
    [row] = found.rows
    assert row.score is not None
    assert row.score.mean == pytest.approx((0.8 + 0.6 + 0.25) / 3)
    assert (row.samples, row.scored, row.unscored, row.unscored_share) == (6, 4, 2, pytest.approx(1 / 3))
    assert found.notes == ["2 of 6 samples have no score (harness or provider); they do not count as 0."]


def test_different_scenario_sets_are_compared_on_what_they_share(empty_store: Store) -> None:
    found = board(empty_store, [log("wide", {"a": [0.5], "hard": [0.0]}), log("narrow", {"a": [0.6], "easy": [1.0]})])
    assert means(found) == {"narrow": pytest.approx(0.6), "wide": pytest.approx(0.5)}
    assert found.compared == [("caching", "a")]
    assert [(row.scenarios, row.own_scenarios) for row in found.rows] == [(1, 2), (1, 2)]
    assert found.notes == [
        "Compared on the 1 of 3 scenarios that every row has a score for; left out: caching/easy, caching/hard."
    ]


def test_nothing_shared_means_no_comparison(empty_store: Store) -> None:
    found = board(empty_store, [log("one", {"a": [0.5]}), log("two", {"b": [0.6]})])
    assert means(found) == {"one": None, "two": None}
    assert found.notes == ["No scenario has a score for every row, so there is nothing to compare on."]


def test_a_scenario_without_a_score_for_one_is_left_out_but_its_faults_are_counted(empty_store: Store) -> None:
    found = board(empty_store, [log("one", {"a": [0.5], "b": ["unscored"]}), log("two", {"a": [0.6], "b": [0.9]})])
    assert means(found) == {"two": pytest.approx(0.6), "one": pytest.approx(0.5)}
    assert found.rows[1].unscored == 1
    assert "left out: caching/b" in found.notes[0]


def test_who_has_no_score_at_all_takes_the_scenarios_from_nobody(empty_store: Store) -> None:
    found = board(empty_store, [log("down", {"a": ["error"], "b": ["error"]}), log("up", {"a": [0.6], "b": [0.8]})])
    assert means(found) == {"up": pytest.approx(0.7), "down": None}
    assert found.compared == [("caching", "a"), ("caching", "b")]


def test_versions_that_are_not_comparable_never_mix(empty_store: Store) -> None:
    logs = [
        log("m", {"a": [0.0, 0.0]}, version="1-A"),
        log("m", {"a": [0.8]}, version="2-A"),
        log("m", {"a": [0.6]}, version="2-B"),
    ]
    found = board(empty_store, logs)
    assert means(found) == {"m": pytest.approx(0.7)}
    assert found.rows[0].samples == 2
    assert found.notes == ["2 samples of older, incomparable scenario versions are left out: caching/a."]


def test_equal_ids_in_two_families_are_two_scenarios(empty_store: Store) -> None:
    found = board(empty_store, [log("m", {"a": [1.0]}), log("m", {"a": [0.5]}, family="auth", version="3-A")])
    assert means(found) == {"m": pytest.approx(0.75)}
    assert found.compared == [("auth", "a"), ("caching", "a")]


def test_personas_are_rows_of_their_own(empty_store: Store) -> None:
    found = board(empty_store, [log("m", {"a": [0.4]}, persona="old"), log("m", {"a": [0.6]}, persona="new")])
    assert [(row.persona_name, row.persona_hash) for row in found.rows] == [
        ("new", "hash-of-new"),
        ("old", "hash-of-old"),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(families=("auth",)), {"m": pytest.approx(0.2)}),
        (Filters(suites=("nightly",)), {"m": pytest.approx(0.6)}),
        (Filters(run_ids=("run-1", "run-3")), {"n": pytest.approx(0.8), "m": pytest.approx(0.4)}),
        (Filters(models=("n",)), {"n": pytest.approx(0.8)}),
        (Filters(models=("' OR 1=1 --",)), {}),
    ],
)
def test_filters(empty_store: Store, filters: Filters, expected: dict[str, float]) -> None:
    logs = [
        log("m", {"a": [0.4]}, run_id="run-1"),
        log("m", {"a": [0.6]}, run_id="run-2", suite="nightly"),
        log("n", {"a": [0.8]}, run_id="run-3"),
        log("m", {"b": [0.2]}, run_id="run-4", family="auth"),
    ]
    assert means(board(empty_store, logs, filters)) == expected


def test_an_empty_selection_says_so(empty_store: Store) -> None:
    found = board(empty_store, [])
    assert (found.rows, found.notes) == ([], ["No samples match."])

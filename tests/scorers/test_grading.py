"""The grading door with a family made for the test, on real servers."""

import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scorers.checks import Check, Outcome, check, failed, not_applicable, passed
from scorers.errors import HarnessFault
from scorers.families import Family, GradeJob
from scorers.grading import Undecided, grade
from scorers.registry import FAMILIES
from scorers.results import Grade
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedProvider
from tests.scorers.test_scenario import folder_with, with_file

Act = Callable[["Bench"], None]


@dataclass
class Bench:
    job: GradeJob

    @property
    def asked(self) -> str:
        return self.job.submission.files.get("act", "")

    @property
    def postmaster_pid(self) -> int:
        with self.job.testbed.postgres.connect("postgres", "admin") as admin:
            (folder,) = admin.execute(b"SHOW data_directory").fetchone() or ("",)
        return int((Path(folder) / "postmaster.pid").read_text().split()[0])


@contextmanager
def open_bench(job: GradeJob) -> Generator[Bench, None, None]:
    yield Bench(job)


def checks(acts: dict[str, Act]) -> tuple[Check[Bench], ...]:
    @check(id="first", title="First", spec_lines=(), gate=True)
    def first(bench: Bench) -> Outcome:
        return failed("asked to") if bench.asked == "fail" else passed("fine")

    @check(id="second", title="Second", spec_lines=(), requires=("first",))
    def second(bench: Bench) -> Outcome:
        acts.get(bench.asked, lambda _: None)(bench)
        with bench.job.testbed.postgres.connect("postgres", "admin") as admin:
            admin.execute(b"SELECT 1")
        return passed("fine")

    @check(id="third", title="Third", spec_lines=(), requires=("second",))
    def third(bench: Bench) -> Outcome:
        return not_applicable("never asked")

    @check(id="fourth", title="Fourth", spec_lines=(), requires=("third",))
    def fourth(bench: Bench) -> Outcome:
        return passed("fine")

    return (first, second, third, fourth)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Grade]:
    folder = folder_with(tmp_path, title=str(tmp_path))  # else one test's verdict on the reference would serve the next
    with_file(folder, "solutions/reference/act", "")
    scenario = Scenario.load(folder)

    def graded(act: str, **acts: Act) -> Grade:
        family: Family[Any] = Family("database_schema", "Test", checks(acts), open_bench, lambda _: None)
        monkeypatch.setitem(FAMILIES, "database_schema", family)
        return grade(scenario, Submission(files={"act": act}), EmbeddedProvider())

    return graded


def kill_server(bench: Bench) -> None:
    os.kill(bench.postmaster_pid, signal.SIGKILL)


def end_own_session(bench: Bench) -> None:
    database = bench.job.testbed.postgres.create_database()
    with bench.job.testbed.postgres.connect(database, "app_owner") as session:
        session.execute(b"SELECT pg_terminate_backend(pg_backend_pid())")


def test_an_undisturbed_grade_has_every_check(run: Callable[..., Grade]) -> None:
    graded = run("")
    assert [result.status for result in graded.checks] == [
        "passed",
        "passed",
        "not_applicable",
        "passed",
    ]
    assert (graded.score, graded.solved, graded.faults) == (1.0, True, [])
    assert graded.testbed["provider"] == "embedded"


def test_a_failed_check_blocks_those_that_require_it(run: Callable[..., Grade]) -> None:
    graded = run("fail")
    assert [result.status for result in graded.checks] == [
        "failed",
        "blocked",
        "blocked",
        "blocked",
    ]
    assert "First" in graded.check("second").message
    assert (graded.score, graded.solved) == (0.0, False)


def test_a_server_killed_once_is_a_fault_and_the_verdict_is_undisturbed(
    run: Callable[..., Grade],
) -> None:
    kills: list[int] = []

    def kill_once(bench: Bench) -> None:
        if not kills:
            kills.append(bench.postmaster_pid)
            kill_server(bench)

    graded = run("kill", kill=kill_once)
    assert (graded.score, graded.unscored_reason) == (1.0, None)
    assert [(fault.step, fault.kind, fault.attempt) for fault in graded.faults] == [("second", "postgres_gone", 1)]


def test_a_server_killed_again_leaves_the_submission_unscored(
    run: Callable[..., Grade],
) -> None:
    graded = run("kill", kill=kill_server)
    assert (graded.score, graded.solved, graded.unscored_reason) == (
        None,
        None,
        "fault",
    )
    assert [fault.kind for fault in graded.faults] == ["postgres_gone", "postgres_gone"]


def test_a_session_that_the_submission_ends_twice_is_its_own_failure(
    run: Callable[..., Grade],
) -> None:
    graded = run("end", end=end_own_session)
    assert graded.unscored_reason is None
    assert graded.check("second").status == "failed"
    assert "reference passes" in graded.check("second").message
    assert graded.check("first").status == "passed"
    assert graded.check("third").status == "blocked"
    assert len(graded.faults) == 2


def test_it_is_no_failure_when_the_reference_breaks_there_as_well(
    run: Callable[..., Grade],
) -> None:
    act: dict[str, Act] = {"end": end_own_session, "": end_own_session}
    graded = run("end", **act)
    assert (graded.score, graded.unscored_reason) == (None, "fault")


def test_a_crash_of_the_grader_is_a_fault_and_never_a_verdict(
    run: Callable[..., Grade],
) -> None:
    def crash(bench: Bench) -> None:
        raise ZeroDivisionError("grader bug")

    graded = run("crash", crash=crash)
    assert (graded.score, graded.unscored_reason) == (None, "fault")
    assert graded.faults[0].kind == "crash:ZeroDivisionError"
    assert "grader bug" in graded.faults[0].message


def test_two_different_faults_and_then_a_clean_pass_give_the_verdict(
    run: Callable[..., Grade],
) -> None:
    kinds = iter(["a", "b"])

    def odd(bench: Bench) -> None:
        kind = next(kinds, None)
        if kind is not None:
            raise HarnessFault("odd", kind=kind)

    graded = run("odd", odd=odd)
    assert graded.score == 1.0
    assert [fault.kind for fault in graded.faults] == ["a", "b"]


def test_what_cannot_be_decided_is_unscored_with_its_reason(
    run: Callable[..., Grade],
) -> None:
    def undecided(bench: Bench) -> None:
        raise Undecided("two judges disagree")

    graded = run("judge", judge=undecided)
    assert (graded.score, graded.unscored_reason) == (None, "undecided")
    assert graded.faults[0].message == "two judges disagree"


def test_an_unexpected_database_error_of_a_probe_is_no_verdict_at_once(
    run: Callable[..., Grade],
) -> None:
    seen: list[int] = []

    def bad_sql_once(bench: Bench) -> None:
        if not seen:
            seen.append(1)
            with bench.job.testbed.postgres.connect("postgres", "admin") as admin:
                admin.execute(b"SELECT no_such_column")

    graded = run("sql", sql=bad_sql_once)
    assert graded.score == 1.0
    assert graded.faults[0].kind == "unexpected_error:42703"


def test_two_grades_at_once_do_not_disturb_each_other(
    run: Callable[..., Grade],
) -> None:
    both = threading.Barrier(2, timeout=60)
    names: list[str] = []

    def meet(bench: Bench) -> None:
        database = bench.job.testbed.postgres.create_database()
        with bench.job.testbed.postgres.connect(database, "app_owner") as session:
            session.execute(b"CREATE TABLE mine (id int)")
            both.wait()
            (count,) = session.execute(
                b"SELECT count(*) FROM pg_stat_activity WHERE usename = 'app_owner'"
            ).fetchone() or (0,)
            names.append(f"{count}")

    results: list[Grade] = []
    acts: dict[str, Act] = {"meet": meet}
    first = threading.Thread(target=lambda: results.append(run("meet", **acts)))
    first.start()
    results.append(run("meet", **acts))
    first.join(60)
    assert [graded.score for graded in results] == [1.0, 1.0]
    assert names == ["1", "1"]


def test_check_order_and_requirements_are_verified() -> None:
    first, second, *_ = checks({})
    with pytest.raises(ValueError, match="'second'"):
        Family("x", "X", (second, first), open_bench, lambda _: None)

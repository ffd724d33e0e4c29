"""Is a scenario fit to judge by? Its own solutions, mutants and cheats, graded, must come out as they should.

Reference and alternates are solved, the naive solution is not, an empty submission has 0; every mutant is caught by its
`must_fail` checks and by none outside `must_fail` and `may_fail`; every check that applies has a mutant that it
catches; every cheat is caught by its `must_fail` checks.
"""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from typing import Literal

from scorers.errors import InputError
from scorers.grade_cache import GradeCache
from scorers.grading import grade
from scorers.registry import family_named
from scorers.results import Grade
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.providers import provider
from scorers.testbed.shutdown import OPEN_TESTBEDS, end_orderly

EntryKind = Literal["solution", "mutant", "cheat", "empty"]
NAIVE = "naive"


@dataclass(frozen=True)
class Entry:
    """One thing to grade for the validation of a scenario."""

    scenario: Scenario
    kind: EntryKind
    name: str
    must_fail: tuple[str, ...] = ()
    may_fail: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """`mutants/no_index`, for people."""
        return self.kind if self.kind == "empty" else f"{self.kind}s/{self.name}"

    def submission(self) -> Submission:
        """The files to grade."""
        if self.kind == "mutant":
            return self.scenario.mutant(self.name)[1]
        if self.kind == "cheat":
            return self.scenario.cheat(self.name)[1]
        return Submission(files={}) if self.kind == "empty" else self.scenario.solution(self.name)


@dataclass(frozen=True)
class Judged:
    """An entry with its grade and what is wrong with it, a sentence each."""

    entry: Entry
    grade: Grade
    problems: tuple[str, ...]
    cached: bool

    def failed(self) -> list[str]:
        """Ids of the checks that failed by themselves (a blocked check follows from another)."""
        return [result.check_id for result in self.grade.checks if result.status == "failed"]


@dataclass(frozen=True)
class Validation:
    """The outcome for one scenario. `complete` says whether all its entries were graded."""

    scenario: Scenario
    judged: list[Judged]
    problems: list[str]
    complete: bool

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def faulted(self) -> bool:
        """Whether the harness failed on an entry, so that nothing can be said about it."""
        return any(one.grade.unscored_reason is not None for one in self.judged)


def entries_of(scenario: Scenario, only: Sequence[str] = ()) -> list[Entry]:
    """What there is to grade for `scenario`, or the entries whose label is in `only`.

    Raises InputError when the scenario lacks what every scenario must have, or names checks that its family has not.
    """
    names = scenario.solution_names()
    missing = [name for name in ("reference", NAIVE) if name not in names]
    if missing or len(names) < 3:
        raise InputError(f"scenario {scenario.id!r} needs solutions/reference, an alternate and naive; it has {names}")
    entries = [Entry(scenario, "empty", "empty"), *(Entry(scenario, "solution", name) for name in names)]
    for name in scenario.mutant_names():
        file, _ = scenario.mutant(name)
        entries.append(Entry(scenario, "mutant", name, tuple(file.must_fail), tuple(file.may_fail)))
    for name in scenario.cheat_names():
        entries.append(Entry(scenario, "cheat", name, tuple(scenario.cheat(name)[0].must_fail)))
    known = {check.id for check in family_named(scenario.family).checks}
    for entry in entries:
        unknown = sorted({*entry.must_fail, *entry.may_fail} - known)
        if unknown:
            raise InputError(f"{scenario.id!r}: {entry.label!r} names checks that do not exist: {unknown}")
    return [entry for entry in entries if not only or entry.label in only]


def validate_scenarios(
    scenarios: Sequence[Scenario],
    *,
    provider_name: str = "embedded",
    workers: int = 2,
    seed: int = 0,
    only: Sequence[str] = (),
    use_cache: bool = True,
    progress: Callable[[Judged, int, int], None] | None = None,
) -> list[Validation]:
    """Grade every entry of every scenario (in `workers` processes) and judge the scenarios.

    `progress` is called in this process after each entry, with how many are done and how many there are.
    """
    entries = [entry for scenario in scenarios for entry in entries_of(scenario, only)]
    judged: dict[tuple[str, str], Judged] = {}
    with _workers(workers) as pool:
        waiting: list[Future[Judged]] = [
            pool.submit(_judge, entry, provider_name, seed, use_cache) for entry in entries
        ]
        for done, future in enumerate(as_completed(waiting), 1):
            one = future.result()
            judged[one.entry.scenario.id, one.entry.label] = one
            if progress is not None:
                progress(one, done, len(entries))
    return [
        summarise(
            scenario, [judged[scenario.id, entry.label] for entry in entries_of(scenario, only)], complete=not only
        )
        for scenario in scenarios
    ]


@contextmanager
def _workers(count: int) -> Generator[ProcessPoolExecutor]:
    """Processes that grade. When the block is left early, by a signal or an error, they end at once with their grades.

    Each of them closes its testbed before it ends, and is waited for.
    """
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=end_orderly)
    finished = False
    try:
        yield pool
        finished = True
    finally:
        if not finished:
            for worker in active_children():
                worker.terminate()
        pool.shutdown(cancel_futures=True)


def _judge(entry: Entry, provider_name: str, seed: int, use_cache: bool) -> Judged:
    """Grade one entry. A signal that ends the worker ends it here: the pool would take SystemExit for an answer."""
    with suppress(SystemExit):
        judged = _judged(entry, provider_name, seed, use_cache)
        if not OPEN_TESTBEDS.ending:
            return judged
    try:
        OPEN_TESTBEDS.close_all()
    finally:
        os._exit(1)


def _judged(entry: Entry, provider_name: str, seed: int, use_cache: bool) -> Judged:
    cache = GradeCache.for_machine(provider_name=provider_name)
    submission = entry.submission()
    known = cache.get(entry.scenario, submission, seed) if use_cache else None
    graded = known or grade(entry.scenario, submission, provider(provider_name), seed=seed)
    if known is None:
        cache.put(entry.scenario, submission, seed, graded)
    return Judged(entry, graded, tuple(problems_of(entry, graded)), cached=known is not None)


def problems_of(entry: Entry, graded: Grade) -> list[str]:
    """What is wrong with `graded` as the grade of `entry`, a sentence each."""
    if graded.unscored_reason is not None:
        faults = "; ".join(
            f"{fault.step}: {fault.kind}: {fault.message.strip().splitlines()[-1]}" for fault in graded.faults
        )
        return [f"left unscored ({graded.unscored_reason}): {faults}"]
    failing = {result.check_id for result in graded.checks if result.status == "failed"}
    if entry.kind == "empty":
        return [] if graded.score == 0 else [f"an empty submission has score {graded.score}, must be 0"]
    if entry.kind == "solution":
        return _problems_of_solution(entry, graded, failing)
    missed = [f"check {check_id!r} does not catch it" for check_id in entry.must_fail if check_id not in failing]
    if entry.kind == "cheat":
        return missed
    stray = sorted(failing - {*entry.must_fail, *entry.may_fail})
    return missed + [
        f"check {check_id!r} fails it, which is neither in must_fail nor in may_fail" for check_id in stray
    ]


def _problems_of_solution(entry: Entry, graded: Grade, failing: set[str]) -> list[str]:
    if entry.name == NAIVE:
        return ["it counts as solved; a naive solution must not"] if graded.solved else []
    return [f"check {check_id!r} fails a solution that is meant to be right" for check_id in sorted(failing)]


def summarise(scenario: Scenario, judged: list[Judged], *, complete: bool) -> Validation:
    """Judge a scenario by its graded entries; only when they are `complete` can a check be found toothless."""
    problems = [f"{one.entry.label}: {problem}" for one in judged for problem in one.problems]
    if complete:
        problems += [f"check {check_id!r} has no mutant that it catches" for check_id in _toothless(judged)]
    return Validation(scenario, judged, problems, complete)


def _toothless(judged: list[Judged]) -> list[str]:
    reference = next(one for one in judged if one.entry.label == "solutions/reference")
    applicable = [result.check_id for result in reference.grade.checks if result.status != "not_applicable"]
    caught = {check_id for one in judged if one.entry.kind == "mutant" for check_id in one.failed()}
    return [check_id for check_id in applicable if check_id not in caught]

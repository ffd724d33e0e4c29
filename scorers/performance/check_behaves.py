"""Checks that the changed service is still right: its answers, under concurrency, and after changes behind its back."""

import difflib
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

from scorers.checks import Outcome, check, failed, passed
from scorers.evidence import Evidence
from scorers.performance.bench import PerformanceBench
from scorers.performance.judging import shaped, submissions_fault
from scorers.performance.patience import patiently
from scorers.performance.sides import RunningSide, violation_evidence
from scorers.performance.traffic import Answer, Request, canonical
from scorers.performance.workload import FreshCase, Step, Violation
from scorers.results import Measurement

HISTORY_SHOWN = 12
STALE_MARGIN_S = 1.0
"""Beyond what the contract allows, for the request's own time on a busy machine."""

WARM_TIMES = 12
"""How often an answer is asked for before it changes: enough for any cache to hold it."""

BUSY_THREADS = 4
POLL_S = 0.25


@check(
    id="behaves",
    title="It answers as it did before",
    spec_lines=("task.performance", "contract_testing.breaking_changes", "contract_testing.automated_tests"),
    weight=4,
    gate=True,
    requires=("service_starts",),
)
@submissions_fault
def behaves(bench: PerformanceBench) -> Outcome:
    """Do the slow service and the changed one answer a recorded mix, and requests drawn at random, alike?

    Both run on a database of their own with the same content; reads, writes, refusals and the statements of other
    programs go to both in the same order. Ids and times that a side hands out are compared by their place.

    Why: a faster wrong answer is no improvement.
    Source: McKeeman, "Differential Testing for Software"; the scenario's contract.
    Fails: rounding in SQL half away from zero where the service rounded half to even.
    """
    steps = bench.workload.steps(bench.random("behaves"))
    with bench.side("baseline", "small") as baseline, bench.side("candidate", "small") as candidate:
        for number, step in enumerate(steps):
            expected = step.run(baseline)
            try:
                with shaped(step.label):
                    found = _run_patiently(step, candidate, canonical(expected))
            except Violation as violation:
                candidate.assert_alive()
                return failed(violation.what, evidence=violation_evidence(violation, _history(steps[:number])))
            if canonical(expected) != canonical(found):
                candidate.assert_alive()
                return failed(
                    f"{step.label[:160]}: not as before",
                    evidence=_difference(expected, found, _history(steps[:number])),
                )
        candidate.assert_alive()
    return passed(f"{len(steps)} requests and statements, each answered as before")


@check(
    id="concurrency",
    title="It stays right when requests run in parallel",
    spec_lines=("task.performance", "anti.needless_distributed_transactions", "evolution.database_integrity"),
    weight=3,
    gate=True,
    requires=("behaves",),
)
@submissions_fault
def concurrency(bench: PerformanceBench) -> Outcome:
    """Are no writes lost, limits kept and pages steady while requests run at the same time?

    Why: locks look like waste until they are gone; what they kept apart then happens under load only.
    Source: Berenson et al., "A Critique of ANSI SQL Isolation Levels" (lost update); the scenario's contract.
    Fails: a quantity that is read, added to in Python and written back without a lock.
    """
    trials = bench.workload.trials()
    with bench.side("candidate", "small") as candidate:
        for trial in trials:
            for attempt in range(trial.rounds):
                random = bench.random(f"concurrency/{trial.name}/{attempt}")
                try:
                    with shaped(trial.name):
                        trial.run(candidate, random)
                except Violation as violation:
                    candidate.assert_alive()
                    return failed(f"{trial.name}: {violation.what}", evidence=violation_evidence(violation))
        candidate.assert_alive()
    return passed(f"{len(trials)} questions, asked with requests in parallel")


@check(
    id="fresh",
    title="Changes show, whoever made them",
    spec_lines=("capability.caching_and_queries", "task.performance"),
    weight=3,
    gate=True,
    requires=("service_starts",),
)
@submissions_fault
def fresh(bench: PerformanceBench) -> Outcome:
    """Do changes that other programs make show up within the allowed time, also when the answers were asked for often?

    Each change is made on the slow service's database, too, and its answer is the truth. Once the service is quiet, once
    it is kept busy with the same requests from other threads.

    Why: a cache that nobody tells of a change is fast and wrong; so is an answer computed at start-up.
    Source: the scenario's contract; Nygard, "Release It!", on caching.
    Fails: `functools.cache` round the summary.
    """
    measurements: list[Measurement] = []
    with bench.side("baseline", "small") as baseline, bench.side("candidate", "small") as candidate:
        for busy in (False, True):
            for case in bench.workload.fresh_cases(bench.random(f"fresh/{busy}")):
                try:
                    with shaped(case.name):
                        late_s = _freshness(baseline, candidate, case, busy=busy)
                except Violation as violation:
                    candidate.assert_alive()
                    when = "while it is busy" if busy else "while it is quiet"
                    return failed(f"{case.name}, {when}: {violation.what}", evidence=violation_evidence(violation))
                if case.allowed_s:
                    measurements.append(_lateness(case, late_s, busy=busy))
        candidate.assert_alive()
    return passed("every change showed in time", measurements=measurements)


def _run_patiently(step: Step, candidate: RunningSide, expected: str) -> Any:
    give_up_at_s = time.monotonic() + step.patience_s
    found = step.run(candidate)
    while canonical(found) != expected and time.monotonic() < give_up_at_s:
        time.sleep(POLL_S)
        found = step.run(candidate)
    return found


def _freshness(baseline: RunningSide, candidate: RunningSide, case: FreshCase, *, busy: bool) -> float:
    """Make the change and return after how many seconds every answer showed it. Raises Violation."""
    with _kept_busy(candidate, case, busy=busy):
        for request in case.looks:
            for _ in range(WARM_TIMES):
                candidate.call(request)
        case.change(baseline)
        case.change(candidate)
        return max(_shown_after(baseline, candidate, case, request) for request in case.looks)


def _shown_after(baseline: RunningSide, candidate: RunningSide, case: FreshCase, request: Request) -> float:
    expected = canonical(case.compare(baseline, baseline.call(request)))

    def shows(answer: Answer) -> bool:
        return canonical(case.compare(candidate, answer)) == expected

    patience_s = case.allowed_s + STALE_MARGIN_S if case.allowed_s else 0.0
    answer, seconds = patiently(candidate, request, shows, patience_s)
    if not shows(answer):
        raise Violation(
            f"{request.label} does not show the change"
            + (f" after {case.allowed_s:g} s" if case.allowed_s else ", which it must at once"),
            _diff_text(expected, canonical(case.compare(candidate, answer))),
        )
    return seconds


@contextmanager
def _kept_busy(candidate: RunningSide, case: FreshCase, *, busy: bool) -> Generator[None]:
    """Keep the service busy with the case's own requests, from before the change until its answers were seen."""
    done = Event()

    def ask() -> None:
        while not done.is_set():
            for request in case.looks:
                candidate.call(request)

    with ThreadPoolExecutor(BUSY_THREADS) as threads:
        asking = [threads.submit(ask) for _ in range(BUSY_THREADS if busy else 0)]
        try:
            yield
        finally:
            done.set()
    for one in asking:
        one.result()


def _lateness(case: FreshCase, late_s: float, *, busy: bool) -> Measurement:
    name = f"shows after: {case.name} ({'busy' if busy else 'quiet'})"
    return Measurement(name=name, value=late_s, unit="s", target=case.allowed_s)


def _history(steps: Sequence[Step]) -> list[str]:
    return [step.label for step in steps[-HISTORY_SHOWN:]]


def _difference(expected: Any, found: Any, history: list[str]) -> list[Evidence]:
    diff = Evidence(title="- before, + now", body=_diff_text(canonical(expected), canonical(found)), kind="diff")
    return [diff, Evidence(title="Done before, last one last", body="\n".join(history))]


def _diff_text(expected: str, found: str) -> str:
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "before", "now", n=4, lineterm="")
    return "\n".join(line for number, line in enumerate(lines) if number < 80)

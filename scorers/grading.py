"""The one door: `grade(scenario, submission, testbed) -> Grade`, without Inspect and without a model.

A pass over the checks either ends with a verdict for each, or is broken off by the harness's own failure. Then it is
done again on a fresh testbed with the same submission. The same failure at the same step twice, while the scenario's
reference passes that step on this machine, is the submission's doing and fails that check; anything else leaves the
submission unscored.
"""

import logging
import time
import traceback
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from scorers.checks import Check, Outcome, failed
from scorers.errors import ArchevalError, HarnessFault
from scorers.evidence import Evidence, clean
from scorers.families import Family, GradeJob
from scorers.registry import family_named
from scorers.results import CheckResult, FaultRecord, Grade, Measurement
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.protocol import DeadlineExceeded, Testbed, TestbedProvider
from scorers.testbed.shutdown import OPEN_TESTBEDS
from scorers.testbed.slot import Slot

logger = logging.getLogger(__name__)

SETUP_STEP = "testbed"
"""Step name of failures before the first check."""

MAX_PASSES = 7
"""Passes over the checks at most: each step that is decided against the submission takes two."""


class Undecided(ArchevalError):
    """A judge could not decide; the submission is left unscored with this reason."""


@dataclass(frozen=True)
class _Broken(Exception):
    """A pass was broken off: at which step, why, and whether the submission may be at fault."""

    step: str
    kind: str
    message: str
    attributable: bool


def grade(scenario: Scenario, submission: Submission, testbed: TestbedProvider, *, seed: int = 0) -> Grade:
    """Grade `submission` on fresh testbeds from the provider `testbed`.

    The same scenario, submission and seed get the same verdicts. Raises InputError when the scenario itself is
    malformed; a harness fault is part of the grade (`unscored_reason`), never an exception.
    """
    started_s = time.monotonic()
    family = family_named(scenario.family)
    family.validate(scenario)
    run = _Run(family, scenario, submission, testbed, seed)
    base = Grade(
        scenario_id=scenario.id,
        scenario_version=scenario.version,
        family=scenario.family,
        submission_hash=submission.content_hash,
        checks=[],
        seed=seed,
    )
    faults: list[FaultRecord] = []
    for attempt in range(1, MAX_PASSES + 1):
        try:
            done = _pass(run)
        except Undecided as reason:
            faults.append(FaultRecord(step="judge", kind="undecided", message=str(reason), attempt=attempt))
            return _finished(base, faults, started_s, unscored_reason="undecided")
        except _Broken as broken:
            logger.warning("attempt %d broke at %s: %s: %s", attempt, broken.step, broken.kind, broken.message)
            repeated = any((fault.step, fault.kind) == (broken.step, broken.kind) for fault in faults)
            faults.append(
                FaultRecord(step=broken.step, kind=broken.kind, message=clean(broken.message), attempt=attempt)
            )
            if not repeated:
                continue
            if not (broken.attributable and _reference_passes(run, broken.step)):
                break
            run.decided[broken.step] = _submissions_fault(broken)
            continue
        return _finished(base, faults, started_s, **done)
    return _finished(base, faults, started_s, unscored_reason="fault")


@dataclass(frozen=True)
class _Run:
    """What stays the same over the passes, and the steps already decided against the submission."""

    family: Family[Any]
    scenario: Scenario
    submission: Submission
    provider: TestbedProvider
    seed: int
    decided: dict[str, Outcome] = field(default_factory=dict[str, Outcome])


def _pass(run: _Run) -> dict[str, Any]:
    """One pass over the checks on a fresh testbed. Returns fields of the grade. Raises _Broken, Undecided."""
    step = SETUP_STEP
    try:
        OPEN_TESTBEDS.refuse_when_ending()  # before it waits for others
        file, slot = run.scenario.file, Slot()
        with (
            slot.working(),
            run.provider.open(cluster_bytes=file.limits.cluster_bytes, needs=frozenset(file.needs)) as testbed,
        ):
            deadline_at_s = time.monotonic() + file.limits.grade_s
            job = GradeJob(run.scenario, run.submission, testbed, run.seed, deadline_at_s, slot)
            with run.family.open_bench(job) as bench:
                results: list[CheckResult] = []
                measurements: list[Measurement] = []
                for check in run.family.checks:
                    step = check.id
                    result, numbers = _result_of(check, bench, testbed, results, run.decided.get(check.id))
                    results.append(result)
                    measurements.extend(numbers)
            description = testbed.description | job.surroundings
        return {"checks": results, "measurements": measurements, "testbed": description}
    except (Undecided, _Broken):
        raise
    except HarnessFault as fault:
        raise _Broken(step, fault.kind, str(fault), fault.attributable) from fault
    except Exception as error:  # the one boundary: a crash of a probe is a fault, never a verdict
        trace = "".join(traceback.format_exception(error)[-6:])
        raise _Broken(step, f"crash:{type(error).__name__}", trace, attributable=False) from error


def _result_of(
    check: Check[Any], bench: Any, testbed: Testbed, before: list[CheckResult], decided: Outcome | None
) -> tuple[CheckResult, list[Measurement]]:
    """Run one check, unless a check that it requires has not passed or the step is already decided."""
    started_s = time.monotonic()
    missing = [result.title for result in before if result.check_id in check.requires and _blocks(result)]
    outcome = decided if missing or decided is not None else _run_check(check, bench, testbed)
    fields: dict[str, Any] = {
        "check_id": check.id,
        "title": check.title,
        "weight": check.weight,
        "gate": check.gate,
        "spec_lines": list(check.spec_lines),
    }
    if missing or outcome is None:
        message = f"not asked: it needs what did not pass: {', '.join(missing)}"
        return CheckResult(**fields, status="blocked", score=0.0, message=message), []
    result = CheckResult(
        **fields,
        status=outcome.status,
        score=outcome.score,
        message=clean(outcome.message),
        evidence=outcome.evidence,
        duration_s=time.monotonic() - started_s,
    )
    return result, outcome.measurements


def _blocks(result: CheckResult) -> bool:
    return result.status in {"failed", "blocked"}


def _run_check(check: Check[Any], bench: Any, testbed: Testbed) -> Outcome:
    """Run the check and see that the servers outlived it. Raises HarnessFault."""
    try:
        outcome = check.run(bench)
    except psycopg.Error as error:
        testbed.postgres.assert_alive()
        kind = f"session_lost:{error.sqlstate}" if _is_lost(error) else f"unexpected_error:{error.sqlstate}"
        raise HarnessFault(f"{type(error).__name__}: {error}", kind=kind, attributable=True) from error
    except DeadlineExceeded as error:
        testbed.postgres.assert_alive()
        raise HarnessFault(str(error), kind="deadline", attributable=True) from error
    testbed.postgres.assert_alive()
    return outcome


def _is_lost(error: psycopg.Error) -> bool:
    return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))


def _submissions_fault(broken: _Broken) -> Outcome:
    evidence = [Evidence(title="What broke, twice, on fresh testbeds", body=broken.message, kind="log")]
    return failed(
        f"this step ended twice before its verdict, on fresh testbeds ({broken.kind}); the reference passes it here",
        evidence=evidence,
    )


def _reference_passes(run: _Run, step: str) -> bool:
    """Whether the scenario's reference gets through `step` on this machine, asked once per process and step."""
    key = (run.scenario.content_hash(), run.provider.name, step)
    if key not in _REFERENCE_PASSES:
        reference = replace(run, submission=run.scenario.solution("reference"), decided={})
        try:
            results: list[CheckResult] = _pass(reference)["checks"]
        except (_Broken, Undecided):
            _REFERENCE_PASSES[key] = False
        else:
            _REFERENCE_PASSES[key] = any(result.check_id == step and not _blocks(result) for result in results)
    return _REFERENCE_PASSES[key]


_REFERENCE_PASSES: dict[tuple[str, str, str], bool] = {}


def _finished(base: Grade, faults: list[FaultRecord], started_s: float, **fields: Any) -> Grade:
    """`base` with its outcome, validated anew."""
    known = base.model_dump() | {"faults": faults, "duration_s": time.monotonic() - started_s}
    return Grade.model_validate(known | fields)

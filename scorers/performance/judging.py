"""From what went wrong with a submission to the outcome of a check."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import TypeVar

from scorers.checks import Outcome, failed
from scorers.database_schema.staircase import failure_evidence as migration_evidence
from scorers.errors import HarnessFault
from scorers.performance.databases import MigrationFailed
from scorers.performance.sides import failure_evidence, violation_evidence
from scorers.performance.workload import Violation
from scorers.testbed.service.failure import ServiceFailure

B = TypeVar("B")


def submissions_fault(run: Callable[[B], Outcome]) -> Callable[[B], Outcome]:
    """Let a check fail when the submission's service fails or breaks the contract while the check runs.

    Raises HarnessFault(kind 'deadline', attributable) when the service was only late.
    """

    @wraps(run)
    def judged(bench: B) -> Outcome:
        try:
            return run(bench)
        except ServiceFailure as failure:
            if failure.late:  # tried again on a fresh testbed; only the same again counts (see `scorers.grading`)
                said = f"{failure.reason}\n{failure.output[-2000:]}"
                raise HarnessFault(said, kind="deadline", attributable=True) from failure
            return failed(failure.reason, evidence=failure_evidence(failure))
        except Violation as violation:
            return failed(violation.what, evidence=violation_evidence(violation))
        except RecursionError:
            return failed("an answer is nested deeper than anybody could read")
        except MigrationFailed as error:
            failure = error.failure
            return failed(
                f"{failure.label} fails on the filled database with SQLSTATE {failure.sqlstate}",
                evidence=migration_evidence(failure),
            )

    return judged


@contextmanager
def shaped(what: str) -> Generator[None]:
    """Raise Violation when an answer lacks what the workload looks for in it.

    For the candidate's answers only: the same code reads the baseline's, so a mistake in it shows there.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise Violation(
            f"{what}: an answer is not shaped as the contract says", f"{type(error).__name__}: {error}"
        ) from error

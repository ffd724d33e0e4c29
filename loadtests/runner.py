"""Runs a load plan in a process of its own and reads what it found."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from loadtests.errors import GeneratorBehind, GeneratorFailed, PlanError
from loadtests.outcome import Outcome
from loadtests.plan import LoadPlan
from loadtests.result import LoadResult

RunProcess = Callable[[Sequence[str], float], str]
"""Runs a command to its end within so many seconds and returns what it printed. It may do so inside a pod."""

START_AND_END_S = 60.0
"""What the process may take beyond the plan: imports on a busy machine, the last answers, the summary."""


def run_load(plan: LoadPlan, run: RunProcess | None = None) -> LoadResult:
    """Carry out `plan` and return what was found.

    Args:
        plan: What to send, where and when.
        run: How to start the generator's process; by default as a child of this one.

    Raises:
        PlanError: The plan cannot be carried out as written.
        GeneratorBehind: The generator was later than `plan.behind_limit_ms`; its numbers are no verdict.
        GeneratorFailed: The generator's process gave no result.
    """
    start = run or run_here
    with tempfile.TemporaryDirectory(prefix="archeval-load-") as folder:
        plan_path, outcome_path = Path(folder) / "plan.json", Path(folder) / "outcome.json"
        plan_path.write_text(plan.model_dump_json(), encoding="utf-8")
        command = [sys.executable, "-m", "loadtests.locust_run", str(plan_path), str(outcome_path)]
        output = start(command, plan.profile.total_s + plan.timeout_s + START_AND_END_S)
        outcome = _read(outcome_path, output)
    if outcome.plan_error is not None or outcome.result is None:
        raise PlanError(outcome.plan_error or "the generator wrote neither a result nor what was wrong with the plan")
    require_on_time(outcome.result, plan.behind_limit_ms)
    if not outcome.result.complete:
        raise GeneratorFailed(
            "the load generator stopped before everything that it had started came to an end: it was held up for long, or a "
            "journey of the user class takes longer than the plan's time limit"
        )
    return outcome.result


def run_here(command: Sequence[str], timeout_s: float) -> str:
    """Run `command` as a child process. Raises GeneratorFailed when it takes longer than `timeout_s`."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise GeneratorFailed(
            f"the load generator did not end within {timeout_s:.0f} s and was stopped; the machine is overloaded, or a "
            "user class never returns"
        ) from error
    return done.stdout


def _read(path: Path, output: str) -> Outcome:
    try:
        return Outcome.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise GeneratorFailed(f"the load generator ended without a result; it printed:\n{output[-4000:]}") from error


def require_on_time(result: LoadResult, limit_ms: float) -> None:
    """Raise GeneratorBehind when the generator was later than `limit_ms`: then it measured itself."""
    late = result.lateness
    if result.behind_ms > limit_ms:
        raise GeneratorBehind(
            f"the load generator could not keep its schedule: p99 of its starts was {late.start_p99_ms:.1f} ms after the due "
            f"time and p99 of its loop {late.loop_p99_ms:.1f} ms late, where {limit_ms:g} ms are allowed. Lower the rate, give "
            "the generator a core of its own, or add processes",
            start_late_p99_ms=late.start_p99_ms,
            loop_late_p99_ms=late.loop_p99_ms,
        )

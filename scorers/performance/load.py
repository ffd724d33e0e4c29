"""Candidate, reference and baseline under load, in turn, with the machine calibrated before and after."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from loadtests.calibration import Calibration, judge, measure_machine
from loadtests.cores import Cores, split_cores
from loadtests.errors import LoadError
from loadtests.paired import Patience, Question, Side, compare
from loadtests.plan import LoadPlan
from loadtests.profiles import ConstantRate
from loadtests.result import LoadResult
from loadtests.runner import RunProcess, run_load
from scorers.errors import HarnessFault
from scorers.performance.bench import PerformanceBench
from scorers.performance.judging import shaped
from scorers.performance.measured import LoadRecord
from scorers.performance.sides import RunningSide
from scorers.testbed.sandbox.limits import ServiceLimits

logger = logging.getLogger(__name__)

NOISY = "noisy"
"""Kind of the fault when the machine is not quiet enough to judge by. Nobody's doing, so never attributed."""

QUIET_TRIES = 6
QUIET_WAIT_S = 10.0
"""How often, and how far apart, it is asked whether the machine has become quiet."""

REQUESTS = 3000
REQUEST_TIMEOUT_S = 10.0
SPARE_S = 60.0
"""What must be left of the grade's time for another round."""

USER = "loadtests.users.requests:RequestListUser"


@dataclass
class _Rounds:
    """Measures a side when it is asked, and keeps what was found."""

    bench: PerformanceBench
    cores: Cores
    results: dict[Side, list[LoadResult]] = field(default_factory=dict[Side, list[LoadResult]])

    def measure(self, side: Side) -> dict[str, float]:
        """The p95 of each endpoint. The baseline is measured once; its answer is kept for later rounds."""
        known = self.results.setdefault(side, [])
        if side != "baseline" or not known:
            known.append(_run(self.bench, side, self.cores, first_request=len(known) * REQUESTS // 2))
        return {name: found.p95_ms for name, found in known[-1].endpoints.items()}


def measured(bench: PerformanceBench) -> LoadRecord:
    """Put candidate, reference and baseline under load until every question is decided.

    Raises:
        HarnessFault: The machine was noisy, the generator fell behind, or the questions stayed undecided.
        ServiceFailure: The candidate's service ended.
        Violation: The candidate did not hand out what the load needs.
    """
    with bench.job.slot.alone():
        record = _measured_once(bench)
        if not record.machine.quiet:
            logger.warning("the load run is repeated: %s", record.machine.reason)
            record = _measured_once(bench)
    if not record.machine.quiet:
        raise HarnessFault(f"the machine was too noisy to judge by, twice: {record.machine.reason}", kind=NOISY)
    undecided = [answer for answer in record.answers if answer.verdict == "undecided"]
    if undecided:
        body = "; ".join(
            f"{one.question.name}: ratios {[round(ratio, 2) for ratio in one.ratios]}" for one in undecided
        )
        raise HarnessFault(f"the load runs differ too much among themselves to decide: {body}", kind=NOISY)
    return record


def questions(bench: PerformanceBench) -> list[Question]:
    """What is asked of the p95s: against the reference and against the baseline."""
    asked: list[Question] = []
    for name, limits in bench.parameters.endpoints.items():
        if limits.times_reference is not None:
            asked.append(
                Question(
                    name=f"p95 of {name}, times the reference's",
                    key=name,
                    numerator="candidate",
                    denominator="reference",
                    at_most=limits.times_reference,
                )
            )
        if limits.times_baseline is not None:
            asked.append(
                Question(
                    name=f"p95 of {name} before, times the one now",
                    key=name,
                    numerator="baseline",
                    denominator="candidate",
                    at_least=limits.times_baseline,
                )
            )
    return asked


def _measured_once(bench: PerformanceBench) -> LoadRecord:
    rounds, load = _Rounds(bench, split_cores()), bench.parameters.load
    try:
        before = _quiet_machine()
        answers = compare(
            rounds.measure,
            questions(bench),
            patience=Patience(min_rounds=2, max_rounds=load.max_rounds),
            time_is_up=lambda: bench.job.left_s < 2 * (load.duration_s + load.warmup_s) + SPARE_S,
        )
        after = measure_machine()
    except LoadError as error:
        raise HarnessFault(f"the load could not be generated: {error}", kind=NOISY) from error
    return LoadRecord(answers, rounds.results, judge(before, after), load.rate_per_s)


def _quiet_machine() -> Calibration:
    """Calibrate, and wait a little for a machine that is busy: minutes of load would be for nothing on it.

    Raises HarnessFault and LoadError.
    """
    reasons: list[str] = []
    while len(reasons) < QUIET_TRIES:
        found = measure_machine()
        verdict = judge(found, found)
        if verdict.quiet:
            return found
        reasons.append(verdict.reason)
        logger.info("the machine is busy (%d of %d): %s", len(reasons), QUIET_TRIES, verdict.reason)
        time.sleep(QUIET_WAIT_S)
    raise HarnessFault(f"the machine is too busy for a load run: {reasons[-1]}", kind=NOISY)


def _run(bench: PerformanceBench, side: Side, cores: Cores, *, first_request: int) -> LoadResult:
    """One load run of one side, on a fresh clone of its database."""
    limits = ServiceLimits(memory_bytes=bench.parameters.memory.limit_bytes, cpus=cores.service)
    with bench.side(side, "large", limits=limits) as running:
        result = run_load(_plan(bench, running, cores, first_request), _in_pod(running, cores))
        running.assert_alive()
    return result


def _plan(bench: PerformanceBench, side: RunningSide, cores: Cores, first_request: int) -> LoadPlan:
    load, random = bench.parameters.load, bench.random("load")
    if side.who == "baseline":
        requests = bench.workload.baseline_requests(random, REQUESTS)
        profile = ConstantRate(
            rate_per_s=load.baseline_rate_per_s, duration_s=load.baseline_duration_s, arrivals="even"
        )
    else:
        with shaped("asking for what the load needs"):
            requests = bench.workload.load_requests(side, random, REQUESTS)
        profile = ConstantRate(rate_per_s=load.rate_per_s, duration_s=load.duration_s, warmup_s=load.warmup_s)
    return LoadPlan(
        host=f"http://127.0.0.1:{side.service.port}",
        user=USER,
        profile=profile,
        seed=bench.job.seed + first_request,
        parameters={"requests": [request.as_load() for request in requests], "first": first_request},
        timeout_s=REQUEST_TIMEOUT_S,
        cpus=cores.generator,
    )


def _in_pod(side: RunningSide, cores: Cores) -> RunProcess:
    def run(command: Sequence[str], timeout_s: float) -> str:
        done = side.pod.run(command, timeout_s=timeout_s, cpus=cores.generator)
        return done.stdout + done.stderr

    return run

"""Is the load generator right? It drives services whose latencies are known and is compared with the truth and with wrk.

The stalling service does nothing for 0.5 s in every 5 s, at moments of the monotonic clock that anybody can compute: a
request that is due inside a stall waits for its end. wrk, a load generator in C, is the second opinion on a service
that has no stalls.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from loadtests.cores import Cores, split_cores
from loadtests.errors import GeneratorFailed
from loadtests.intervals import percentile
from loadtests.plan import LoadPlan
from loadtests.profiles import ConstantRate
from loadtests.result import LoadResult
from loadtests.runner import run_load
from loadtests.schedule import due_times

USER = "loadtests.users.requests:RequestListUser"
REQUESTS = {"requests": [{"endpoint": "answer", "method": "GET", "path": "/"}]}
STALL_S, PERIOD_S = 0.5, 5.0
TRUTH_BAND = 0.10
"""How far p95 and p99 under stalls may be from the truth."""
WRK_BAND_MS = 1.0
"""How far p50 without stalls may be from wrk's."""


class Comparison(BaseModel):
    """One figure of the generator against what it should be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    found_ms: float
    truth_ms: float
    allowed_ms: float

    @property
    def right(self) -> bool:
        """Whether the figure is as near as it has to be."""
        return abs(self.found_ms - self.truth_ms) <= self.allowed_ms


class Accuracy(BaseModel):
    """All comparisons, and the runs that they come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    comparisons: list[Comparison]
    clean: LoadResult
    stalling: LoadResult
    wrk_missing: bool

    @property
    def right(self) -> bool:
        """Whether all comparisons hold."""
        return all(comparison.right for comparison in self.comparisons)


def measure_accuracy(*, rate_per_s: float, duration_s: float, seed: int = 0, cores: Cores | None = None) -> Accuracy:
    """Drive both services and compare. Raises LoadError when the generator gives no result."""
    chosen = cores or split_cores()
    profile = ConstantRate(rate_per_s=rate_per_s, duration_s=duration_s, warmup_s=2)
    with known_service(chosen) as port:
        clean = run_load(_plan(port, profile, seed, chosen))
        wrk_p50_ms = wrk_median_ms(port, seconds=min(duration_s, 5), cores=chosen)
    with known_service(chosen, stall_s=STALL_S) as port:
        plan = _plan(port, profile, seed, chosen)
        stalling = run_load(plan)
    truth_ms = true_latencies_s(plan, stalling.started_monotonic_s) * 1000
    comparisons = [
        _under_stalls("p95", stalling.total.p95_ms, percentile(truth_ms, 0.95)),
        _under_stalls("p99", stalling.total.p99_ms, percentile(truth_ms, 0.99)),
    ]
    if wrk_p50_ms is not None:
        comparisons.append(
            Comparison(
                what="p50 without stalls, against wrk",
                found_ms=clean.total.p50_ms,
                truth_ms=wrk_p50_ms,
                allowed_ms=WRK_BAND_MS,
            )
        )
    return Accuracy(comparisons=comparisons, clean=clean, stalling=stalling, wrk_missing=wrk_p50_ms is None)


def true_latencies_s(
    plan: LoadPlan, started_monotonic_s: float, *, stall_s: float = STALL_S, period_s: float = PERIOD_S
) -> NDArray[np.float64]:
    """What each recorded request had to wait at least, computed from the plan alone: nothing the generator measured.

    Only the clock at which the recorded time began is taken from the run.
    """
    assert isinstance(plan.profile, ConstantRate)
    due_s = due_times(plan.profile, plan.seed) - plan.profile.warmup_s
    phase_s = (due_s[due_s >= 0] + started_monotonic_s) % period_s
    return np.where(phase_s < stall_s, stall_s - phase_s, 0.0)


@contextmanager
def known_service(cores: Cores, *, stall_s: float = 0.0, period_s: float = PERIOD_S) -> Generator[int]:
    """Run the service of known latency on the service's cores; yields its port. Raises GeneratorFailed."""
    options = ["--stall-s", str(stall_s), "--period-s", str(period_s)]
    for cpu in sorted(cores.service or ()):
        options += ["--cpu", str(cpu)]
    command = [sys.executable, "-m", "loadtests.stalling_service", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.strip().isdigit():
            raise GeneratorFailed(f"the service of known latency did not start; it printed {line!r}")
        yield int(line)
    finally:
        process.kill()
        process.wait()


def wrk_median_ms(port: int, *, seconds: float, cores: Cores) -> float | None:
    """The median that wrk finds with one connection; None where there is no wrk. Raises GeneratorFailed."""
    program = shutil.which("wrk")
    if program is None:
        return None
    command = [*_pinned(cores), program, "-t1", "-c1", f"-d{seconds:.0f}s", "--latency", f"http://127.0.0.1:{port}/"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=False)
    return parse_wrk_median_ms(done.stdout)


def parse_wrk_median_ms(output: str) -> float:
    """Read the 50 % line of `wrk --latency`. Raises GeneratorFailed when there is none."""
    found = re.search(r"^\s*50%\s+([\d.]+)(us|ms|s)\s*$", output, re.MULTILINE)
    if found is None:
        raise GeneratorFailed(f"wrk printed no median; it printed:\n{output[-1000:]}")
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


def _plan(port: int, profile: ConstantRate, seed: int, cores: Cores) -> LoadPlan:
    return LoadPlan(
        host=f"http://127.0.0.1:{port}",
        user=USER,
        profile=profile,
        seed=seed,
        parameters=REQUESTS,
        cpus=cores.generator,
    )


def _under_stalls(name: str, found_ms: float, truth_ms: float) -> Comparison:
    what = f"{name} with {STALL_S:g} s stalls, against the computed truth"
    return Comparison(what=what, found_ms=found_ms, truth_ms=truth_ms, allowed_ms=truth_ms * TRUTH_BAND)


def _pinned(cores: Cores) -> Sequence[str]:
    taskset = shutil.which("taskset")
    if cores.generator is None or taskset is None:
        return []
    return [str(Path(taskset)), "-c", ",".join(str(cpu) for cpu in sorted(cores.generator))]

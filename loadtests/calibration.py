"""Can the machine be trusted just now, and how fast is it? A known service is measured right before and after a run.

The submission must be stopped for both, or a service that burns CPU could call the machine noisy and get off.
"""

import sys
import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from loadtests.cores import Cores, split_cores
from loadtests.errors import GeneratorFailed
from loadtests.runner import RunProcess, run_here

BAND = 0.25
"""How far the means before and after may lie apart."""
SLOWDOWN = 1.5
"""How much longer than on its own the service may take on average, before or after."""
CLASS_PER_S = 100.0
"""Answers per second that make one machine class."""


class Calibration(BaseModel):
    """How long the calibration service took, asked one request after the other, in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: int
    mean_ms: float
    p10_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @property
    def machine_class(self) -> int:
        """How fast one core of the machine is: answers per second at the 10th percentile, in hundreds.

        Twice the class is twice the speed. The fast tenth is the machine; what is slower is what else it does.
        """
        return int(1000 / self.p10_ms / CLASS_PER_S)

    @property
    def slowdown(self) -> float:
        """Mean over 10th percentile: how much longer work takes for all that runs beside it. 1 on an idle machine."""
        return self.mean_ms / self.p10_ms


class Verdict(BaseModel):
    """May what was measured between two calibrations be judged?"""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quiet: bool
    swing: float
    """How far the means lie apart: 0.1 is a tenth."""
    slowdown: float
    """The larger of the two."""
    machine_class: int
    """The lower of the two classes. An absolute target is judged only where it is at least the stated one."""
    reason: str

    @property
    def word(self) -> str:
        """`quiet` or `noisy`."""
        return "quiet" if self.quiet else "noisy"


def measure_machine(run: RunProcess | None = None, *, seconds: float = 1.5, cores: Cores | None = None) -> Calibration:
    """Start the calibration service, ask it for so many seconds, stop it. Raises GeneratorFailed.

    `cores` are those that the service and the load generator use; by default those of `split_cores`.
    """
    start = run or run_here
    chosen = cores or split_cores()
    pinned = [str(min(chosen.service)), str(min(chosen.generator))] if chosen.service and chosen.generator else []
    with tempfile.TemporaryDirectory(prefix="archeval-calibration-") as folder:
        outcome = Path(folder) / "outcome.json"
        command = [sys.executable, "-m", "loadtests.calibration_run", str(outcome), str(seconds), *pinned]
        output = start(command, seconds + 60)
        try:
            return Calibration.model_validate_json(outcome.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise GeneratorFailed(f"the calibration ended without a result; it printed:\n{output[-2000:]}") from error


def judge(before: Calibration, after: Calibration, *, band: float = BAND, slowdown_limit: float = SLOWDOWN) -> Verdict:
    """Say whether the machine was quiet: means within `band` of each other, and neither far from what the core can do."""
    swing = max(before.mean_ms, after.mean_ms) / min(before.mean_ms, after.mean_ms) - 1
    slowdown = max(before.slowdown, after.slowdown)
    facts = (
        f"its mean was {before.mean_ms:.2f} ms before and {after.mean_ms:.2f} ms after ({swing:.0%} apart, {band:.0%} allowed), "
        f"at most {slowdown:.1f} times what the core does undisturbed ({slowdown_limit:g} allowed)"
    )
    quiet = swing <= band and slowdown <= slowdown_limit
    return Verdict(
        quiet=quiet,
        swing=swing,
        slowdown=slowdown,
        machine_class=min(before.machine_class, after.machine_class),
        reason=f"the calibration service was {'steady' if quiet else 'disturbed'}: {facts}",
    )

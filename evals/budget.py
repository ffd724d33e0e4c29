"""What a whole run may cost. Inspect's own cost limit is per sample, and each sample here is a single generation."""

import threading

from inspect_ai.model import ModelOutput

from scorers.errors import ArchevalError


class BudgetSpent(ArchevalError):
    """The run's cost limit is reached; the sample was not asked for, and a resumed run will ask for it."""


class Budget:
    """Dollars spent in this process, against a limit. Answers that are under way when it is reached still come in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.limit_usd: float | None = None
        self.spent_usd = 0.0

    def start(self, limit_usd: float | None, *, spent_usd: float = 0.0) -> None:
        """Begin a run with a limit, or without one; `spent_usd` is what the resumed run has cost so far."""
        with self._lock:
            self.limit_usd = limit_usd
            self.spent_usd = spent_usd

    def check(self) -> None:
        """Raise BudgetSpent when nothing is left."""
        if self.limit_usd is not None and self.spent_usd >= self.limit_usd:
            raise BudgetSpent(
                f"the run has cost ${self.spent_usd:.4f} of ${self.limit_usd:.4f}; raise --cost-limit and resume with "
                "--log-dir to go on"
            )

    def spend(self, output: ModelOutput) -> None:
        """Count what an answer cost, where Inspect knows."""
        cost_usd = output.usage.total_cost if output.usage else None
        if cost_usd:
            with self._lock:
                self.spent_usd += cost_usd


BUDGET = Budget()

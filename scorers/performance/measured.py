"""What load runs found, for the checks that judge it."""

from dataclasses import dataclass

from loadtests.calibration import Verdict
from loadtests.paired import Answer, Side
from loadtests.result import LoadResult


@dataclass
class LoadRecord:
    """All that was measured under load."""

    answers: list[Answer]
    results: dict[Side, list[LoadResult]]
    machine: Verdict
    rate_per_s: float

    def p95_ms(self, side: Side, endpoint: str) -> list[float]:
        """The p95 of each round."""
        return [one.endpoints[endpoint].p95_ms for one in self.results[side] if endpoint in one.endpoints]

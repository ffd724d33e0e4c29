"""What measured calls cost: the records that the checks on costs share."""

from dataclasses import dataclass

from scorers.database_schema.oracle import Probe


@dataclass(frozen=True)
class ProbeCost:
    """What one measured call touched."""

    probe: Probe
    rows: int
    buffers: float
    tuples: float
    refusal: str = ""
    """The SQLSTATE and message if the call was refused."""


@dataclass(frozen=True)
class CostRecord:
    """What the probes cost at both sizes; left on the bench by `query_cost` for the checks after it."""

    small: list[ProbeCost]
    large: list[ProbeCost]
    plans: dict[str, str]
    """Plans at the large size of the probes that are over budget or grew, by label."""

"""Which lines of the persona's specification the samples are evidence for, and how the models did on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
import pandas as pd

from reports.selection import Entrant

State = Literal["seen", "not run here", "nothing yet"]

_RESULTS = """
SELECT line, family, check_id, model, persona_name, persona_hash, count(*) AS applicable,
    count(*) FILTER (status = 'passed') AS passed
FROM (
    SELECT unnest(checks.spec_lines) AS line, results.family, checks.check_id, checks.status, results.model,
        results.persona_name, results.persona_hash
    FROM checks JOIN results USING (sample_uuid)
    WHERE results.outcome = 'graded' AND checks.status <> 'not_applicable'
        AND sample_uuid IN (SELECT unnest(?::VARCHAR[]))
)
GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class SpecText:
    """A line of the specification, and how many shipped checks and scenarios claim to be evidence for it."""

    line_id: str
    section: str
    summary: str
    claimed_checks: int = 0
    claimed_scenarios: int = 0


@dataclass(frozen=True)
class CoverageCell:
    """How often the line's checks passed for one entrant."""

    passed: int
    applicable: int

    @property
    def rate(self) -> float | None:
        """Passed as a part of applicable."""
        return self.passed / self.applicable if self.applicable else None


@dataclass(frozen=True)
class CoverageRow:
    """One line of the specification."""

    text: SpecText
    state: State
    checks: list[str]
    """Ids of the checks that gave results."""
    cells: list[CoverageCell]

    @property
    def rate(self) -> float | None:
        """Over all entrants."""
        applicable = sum(cell.applicable for cell in self.cells)
        return sum(cell.passed for cell in self.cells) / applicable if applicable else None


@dataclass(frozen=True)
class Coverage:
    """All lines, in the specification's order."""

    rows: list[CoverageRow]

    def count(self, state: State) -> int:
        """How many lines are in `state`."""
        return sum(row.state == state for row in self.rows)


def read_line_results(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> pd.DataFrame:
    """Read how often each check passed for each line that it names and each entrant."""
    return connection.execute(_RESULTS, [uuids]).df()


def cover(results: pd.DataFrame, spec: Sequence[SpecText], entrants: Sequence[Entrant]) -> Coverage:
    """Set `results` against the lines of `spec`. Lines that only the results name come last."""
    found: dict[str, pd.DataFrame] = {str(line): own for line, own in results.groupby("line", sort=True)}
    known = {text.line_id for text in spec}
    others = [SpecText(line, line.partition(".")[0], "") for line in found if line not in known]
    return Coverage([_row(text, found.get(text.line_id), entrants) for text in [*spec, *others]])


def _row(text: SpecText, results: pd.DataFrame | None, entrants: Sequence[Entrant]) -> CoverageRow:
    if results is None:
        claimed = text.claimed_checks or text.claimed_scenarios
        return CoverageRow(text, "not run here" if claimed else "nothing yet", [], [CoverageCell(0, 0)] * len(entrants))
    sums = results.groupby(["model", "persona_name", "persona_hash"])[["passed", "applicable"]].sum()
    by_entrant = {
        (str(key[0]), str(key[1]), str(key[2])): CoverageCell(int(passed), int(applicable))
        for key, passed, applicable in zip(sums.index, sums["passed"], sums["applicable"], strict=True)
    }
    checks = sorted({str(check) for check in results["check_id"]})
    cells = [by_entrant.get(entrant, CoverageCell(0, 0)) for entrant in entrants]
    return CoverageRow(text, "seen", checks, cells)

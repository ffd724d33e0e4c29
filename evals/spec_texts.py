"""The persona's specification for the report: its lines, and how many scenarios and checks claim each."""

from evals.claims import claims
from evals.datasets import load_scenarios, shipped_root
from reports.html.coverage import SpecText
from scorers.spec import evidence_table, load_spec


def spec_texts() -> list[SpecText]:
    """Return the lines of the shipped specification, in its order."""
    spec = load_spec(shipped_root() / "persona" / "spec.yaml")
    return [
        SpecText(
            line_id=row.line.id,
            section=row.line.section,
            summary=row.line.summary,
            claimed_checks=len(row.checks),
            claimed_scenarios=len(row.scenarios),
        )
        for row in evidence_table(spec, claims(load_scenarios()))
    ]

"""Which scenarios and checks claim to be evidence for which line of the persona's specification."""

from collections.abc import Sequence

from scorers.registry import all_checks
from scorers.scenario import Scenario
from scorers.spec import Claim


def claims(scenarios: Sequence[Scenario]) -> list[Claim]:
    """Every claim of the scenarios and of all checks. A name is `family.check` or the scenario's id."""
    return [
        *(Claim(line_id=line, kind="scenario", name=one.id) for one in scenarios for line in one.file.spec_lines),
        *(
            Claim(line_id=line, kind="check", name=f"{family}.{check.id}")
            for family, check in all_checks()
            for line in check.spec_lines
        ),
    ]

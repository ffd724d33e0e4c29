"""Checks that do not come out the same each time: among a model's own answers, and on one and the same submission."""

from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

SHOWN_CHECKS = 60

_GROUPS = """
SELECT results.family, results.scenario_id, results.model, results.persona_hash, results.run_id, checks.check_id,
    any_value(checks.title) AS title, count(*) AS answers, count(*) FILTER (checks.status = 'passed') AS passed,
    min_by(sample_uuid, (results.created_at, results.epoch)) FILTER (checks.status = 'passed') AS passing,
    min_by(sample_uuid, (results.created_at, results.epoch)) FILTER (checks.status <> 'passed') AS failing
FROM checks JOIN results USING (sample_uuid)
WHERE results.outcome = 'graded' AND checks.status <> 'not_applicable'
    AND sample_uuid IN (SELECT unnest(?::VARCHAR[]))
GROUP BY results.family, results.scenario_id, results.model, results.persona_hash, results.run_id,
    results.comparability, checks.check_id
HAVING count(*) > 1
"""

_SAME_SUBMISSION = """
SELECT samples.family, samples.scenario_id, checks.check_id, any_value(checks.title) AS title,
    count(*) AS grades, count(*) FILTER (checks.status = 'passed') AS passed,
    min(sample_uuid) FILTER (checks.status = 'passed') AS passing,
    min(sample_uuid) FILTER (checks.status <> 'passed') AS failing
FROM checks JOIN samples USING (sample_uuid)
WHERE samples.outcome = 'graded' AND samples.submission_hash IS NOT NULL AND checks.status <> 'not_applicable'
    AND sample_uuid IN (SELECT unnest(?::VARCHAR[]))
GROUP BY samples.family, samples.scenario_id, samples.scenario_version, samples.submission_hash, checks.check_id
HAVING count(DISTINCT checks.status = 'passed') > 1
ORDER BY ALL
"""


@dataclass(frozen=True)
class FlakyCheck:
    """A check on which answers to the same question, by the same model in the same run, disagree."""

    family: str
    check_id: str
    title: str
    flip_rate: float
    """How often two such answers disagree, 0..1."""
    groups: int
    """Scenarios times models times runs in which answers disagree."""
    of_groups: int
    worst: str
    """The scenario in which they disagree most."""
    passing: str
    """A sample of the worst group that passes, and one that does not."""
    failing: str


@dataclass(frozen=True)
class SameSubmission:
    """A check that came out differently on the same files: the grader's doing, not the model's."""

    family: str
    scenario_id: str
    check_id: str
    title: str
    grades: int
    passed: int
    passing: str
    failing: str


@dataclass(frozen=True)
class Flaky:
    """Both kinds, the worst first."""

    checks: list[FlakyCheck]
    more: int
    same: list[SameSubmission]


def read_flaky(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> Flaky:
    """Read from the store which checks of these samples are flaky."""
    groups = connection.execute(_GROUPS, [uuids]).df()
    same = [SameSubmission(*row) for row in connection.execute(_SAME_SUBMISSION, [uuids]).fetchall()]
    found = _flaky_checks(groups) if len(groups) else []
    return Flaky(found[:SHOWN_CHECKS], max(0, len(found) - SHOWN_CHECKS), same)


def _flaky_checks(groups: pd.DataFrame) -> list[FlakyCheck]:
    groups = groups.assign(
        pairs=groups["answers"] * (groups["answers"] - 1) // 2,
        disagreeing=groups["passed"] * (groups["answers"] - groups["passed"]),
    )
    groups["rate"] = groups["disagreeing"] / groups["pairs"]
    found: list[FlakyCheck] = []
    for key, members in groups.groupby(["family", "check_id"], sort=True):
        uneven: Any = members[members["disagreeing"] > 0]
        if not len(uneven):
            continue
        worst = uneven.sort_values(
            ["rate", "answers", "scenario_id", "model", "run_id"], ascending=[False, False, True, True, True]
        ).iloc[0]
        family, check_id = map(str, key)
        found.append(
            FlakyCheck(
                family=family,
                check_id=check_id,
                title=str(worst["title"]),
                flip_rate=float(members["disagreeing"].sum() / members["pairs"].sum()),
                groups=len(uneven),
                of_groups=len(members),
                worst=str(worst["scenario_id"]),
                passing=str(worst["passing"]),
                failing=str(worst["failing"]),
            )
        )
    return sorted(found, key=lambda one: (-one.flip_rate, one.family, one.check_id))

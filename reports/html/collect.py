"""What the report's overview shows, counted in the store."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from reports.html.coverage import read_line_results
from reports.html.flaky import Flaky, read_flaky
from reports.leaderboard import Leaderboard, rank
from reports.selection import Entrant, Filters, SampleRow, Selection, select

CURVE = "p95 second by second, ms"
"""Title of the evidence that the page of a sample draws: seconds and milliseconds, separated by commas."""


@dataclass(frozen=True)
class Run:
    """What the report says about one log."""

    eval_id: str
    run_id: str
    log_location: str
    created_at: datetime
    suite: str
    git_commit: str | None
    git_dirty: bool
    family: str
    seed: int
    status: str
    generation: dict[str, object]
    archeval_version: str


@dataclass(frozen=True)
class CheckDefinition:
    """What a check was when it gave a result; a check that was changed has several."""

    check_id: str
    title: str
    weight: float
    gate: bool
    spec_lines: tuple[str, ...]


@dataclass(frozen=True)
class FaultRow:
    """One failure of the harness."""

    step: str
    kind: str
    message: str
    attempt: int


@dataclass(frozen=True)
class CheckCount:
    """How often a check passed for one entrant, of the graded samples that it applied to."""

    family: str
    check_id: str
    entrant: Entrant
    title: str
    gate: bool
    weight: float
    passed: int
    applicable: int


@dataclass(frozen=True)
class Collected:
    """The data of the report's overview; dictionaries are by sample uuid unless they say otherwise."""

    selection: Selection
    board: Leaderboard
    runs: dict[str, Run]
    """By eval id."""
    definitions: list[CheckDefinition]
    statuses: Counter[str]
    """How many check results have each status."""
    counts: list[CheckCount]
    not_passed: dict[str, list[str]]
    """Ids of the checks that failed or were blocked."""
    paths: dict[str, list[str]]
    """Names of the files handed in."""
    testbeds: list[str]
    faults: dict[str, list[FaultRow]]
    flaky: Flaky
    line_results: pd.DataFrame
    has_curves: bool
    """Whether some sample was put under load."""

    @property
    def samples(self) -> list[SampleRow]:
        """The samples, in a stable order."""
        return self.selection.samples


def collect(connection: duckdb.DuckDBPyConnection, filters: Filters) -> Collected:
    """Read what the overview of a report of `filters` needs."""
    selection = select(connection, filters)
    uuids = [sample.sample_uuid for sample in selection.samples]
    return Collected(
        selection=selection,
        board=rank(selection),
        runs=_runs(connection, sorted({sample.eval_id for sample in selection.samples})),
        definitions=_definitions(connection, uuids),
        statuses=Counter(dict(connection.execute(_STATUSES, [uuids]).fetchall())),
        counts=[
            CheckCount(row[0], row[1], (row[2], row[3], row[4]), row[5], row[6], row[7], row[8], row[9])
            for row in connection.execute(_COUNTS, [uuids]).fetchall()
        ],
        not_passed=dict(connection.execute(_NOT_PASSED, [uuids]).fetchall()),
        paths=dict(connection.execute(_PATHS, [uuids]).fetchall()),
        testbeds=[row[0] for row in connection.execute(_TESTBEDS, [uuids]).fetchall()],
        faults=_faults(connection, uuids),
        flaky=read_flaky(connection, uuids),
        line_results=read_line_results(connection, uuids),
        has_curves=bool(connection.execute(_CURVES, [uuids, CURVE]).fetchall()),
    )


_OURS = "sample_uuid IN (SELECT unnest(?::VARCHAR[]))"
_STATUSES = f"SELECT status, count(*) FROM checks WHERE {_OURS} GROUP BY status ORDER BY status"
_NOT_PASSED = (
    f"SELECT sample_uuid, list(check_id ORDER BY position) FROM checks WHERE {_OURS} "
    "AND status IN ('failed', 'blocked') GROUP BY sample_uuid ORDER BY sample_uuid"
)
_PATHS = f"SELECT sample_uuid, list(path ORDER BY path) FROM files WHERE {_OURS} GROUP BY ALL ORDER BY sample_uuid"
_TESTBEDS = f"SELECT testbed FROM samples WHERE {_OURS} GROUP BY testbed ORDER BY min(rowid)"
_CURVES = f"SELECT 1 FROM evidence WHERE {_OURS} AND title = ? LIMIT 1"
_DEFINITIONS = (
    "SELECT check_id, title, weight, gate, spec_lines FROM checks "
    f"WHERE {_OURS} GROUP BY ALL ORDER BY check_id, title, weight, gate, spec_lines"
)
_COUNTS = f"""
SELECT results.family, checks.check_id, results.model, results.persona_name, results.persona_hash,
    max_by(checks.title, (results.created_at, sample_uuid)), max_by(checks.gate, (results.created_at, sample_uuid)),
    max_by(checks.weight, (results.created_at, sample_uuid)), count(*) FILTER (checks.status = 'passed'),
    count(*) FILTER (checks.status <> 'not_applicable')
FROM checks JOIN results USING (sample_uuid) WHERE {_OURS} AND results.outcome = 'graded'
GROUP BY results.family, checks.check_id, results.model, results.persona_name, results.persona_hash ORDER BY ALL
"""


def _runs(connection: duckdb.DuckDBPyConnection, eval_ids: list[str]) -> dict[str, Run]:
    rows = connection.execute(
        "SELECT eval_id, run_id, log_location, created_at, suite, git_commit, git_dirty, family, seed, status, "
        "generation, archeval_version FROM runs WHERE eval_id IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY created_at, eval_id",
        [eval_ids],
    ).fetchall()
    return {row[0]: Run(*row[:10], generation=json.loads(row[10]), archeval_version=row[11]) for row in rows}


def _definitions(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> list[CheckDefinition]:
    rows = connection.execute(_DEFINITIONS, [uuids]).fetchall()
    return [CheckDefinition(*row[:4], spec_lines=tuple(row[4])) for row in rows]


def _faults(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> dict[str, list[FaultRow]]:
    found: dict[str, list[FaultRow]] = {}
    for row in connection.execute(
        "SELECT sample_uuid, step, kind, message, attempt FROM faults "
        "WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[])) ORDER BY sample_uuid, position",
        [uuids],
    ).fetchall():
        found.setdefault(row[0], []).append(FaultRow(*row[1:]))
    return found

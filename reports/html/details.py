"""What only the page of a sample shows, read from the store for some samples at a time."""

import json
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Details:
    """What only the sample's own page shows."""

    prompt_hash: str
    unplaced_hash: str
    completion_excerpt: str
    submission_hash: str | None
    testbed: dict[str, str]
    grade_seed: int | None


@dataclass(frozen=True)
class CheckRow:
    """One check result."""

    check_id: str
    title: str
    status: str
    score: float
    weight: float
    gate: bool
    spec_lines: list[str]
    message: str


@dataclass(frozen=True)
class EvidenceRow:
    """One piece of evidence; its text is `contents[content_hash]`."""

    title: str
    kind: str
    content_hash: str


@dataclass(frozen=True)
class MeasurementRow:
    """One measurement."""

    name: str
    value: float
    unit: str
    target: float | None
    direction: str
    on_target: bool | None


@dataclass(frozen=True)
class SampleDetails:
    """The details of some samples; dictionaries are by sample uuid unless they say otherwise."""

    details: dict[str, Details]
    checks: dict[str, list[CheckRow]]
    measurements: dict[str, list[MeasurementRow]]
    evidence: dict[tuple[str, str], list[EvidenceRow]]
    """By sample uuid and check id."""
    files: dict[str, dict[str, str]]
    """Path to content hash."""
    contents: dict[str, str]
    """By content hash."""


def read_details(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> SampleDetails:
    """Read the details of the samples with these uuids."""
    files, evidence, details = _files(connection, uuids), _evidence(connection, uuids), _details(connection, uuids)
    wanted = {content_hash for paths in files.values() for content_hash in paths.values()}
    wanted |= {item.content_hash for items in evidence.values() for item in items}
    wanted |= {key for detail in details.values() for key in (detail.prompt_hash, detail.unplaced_hash)}
    return SampleDetails(
        details=details,
        checks=_checks(connection, uuids),
        measurements=_measurements(connection, uuids),
        evidence=evidence,
        files=files,
        contents=_contents(connection, sorted(wanted)),
    )


def _details(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> dict[str, Details]:
    rows = connection.execute(
        "SELECT sample_uuid, prompt_hash, unplaced_hash, completion_excerpt, submission_hash, testbed, grade_seed "
        "FROM samples WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[]))",
        [uuids],
    ).fetchall()
    return {row[0]: Details(*row[1:5], testbed=json.loads(row[5]), grade_seed=row[6]) for row in rows}


def _checks(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> dict[str, list[CheckRow]]:
    found: dict[str, list[CheckRow]] = {}
    for row in connection.execute(
        "SELECT sample_uuid, check_id, title, status, score, weight, gate, spec_lines, message FROM checks "
        "WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[])) ORDER BY sample_uuid, position",
        [uuids],
    ).fetchall():
        found.setdefault(row[0], []).append(CheckRow(*row[1:]))
    return found


def _measurements(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> dict[str, list[MeasurementRow]]:
    found: dict[str, list[MeasurementRow]] = {}
    for row in connection.execute(
        "SELECT sample_uuid, name, value, unit, target, direction, on_target FROM measurements "
        "WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[])) ORDER BY sample_uuid, position",
        [uuids],
    ).fetchall():
        found.setdefault(row[0], []).append(MeasurementRow(*row[1:]))
    return found


def _evidence(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> dict[tuple[str, str], list[EvidenceRow]]:
    found: dict[tuple[str, str], list[EvidenceRow]] = {}
    for row in connection.execute(
        "SELECT sample_uuid, check_id, title, kind, content_hash FROM evidence "
        "WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[])) ORDER BY sample_uuid, check_id, position",
        [uuids],
    ).fetchall():
        found.setdefault((row[0], row[1]), []).append(EvidenceRow(*row[2:]))
    return found


def _files(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for sample_uuid, path, content_hash in connection.execute(
        "SELECT sample_uuid, path, content_hash FROM files "
        "WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[])) ORDER BY sample_uuid, path",
        [uuids],
    ).fetchall():
        found.setdefault(sample_uuid, {})[path] = content_hash
    return found


def _contents(connection: duckdb.DuckDBPyConnection, hashes: list[str]) -> dict[str, str]:
    rows = connection.execute(
        "SELECT content_hash, body FROM contents WHERE content_hash IN (SELECT unnest(?::VARCHAR[]))", [hashes]
    ).fetchall()
    return {row[0]: row[1] for row in rows}

"""One side of a comparison, read from a store: answers with their checks, measurements and evidence."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from reports.selection import Filters, SampleRow, read_samples
from reports.store import Store
from scorers.errors import InputError


@dataclass(frozen=True)
class CheckRow:
    """One check result of one answer."""

    sample_uuid: str
    check_id: str
    title: str
    status: str
    gate: bool
    message: str


@dataclass(frozen=True)
class MeasurementRow:
    """One number measured on one answer."""

    sample_uuid: str
    name: str
    value: float
    unit: str
    target: float | None
    direction: str


@dataclass(frozen=True)
class EvidenceRow:
    """One piece of evidence with its text."""

    sample_uuid: str
    check_id: str
    title: str
    body: str


@dataclass(frozen=True)
class Side:
    """Answers, each once, with what was found in them. `store` is where their evidence is read when it is asked for."""

    label: str
    store: Store
    samples: list[SampleRow]
    checks: dict[str, dict[str, CheckRow]]
    """By sample uuid and check id."""
    measurements: dict[str, list[MeasurementRow]]
    """By sample uuid."""

    def evidence(self, sample_uuids: Iterable[str]) -> list[EvidenceRow]:
        """Read the evidence of these answers, in the order of their checks."""
        rows = self.store.query(
            "SELECT sample_uuid, check_id, title, body FROM evidence JOIN contents USING (content_hash) "
            "WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[])) ORDER BY sample_uuid, check_id, position",
            [sorted(set(sample_uuids))],
        )
        return [EvidenceRow(*row) for row in rows]


def read_side(store: Store, filters: Filters, label: str) -> Side:
    """Read the answers that `filters` let through. Raises InputError when there are none."""
    with store.reading() as connection:
        samples = read_samples(connection, filters)
        if not samples:
            raise InputError(
                f"no answers are selected by {label!r} in the store {str(store.path)!r}; see what it holds"
            )
        uuids = [sample.sample_uuid for sample in samples]
        return Side(label, store, samples, _checks(connection, uuids), _measurements(connection, uuids))


def _checks(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> dict[str, dict[str, CheckRow]]:
    rows = connection.execute(
        "SELECT sample_uuid, check_id, title, status, gate, message FROM checks "
        "WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[])) ORDER BY sample_uuid, position",
        [uuids],
    ).fetchall()
    found: dict[str, dict[str, CheckRow]] = {}
    for row in rows:
        found.setdefault(row[0], {})[row[1]] = CheckRow(*row)
    return found


def _measurements(connection: duckdb.DuckDBPyConnection, uuids: list[str]) -> dict[str, list[MeasurementRow]]:
    rows = connection.execute(
        "SELECT sample_uuid, name, value, unit, target, direction FROM measurements "
        "WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[])) ORDER BY sample_uuid, position",
        [uuids],
    ).fetchall()
    found: dict[str, list[MeasurementRow]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(MeasurementRow(*row))
    return found

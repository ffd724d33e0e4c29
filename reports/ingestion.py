"""What writing logs into the store does, inside the transaction: decide about each, delete what is replaced, insert.

Opening and closing the file and running a statement take the same time for one log as for a hundred, so logs are written
in batches: 1,000 check results a second became 20,000.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from reports.loading import insert
from reports.records import LogRecords
from reports.rows import rows_of
from scorers.errors import InputError

BATCH_CHECKS = 20_000
"""A batch ends with the log that brings it to so many check results; about a second of work."""

BATCH_BYTES = 64 * 1024 * 1024
"""And with the one that brings it to so much text."""

Ingested = Literal["added", "replaced", "unchanged", "outdated"]
"""What became of a log. `outdated`: the store holds a later state of this log, which stays."""

_OF_SAMPLES = ("checks", "measurements", "faults", "evidence", "files")
_USED_CONTENTS = """
SELECT content_hash FROM files UNION ALL SELECT content_hash FROM evidence
UNION ALL SELECT prompt_hash FROM samples UNION ALL SELECT unplaced_hash FROM samples
"""

Arriving = tuple[LogRecords, str]
"""A log's records and their hash."""


@dataclass(frozen=True)
class Written:
    """What became of the first logs of a batch, and why the one after them was not written, if one was not."""

    done: list[Ingested]
    refused: InputError | None


@dataclass(frozen=True)
class _Stored:
    """A log that is in the store."""

    eval_id: str
    task_id: str
    content_hash: str
    state_at: Any
    finished: int


def batches(logs: Iterable[LogRecords]) -> Iterator[list[LogRecords]]:
    """Yield the logs in their order, in batches of moderate size in which no two have to do with each other."""
    batch: list[LogRecords] = []
    names: set[tuple[str, str]] = set()
    checks = size_bytes = 0
    for records in logs:
        own = _names(records)
        if batch and not names.isdisjoint(own):
            yield batch
            batch, checks, size_bytes = [], 0, 0
            names.clear()
        batch.append(records)
        names |= own
        checks += sum(len(sample.grade.checks) for sample in records.samples if sample.grade)
        size_bytes += sum(len(text) for sample in records.samples for text in sample.files.values())
        if checks >= BATCH_CHECKS or size_bytes >= BATCH_BYTES:
            yield batch
            batch, checks, size_bytes = [], 0, 0
            names.clear()
    if batch:
        yield batch


def write_batch(connection: duckdb.DuckDBPyConnection, batch: Sequence[Arriving]) -> Written:
    """Write the logs of one batch, up to the first that may not be written."""
    stored = _stored(connection, batch)
    foreign = _owners(connection, batch)
    done: list[Ingested] = []
    writing: list[Arriving] = []
    replaced: list[str] = []
    refused: InputError | None = None
    for records, content_hash in batch:
        own = [log for log in stored if records.run.eval_id == log.eval_id or records.run.task_id == log.task_id]
        if any(log.content_hash == content_hash for log in own):
            done.append("unchanged")
            continue
        if any(_is_later(log, records) for log in own):
            done.append("outdated")
            continue
        refused = _foreign_sample(records, foreign, {log.eval_id for log in own})
        if refused:
            break
        done.append("replaced" if own else "added")
        writing.append((records, content_hash))
        replaced += [log.eval_id for log in own]
    freed = _delete(connection, replaced)
    for table, rows in rows_of(writing).items():
        insert(connection, table, rows)
    _delete_unused_contents(connection, freed)
    return Written(done, refused)


def _names(records: LogRecords) -> set[tuple[str, str]]:
    """What another log must not have, to be written independently of this one."""
    samples = {("sample", sample.sample_uuid) for sample in records.samples}
    return samples | {("eval", records.run.eval_id), ("task", records.run.task_id)}


def _stored(connection: duckdb.DuckDBPyConnection, batch: Sequence[Arriving]) -> list[_Stored]:
    rows = connection.execute(
        "SELECT eval_id, task_id, content_hash, coalesce(updated_at, created_at), (SELECT count(*) FROM samples "
        "WHERE samples.eval_id = runs.eval_id AND outcome <> 'error') FROM runs "
        "WHERE eval_id IN (SELECT unnest(?::VARCHAR[])) OR task_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY eval_id",
        [[records.run.eval_id for records, _ in batch], [records.run.task_id for records, _ in batch]],
    ).fetchall()
    return [_Stored(*row) for row in rows]


def _is_later(stored: _Stored, records: LogRecords) -> bool:
    """Whether the stored log is a later state than `records`.

    A resumed log holds all that its forerunner finished, so of two attempts the one with more finished samples is the
    later. Times decide only between equals: Inspect moves a new log's creation time ahead to keep file names apart.
    """
    if stored.eval_id != records.run.eval_id:
        arriving = sum(sample.outcome != "error" for sample in records.samples)
        if stored.finished != arriving:
            return stored.finished > arriving
    return bool(stored.state_at > records.run.state_at.replace(tzinfo=None))


def _owners(connection: duckdb.DuckDBPyConnection, batch: Sequence[Arriving]) -> dict[str, str]:
    """Return the eval ids to which samples of the batch belong that are in the store."""
    uuids = [sample.sample_uuid for records, _ in batch for sample in records.samples]
    rows = connection.execute(
        "SELECT sample_uuid, eval_id FROM samples WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[]))", [uuids]
    ).fetchall()
    return dict(rows)


def _foreign_sample(records: LogRecords, owners: dict[str, str], replaced: set[str]) -> InputError | None:
    for uuid in sorted(sample.sample_uuid for sample in records.samples):
        owner = owners.get(uuid)
        if owner is not None and owner not in replaced:
            return InputError(
                f"log {records.run.log_location!r}: its sample {uuid!r} is already in the store, as part of eval "
                f"{owner!r}, which is another task; ingest only one of the two logs"
            )
    return None


def _delete(connection: duckdb.DuckDBPyConnection, eval_ids: list[str]) -> list[Any]:
    """Delete all rows of `eval_ids` and return the content hashes that they referred to."""
    if not eval_ids:
        return []
    samples = "(SELECT sample_uuid FROM samples WHERE eval_id IN (SELECT unnest(?::VARCHAR[])))"
    freed = connection.execute(
        f"SELECT content_hash FROM files WHERE sample_uuid IN {samples} "
        f"UNION SELECT content_hash FROM evidence WHERE sample_uuid IN {samples} "
        f"UNION SELECT unnest([prompt_hash, unplaced_hash]) FROM samples WHERE sample_uuid IN {samples}",
        [eval_ids] * 3,
    ).fetchall()
    for table in _OF_SAMPLES:
        connection.execute(f"DELETE FROM {table} WHERE sample_uuid IN {samples}", [eval_ids])
    for table in ("samples", "runs"):
        connection.execute(f"DELETE FROM {table} WHERE eval_id IN (SELECT unnest(?::VARCHAR[]))", [eval_ids])
    return [row[0] for row in freed]


def _delete_unused_contents(connection: duckdb.DuckDBPyConnection, candidates: list[Any]) -> None:
    if candidates:
        connection.execute(
            f"DELETE FROM contents WHERE content_hash IN (SELECT unnest(?::VARCHAR[])) "
            f"AND content_hash NOT IN ({_USED_CONTENTS})",
            [candidates],
        )

"""The store: a DuckDB file with all results, filled from log records, read with SQL."""

import os
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import duckdb

from reports.connection import reading, writing
from reports.migrations import migrate, schema_version
from reports.records import LogRecords
from reports.rows import Row, insert, records_hash, rows_of
from reports.schema import SCHEMA_VERSION
from scorers.errors import InputError

DEFAULT_PATH = Path("archeval.duckdb")
DEFAULT_WAIT_S = 60.0

Ingested = Literal["added", "replaced", "unchanged", "outdated"]
"""What `Store.ingest` did. `outdated`: the store holds a later state of this log, which stays."""

_OF_SAMPLES = ("checks", "measurements", "faults", "evidence", "files")
_USED_CONTENTS = """
SELECT content_hash FROM files UNION ALL SELECT content_hash FROM evidence
UNION ALL SELECT prompt_hash FROM samples UNION ALL SELECT unplaced_hash FROM samples
"""


class Store:
    """A store file. Holds no connection between calls, so that other processes get their turn."""

    def __init__(self, path: Path, *, wait_s: float) -> None:
        self.path = path
        self.wait_s = wait_s

    @classmethod
    def open(cls, path: Path = DEFAULT_PATH, *, wait_s: float = DEFAULT_WAIT_S, create: bool = True) -> "Store":
        """Return the store at `path`, made or migrated to this archeval's schema where needed.

        `wait_s` is how long every call waits while another process holds the file. Raises InputError when the file is
        no store, is a newer archeval's, or is missing and `create` is false; HarnessFault when it stays locked.
        """
        if not path.exists() and not create:
            raise InputError(
                f"there is no store at {str(path)!r}; name the file that `archeval run` filled, or ingest logs first"
            )
        if not path.exists() and not path.parent.is_dir():
            raise InputError(f"cannot make the store {str(path)!r}: there is no folder {str(path.parent)!r}")
        if not path.exists():
            _create(path, wait_s=wait_s)
        store = cls(path, wait_s=wait_s)
        if not store._is_current():
            with writing(path, wait_s=wait_s) as connection:
                migrate(connection, path)
        return store

    def ingest(self, records: LogRecords) -> Ingested:
        """Write one log's records, in one transaction.

        The same records again change nothing. Another state of the same log (scored again, or resumed under a new eval
        id with the same task id) replaces the rows, unless the store's is the later one. Raises InputError when a
        sample already belongs to another log.
        """
        content_hash = records_hash(records)
        with writing(self.path, wait_s=self.wait_s) as connection:
            stored = connection.execute(
                "SELECT eval_id, content_hash, coalesce(updated_at, created_at), (SELECT count(*) FROM samples "
                "WHERE samples.eval_id = runs.eval_id AND outcome <> 'error') FROM runs WHERE eval_id = ? OR task_id = ?",
                [records.run.eval_id, records.run.task_id],
            ).fetchall()
            if any(row[1] == content_hash for row in stored):
                return "unchanged"
            if any(_is_later(row, records) for row in stored):
                return "outdated"
            replaced = [str(row[0]) for row in stored]
            _refuse_foreign_samples(connection, records, replaced)
            freed = _delete(connection, replaced)
            for table, rows in rows_of(records, content_hash=content_hash).items():
                insert(connection, table, rows)
            _delete_unused_contents(connection, freed)
            return "replaced" if replaced else "added"

    @contextmanager
    def reading(self) -> Generator[duckdb.DuckDBPyConnection]:
        """Yield a read-only connection; writers wait while it is open."""
        with reading(self.path, wait_s=self.wait_s) as connection:
            yield connection

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run one read-only query and return its rows."""
        with self.reading() as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def _is_current(self) -> bool:
        with self.reading() as connection:
            return schema_version(connection, self.path) == SCHEMA_VERSION


def _create(path: Path, *, wait_s: float) -> None:
    """Make an empty store under another name and link it into place whole.

    Nobody ever meets a half-made file, and of several processes at once the first one's stays.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    partial.unlink(missing_ok=True)
    try:
        with writing(partial, wait_s=wait_s) as connection:
            migrate(connection, partial)
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            pass
        except OSError:  # A file system without hard links; two at once may then lose one's empty store, no more.
            partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def _is_later(row: Row, records: LogRecords) -> bool:
    """Whether the stored log is a later state than `records`.

    A resumed log holds all that its forerunner finished, so of two attempts the one with more finished samples is the
    later. Times decide only between equals: Inspect moves a new log's creation time ahead to keep file names apart.
    """
    eval_id, _, state_at, finished = row
    if eval_id != records.run.eval_id:
        arriving = sum(sample.outcome != "error" for sample in records.samples)
        if finished != arriving:
            return bool(finished > arriving)
    return bool(state_at > records.run.state_at.replace(tzinfo=None))


def _refuse_foreign_samples(connection: duckdb.DuckDBPyConnection, records: LogRecords, replaced: list[str]) -> None:
    uuids = [sample.sample_uuid for sample in records.samples]
    foreign = connection.execute(
        "SELECT sample_uuid, eval_id FROM samples WHERE sample_uuid IN (SELECT unnest(?::VARCHAR[])) "
        "AND eval_id NOT IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL LIMIT 1",
        [uuids, replaced],
    ).fetchone()
    if foreign:
        raise InputError(
            f"log {records.run.log_location!r}: its sample {foreign[0]!r} is already in the store, as part of eval "
            f"{foreign[1]!r}, which is another task; ingest only one of the two logs"
        )


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

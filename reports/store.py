"""The store: a DuckDB file with all results, filled from log records, read with SQL."""

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from reports.connection import reading, writing
from reports.ingestion import Ingested, batches, write_batch
from reports.migrations import migrate, schema_version
from reports.records import LogRecords
from reports.rows import Row, records_hash
from reports.schema import SCHEMA_VERSION
from scorers.errors import InputError

DEFAULT_PATH = Path("archeval.duckdb")
DEFAULT_WAIT_S = 60.0


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
        """Write one log's records, as `ingest_all` does."""
        (done,) = self.ingest_all([records])
        return done

    def ingest_all(self, logs: Iterable[LogRecords]) -> list[Ingested]:
        """Write logs' records, a batch of them in one transaction, and return what became of each, in their order.

        The same records again change nothing. Another state of the same log (scored again, or resumed under a new eval
        id with the same task id) replaces the rows, unless the store's is the later one. `logs` is read on between
        batches, while nothing is locked. Raises InputError when a sample already belongs to another log; what came
        before that log is written.
        """
        done: list[Ingested] = []
        for batch in batches(logs):
            arriving = [(records, records_hash(records)) for records in batch]
            with writing(self.path, wait_s=self.wait_s) as connection:
                written = write_batch(connection, arriving)
            done += written.done
            if written.refused:
                raise written.refused
        return done

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

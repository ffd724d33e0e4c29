"""Connections to a DuckDB file that several processes want.

DuckDB locks the file for as long as a process has it open: one writer, or any number of readers. So connections are kept
short, and whoever finds the file taken waits, up to a deadline, and then says who holds it.
"""

import re
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from scorers.errors import HarnessFault, InputError

POLL_S = (0.01, 0.25)
"""First and longest pause between two attempts to open a file that another process holds."""

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    # For new files: the smallest blocks, since a store has many short columns (6.5 MB became 0.5 with the demo records).
    "default_block_size": "16384",
    # What is stored was written by models. No query of ours needs another file or an extension from the network.
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

_one_writer = threading.Lock()


@contextmanager
def reading(path: Path, *, wait_s: float) -> Generator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to the store at `path`, all of whose queries see one state of it.

    Raises InputError when there is no store and HarnessFault when it stays locked for `wait_s` seconds.
    """
    connection = _open(path, deadline=time.monotonic() + wait_s, wait_s=wait_s, read_only=True)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def writing(path: Path, *, wait_s: float) -> Generator[duckdb.DuckDBPyConnection]:
    """Yield a connection inside a transaction: committed at the end, rolled back on an exception.

    Raises HarnessFault when the file stays locked for `wait_s` seconds.
    """
    deadline = time.monotonic() + wait_s
    if not _one_writer.acquire(timeout=wait_s):
        raise _locked(path, wait_s, "another thread of this process")
    try:
        connection = _open(path, deadline=deadline, wait_s=wait_s, read_only=False)
        try:
            connection.begin()
            yield connection
            connection.commit()
        finally:
            connection.close()
    finally:
        _one_writer.release()


def _open(path: Path, *, deadline: float, wait_s: float, read_only: bool) -> duckdb.DuckDBPyConnection:
    pause_s, longest_s = POLL_S
    while True:
        try:
            return duckdb.connect(path, read_only=read_only, config=SETTINGS)
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            holder = _holder(error)
            if holder is None:
                raise InputError(
                    f"cannot open the store {str(path)!r}: {error}. It must be a DuckDB file that this user may read "
                    "and write; name another file, or move this one away and ingest the logs again"
                ) from error
            if time.monotonic() + pause_s > deadline:
                raise _locked(path, wait_s, holder) from error
        except duckdb.Error as error:
            raise InputError(f"cannot open the store {str(path)!r}: {error}") from error
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, longest_s)


def _holder(error: duckdb.Error) -> str | None:
    """Say who holds the file, if that is why it could not be opened."""
    text = str(error)
    if "different configuration" in text:
        return "another connection of this process"
    if "Could not set lock" not in text:
        return None
    found = re.search(r"Conflicting lock is held in (.+?)\.? See also", text)
    return found.group(1) if found else "another process"


def _locked(path: Path, wait_s: float, holder: str) -> HarnessFault:
    return HarnessFault(
        f"the store {str(path)!r} was still in use after {wait_s:g} s, by {holder}. DuckDB lets one process write at a "
        "time: wait for it to end, close any DuckDB shell that has the file open, or name another store file",
        kind="store_locked",
    )

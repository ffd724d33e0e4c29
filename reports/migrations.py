"""Bring a store file to this archeval's schema version, or refuse it."""

from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path

import duckdb

from reports.schema import MIGRATIONS, SCHEMA_VERSION, VERSION_TABLE, comment_statements
from scorers.errors import InputError

_RELATIONS = "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"


def schema_version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Return the file's schema version, 0 for an empty file.

    Raises InputError for a database that is not a store, and for one that a newer archeval made.
    """
    relations = {str(name) for (name,) in connection.execute(_RELATIONS).fetchall()}
    if "archeval_schema" not in relations:
        if relations:
            raise InputError(
                f"{str(path)!r} is a DuckDB file but not archeval's: it holds {sorted(relations)[:5]} and no table "
                "'archeval_schema'; name another file"
            )
        return 0
    row = connection.execute("SELECT coalesce(max(version), 0) FROM archeval_schema").fetchone()
    found = int(row[0]) if row else 0
    if found > SCHEMA_VERSION:
        raise InputError(
            f"the store {str(path)!r} has schema version {found}; this archeval knows versions up to {SCHEMA_VERSION}. "
            "Update archeval, or name another file and ingest the logs again"
        )
    return found


def migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Run the versions that the file lacks, inside the caller's transaction. Raises InputError as `schema_version`."""
    found = schema_version(connection, path)
    if found == SCHEMA_VERSION:
        return
    connection.execute(VERSION_TABLE)
    for number in range(found + 1, SCHEMA_VERSION + 1):
        connection.execute(MIGRATIONS[number - 1])
        connection.execute(
            "INSERT INTO archeval_schema VALUES (?, ?, ?)",
            [number, datetime.now(UTC).replace(tzinfo=None), package_version("archeval")],
        )
    for statement in comment_statements():
        connection.execute(statement)

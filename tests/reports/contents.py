"""The whole content of a store, to compare two states of it."""

from typing import Any

from reports.rows import COLUMNS
from reports.store import Store


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in a stable order, without the moment at which it was written."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for table, columns in COLUMNS.items():
        names = ", ".join(name for name, _ in columns if name != "ingested_at")
        found[table] = store.query(f"SELECT {names} FROM {table} ORDER BY ALL")
    return found

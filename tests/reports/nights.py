"""Runs of several nights, for reports that show what changed."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from reports.records import LogRecords
from reports.store import Store
from tests.reports.compare.answers import Answers, log

CHECKS = 4


def on_night(records: LogRecords, night: int) -> LogRecords:
    """The same records, begun `night` days later."""
    started = records.run.created_at + timedelta(days=night)
    return records.model_copy(update={"run": records.run.model_copy(update={"created_at": started})})


def answers(passed: Sequence[int], *, scenarios: int = 3, epochs: int = 6) -> Answers:
    """Scenarios whose epochs pass, in turn, so many of the four checks as `passed` says."""
    return {
        f"scenario_{number}": [
            [position < passed[(epoch + number) % len(passed)] for position in range(CHECKS)] for epoch in range(epochs)
        ]
        for number in range(scenarios)
    }


def store_of(folder: Path, *nights: LogRecords) -> Store:
    """A store with one log per night."""
    store = Store.open(folder / "archeval.duckdb")
    for night, records in enumerate(nights):
        store.ingest(on_night(records, night))
    return store


def worse_night(folder: Path) -> Store:
    """Three nights; in the last one most answers fail two checks that all passed before."""
    good, bad = answers([4, 4, 4, 3]), answers([2, 2, 2, 4])
    return store_of(folder, log("one", good), log("two", good), log("three", bad))

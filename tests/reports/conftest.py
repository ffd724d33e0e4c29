"""A store with the demo records in it, and one without."""

from pathlib import Path

import pytest

from reports.store import Store
from tests.reports.demo import demo_logs


@pytest.fixture
def empty_store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "archeval.duckdb", wait_s=20)


@pytest.fixture
def demo_store(empty_store: Store) -> Store:
    for records in demo_logs():
        empty_store.ingest(records)
    return empty_store

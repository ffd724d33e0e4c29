"""A process of its own that ingests a night's logs: `python -m tests.reports.many STORE`. It says each log that it takes."""

import sys
from collections.abc import Iterator
from pathlib import Path

from reports import ingestion
from reports.records import LogRecords
from reports.store import Store
from reports.synthetic import night_logs

BATCH_CHECKS = 1_000


def main() -> None:
    # Small batches, so that a night has many moments between and within transactions.
    ingestion.BATCH_CHECKS = BATCH_CHECKS
    store = Store.open(Path(sys.argv[1]), wait_s=60)
    store.ingest_all(_told())


def _told() -> Iterator[LogRecords]:
    for records in night_logs(0):
        sys.stdout.write(f"{records.run.eval_id}\n")
        sys.stdout.flush()
        yield records


if __name__ == "__main__":
    main()

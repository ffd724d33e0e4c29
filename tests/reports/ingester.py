"""A process of its own that ingests demo records: `python -m tests.reports.ingester STORE MODEL SKILL EPOCHS REPEATS`."""

import sys
from pathlib import Path

from reports.store import Store
from tests.reports.demo import demo_log


def main() -> None:
    path, model, skill, epochs, repeats = sys.argv[1:]
    records = demo_log(model, float(skill), epochs=int(epochs))
    store = Store.open(Path(path), wait_s=60)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for _ in range(int(repeats)):
        sys.stdout.write(store.ingest(records) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

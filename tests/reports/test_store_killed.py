"""An ingest of many logs that is killed, at any moment, and simply run again."""

import signal
import subprocess
import sys
from pathlib import Path

from reports.store import Store
from reports.synthetic import night_logs
from tests.reports.contents import contents

ROOT = Path(__file__).parents[2]

MOMENTS = [(0, 0.0), (1, 0.0), (4, 0.01), (5, 0.03), (12, 0.0), (13, 0.06), (25, 0.1), (39, 0.02)]
"""After how many logs were read, and how many seconds later. Every fourth log or so ends a batch."""


def ingester(path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.reports.many", str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def kill_after(path: Path, logs: int, delay_s: float) -> None:
    with ingester(path) as child:
        assert child.stdout is not None
        for _ in range(logs):
            assert child.stdout.readline()
        try:
            child.wait(timeout=delay_s)
        except subprocess.TimeoutExpired:
            child.kill()
        assert child.wait(timeout=60) == -signal.SIGKILL


def test_killed_again_and_again_it_ends_with_the_same_store(tmp_path: Path) -> None:
    undisturbed = Store.open(tmp_path / "undisturbed.duckdb")
    logs = list(night_logs(0))
    assert set(undisturbed.ingest_all(logs)) == {"added"}
    path = tmp_path / "archeval.duckdb"
    part_way: set[int] = set()
    for read, delay_s in MOMENTS:
        kill_after(path, read, delay_s)
        store = Store.open(path)
        wholes = store.query("SELECT eval_id, count(*) FROM results GROUP BY ALL")
        assert {count for _, count in wholes} <= {len(logs[0].samples)}
        part_way.add(len(wholes))
    assert len(part_way) > 2, "it was killed before it wrote anything, or after all of it"
    with ingester(path) as child:
        child.communicate(timeout=120)
    assert child.returncode == 0
    assert contents(Store.open(path)) == contents(undisturbed)
    assert set(Store.open(path).ingest_all(logs)) == {"unchanged"}
    assert [file.name for file in tmp_path.glob("*archeval*")] == ["archeval.duckdb"]

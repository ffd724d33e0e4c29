"""The store with several processes at it, and with one that dies."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from reports.store import Store
from scorers.errors import HarnessFault
from tests.reports.contents import contents
from tests.reports.demo import demo_log

ROOT = Path(__file__).parents[2]
MODELS = {"replay/reference": 0.97, "replay/naive": 0.42}


class Child:
    """A process that waits before its first ingest for `go`."""

    def __init__(self, path: Path, model: str, *, epochs: int = 3, repeats: int = 1) -> None:
        arguments = [str(path), model, str(MODELS[model]), str(epochs), str(repeats)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.reports.ingester", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def go(self) -> None:
        """Let it ingest as soon as it has opened the store."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def finish(self) -> list[str]:
        output, _ = self.process.communicate(timeout=120)
        assert self.process.returncode == 0
        return output.split()


@pytest.fixture
def children() -> Iterator[ExitStack]:
    """Ends the children that a failed test leaves."""
    with ExitStack() as stack:
        yield stack


def start(children: ExitStack, path: Path, model: str, **options: int) -> Child:
    child = Child(path, model, **options)
    children.callback(child.process.kill)
    return child


def test_two_processes_at_once_do_no_harm(tmp_path: Path, children: ExitStack) -> None:
    path = tmp_path / "archeval.duckdb"
    both = [start(children, path, model, repeats=4) for model in MODELS]
    for child in both:
        child.go()
    assert [child.finish() for child in both] == [["added", "unchanged", "unchanged", "unchanged"]] * 2
    alone = Store.open(tmp_path / "alone.duckdb")
    for model, skill in MODELS.items():
        alone.ingest(demo_log(model, skill))
    assert contents(Store.open(path)) == contents(alone)


def test_two_processes_with_the_same_log_add_it_once(tmp_path: Path, children: ExitStack) -> None:
    path = tmp_path / "archeval.duckdb"
    both = [start(children, path, "replay/naive") for _ in range(2)]
    for child in both:
        child.go()
    assert sorted(word for child in both for word in child.finish()) == ["added", "unchanged"]


def test_waiting_ends_with_who_holds_the_file(tmp_path: Path, children: ExitStack) -> None:
    store = Store.open(tmp_path / "archeval.duckdb", wait_s=0.2)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(store.path)!r}); print('held', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    children.callback(holder.kill)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(HarnessFault, match=rf"still in use after 0\.2 s, by .*PID {holder.pid}.*wait for it to end"):
        store.query("SELECT 1")
    holder.communicate("\n", timeout=60)
    assert store.query("SELECT 1") == [(1,)]


@pytest.mark.parametrize("delay_ms", [0, 20, 60, 150])
def test_killed_in_the_middle_of_an_ingest(tmp_path: Path, children: ExitStack, delay_ms: int) -> None:
    path = tmp_path / "archeval.duckdb"
    before = Store.open(path)
    before.ingest(demo_log("replay/reference", MODELS["replay/reference"]))
    untouched = contents(before)
    child = start(children, path, "replay/naive", epochs=30)
    child.go()
    try:
        child.process.wait(timeout=delay_ms / 1000)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait(timeout=60)
    store = Store.open(path)
    log = demo_log("replay/naive", MODELS["replay/naive"], epochs=30)
    found = store.query("SELECT count(*) FROM samples WHERE eval_id = ?", [log.run.eval_id])
    assert found in ([(0,)], [(len(log.samples),)])
    if found == [(0,)]:
        assert contents(store) == untouched
    store.ingest(log)
    assert store.ingest(log) == "unchanged"
    alone = Store.open(tmp_path / "alone.duckdb")
    alone.ingest(demo_log("replay/reference", MODELS["replay/reference"]))
    alone.ingest(log)
    assert contents(store) == contents(alone)


def test_killed_inside_the_transaction_with_all_rows_written(tmp_path: Path, children: ExitStack) -> None:
    store = Store.open(tmp_path / "archeval.duckdb")
    store.ingest(demo_log("replay/reference", MODELS["replay/reference"]))
    untouched = contents(store)
    program = (
        "import duckdb, sys\n"
        f"c = duckdb.connect({str(store.path)!r})\n"
        "c.begin()\n"
        "for table in ('samples', 'runs', 'checks', 'contents'): c.execute(f'DELETE FROM {table}')\n"
        "print('written', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    children.callback(child.kill)
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    child.kill()
    child.wait(timeout=60)
    assert contents(store) == untouched


def test_a_writer_killed_after_its_commit_loses_nothing(tmp_path: Path, children: ExitStack) -> None:
    """The rows are then in DuckDB's log beside the file, which a read-only connection has to take in too."""
    store = Store.open(tmp_path / "archeval.duckdb")
    program = (
        "import duckdb, sys\n"
        f"c = duckdb.connect({str(store.path)!r})\n"
        "c.execute(\"INSERT INTO contents VALUES ('hash', 4, 'text')\")\n"
        "print('committed', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    children.callback(child.kill)
    assert child.stdout is not None
    assert child.stdout.readline() == "committed\n"
    child.kill()
    child.wait(timeout=60)
    assert (tmp_path / "archeval.duckdb.wal").exists()
    assert store.query("SELECT body FROM contents") == [("text",)]
    with pytest.raises(duckdb.Error, match="read-only"):
        store.query("DELETE FROM contents")

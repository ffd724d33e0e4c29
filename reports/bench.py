"""How long the store takes at size: to write, to read again, and to answer what people ask. For `archeval bench store`."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from reports.compare.comparison import compare
from reports.compare.sides import read_side
from reports.html.report import render_report
from reports.leaderboard import leaderboard
from reports.records import LogRecords
from reports.selection import Filters
from reports.store import Store
from reports.synthetic import CHECKS_PER_NIGHT, MODELS, night_logs, nights_of, run_of, synthetic_logs
from scorers.errors import HarnessFault

REPORT_CHECKS = 100_000
"""The report is of the newest nights that have no more check results; nobody reads a year in one file."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One step: how long it took, and how many check results it wrote or read."""

    name: str
    seconds: float
    checks: int

    @property
    def checks_per_s(self) -> float:
        """Check results per second."""
        return self.checks / self.seconds


@dataclass
class StoreBench:
    """The steps in their order, and what is on disk after them."""

    nights: int
    logs: int
    steps: list[Step] = field(default_factory=list[Step])
    store_bytes: int = 0
    report_bytes: int = 0

    @property
    def checks(self) -> int:
        """How many check results are in the store."""
        return self.nights * CHECKS_PER_NIGHT

    @contextmanager
    def step(self, name: str, checks: int) -> Generator[None]:
        """Time what is done inside."""
        began = time.perf_counter()
        yield
        self.steps.append(Step(name, time.perf_counter() - began, checks))


def measure_store(checks: int, folder: Path, say: Say) -> StoreBench:
    """Fill a store in `folder` with at least `checks` made-up results, ask it what people ask, and return the times.

    `say` is told what is done next. Raises HarnessFault when the store does not do with a log what it should.
    """
    store = Store.open(folder / "bench.duckdb")
    bench = StoreBench(nights=nights_of(checks), logs=0)
    _write(store, bench, checks, say)
    bench.store_bytes = store.path.stat().st_size
    _read(store, bench, folder / "report.html", say)
    return bench


def _write(store: Store, bench: StoreBench, checks: int, say: Say) -> None:
    say(f"ingesting {bench.checks:,} check results")
    arriving = _Timed(synthetic_logs(checks))
    began = time.perf_counter()
    bench.logs = len(store.ingest_all(arriving))
    seconds = time.perf_counter() - began - arriving.seconds
    bench.steps.append(Step("ingest", seconds, bench.checks))
    last = list(night_logs(bench.nights - 1))
    say("ingesting the newest night again")
    with bench.step("ingest a night again, unchanged", CHECKS_PER_NIGHT):
        _expect(store, last, "unchanged")
    scored_again = [_later(records) for records in last]
    with bench.step("ingest a night scored again", CHECKS_PER_NIGHT):
        _expect(store, scored_again, "replaced")


def _read(store: Store, bench: StoreBench, report: Path, say: Say) -> None:
    say("leaderboard")
    with bench.step("leaderboard of everything", bench.checks):
        leaderboard(store)
    nights = [Filters(run_ids=(run_of(bench.nights - back),)) for back in (2, 1)]
    say("compare")
    with bench.step("compare the last two nights", 2 * CHECKS_PER_NIGHT):
        compare(read_side(store, nights[0], "base"), read_side(store, nights[1], "head"))
    models = [Filters(models=(model,)) for model in list(MODELS)[:2]]
    with bench.step("compare two models over all nights", bench.checks * 2 // len(MODELS)):
        compare(read_side(store, models[0], "base"), read_side(store, models[1], "head"))
    newest = min(bench.nights, max(1, REPORT_CHECKS // CHECKS_PER_NIGHT))
    runs = tuple(run_of(bench.nights - 1 - back) for back in range(newest))
    say("report")
    with bench.step(f"report of the last {newest} nights", newest * CHECKS_PER_NIGHT):
        render_report(store, report, filters=Filters(run_ids=runs))
    bench.report_bytes = report.stat().st_size


class _Timed:
    """Logs, and how long it took to make them."""

    def __init__(self, logs: Iterable[LogRecords]) -> None:
        self._logs = iter(logs)
        self.seconds = 0.0

    def __iter__(self) -> Iterator[LogRecords]:
        return self

    def __next__(self) -> LogRecords:
        began = time.perf_counter()
        try:
            return next(self._logs)
        finally:
            self.seconds += time.perf_counter() - began


def _later(records: LogRecords) -> LogRecords:
    written = records.run.state_at + timedelta(hours=1)
    return records.model_copy(update={"run": records.run.model_copy(update={"updated_at": written})})


def _expect(store: Store, logs: list[LogRecords], what: str) -> None:
    found = set(store.ingest_all(logs))
    if found != {what}:
        raise HarnessFault(
            f"the store at {str(store.path)!r} should have said {what!r} of the night's logs and said {sorted(found)}",
            kind="store",
        )

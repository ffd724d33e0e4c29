"""How long a testbed takes: to open, to make and clone a database, to connect, to close. For `archeval bench testbed`."""

import statistics
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from scorers.testbed.protocol import TestbedProvider

_CLUSTER_BYTES = 1024**3

_SCHEMA = """
    CREATE TABLE parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
    CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent_id bigint REFERENCES parent);
    CREATE INDEX ON child (parent_id);
    INSERT INTO parent (name) SELECT 'p' || n FROM generate_series(1, 1000) n;
    INSERT INTO child (parent_id) SELECT 1 + n % 1000 FROM generate_series(1, 5000) n;
"""


@dataclass(frozen=True)
class BenchRow:
    """One step's time over all repeats: the median and the quartiles round it."""

    step: str
    repeats: int
    median_ms: float
    lower_quartile_ms: float
    upper_quartile_ms: float


def measure_testbed(provider: TestbedProvider, repeats: int) -> list[BenchRow]:
    """Open `repeats` testbeds one after the other (at least 2) and return the time of each step.

    One more goes before them, unmeasured: the first on a machine makes the cluster template. Raises HarnessFault when a
    testbed cannot be had.
    """
    if repeats < 2:
        raise ValueError(f"quartiles need at least 2 repeats, got {repeats}")
    with provider.open(cluster_bytes=_CLUSTER_BYTES):
        pass
    clock = _Clock()
    for _ in range(repeats):
        _measure_once(provider, clock)
    return clock.rows()


class _Clock:
    def __init__(self) -> None:
        self._times_ms: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        began = time.perf_counter()
        yield
        self._times_ms[name].append((time.perf_counter() - began) * 1000)

    def rows(self) -> list[BenchRow]:
        return [_row(step, times_ms) for step, times_ms in self._times_ms.items()]


def _measure_once(provider: TestbedProvider, clock: _Clock) -> None:
    with ExitStack() as stack:
        with clock.step("fresh cluster"):
            postgres = stack.enter_context(provider.open(cluster_bytes=_CLUSTER_BYTES)).postgres
        with clock.step("empty database"):
            origin = postgres.create_database()
        with closing(postgres.connect(origin, "app_owner")) as session:
            session.execute(_SCHEMA)
        with clock.step("clone"):
            clone = postgres.create_database(template=origin)
        for role in ("app_user", "reader"):
            with clock.step(f"connect as {role}"), closing(postgres.connect(clone, role)):
                pass
        with clock.step("is it alive"):
            postgres.assert_alive()
        with clock.step("drop"):
            postgres.drop_database(clone)
        with clock.step("close"):
            stack.close()


def _row(step: str, times_ms: list[float]) -> BenchRow:
    lower, median, upper = statistics.quantiles(times_ms, n=4, method="inclusive")
    return BenchRow(step, len(times_ms), median, lower, upper)

"""The made-up records of the store's bench, and the bench itself at its smallest."""

from pathlib import Path

import pytest

from reports.bench import measure_store
from reports.store import Store
from reports.synthetic import CHECKS, CHECKS_PER_NIGHT, night_logs, nights_of


def test_a_night_has_what_is_said_and_is_the_same_each_time(tmp_path: Path) -> None:
    logs = list(night_logs(3))
    checks = [len(sample.grade.checks) for log in logs for sample in log.samples if sample.grade]
    assert (sum(checks), set(checks)) == (CHECKS_PER_NIGHT, {CHECKS})
    assert logs == list(night_logs(3))
    assert logs != list(night_logs(3, seed=1))


def test_there_are_always_two_nights_to_compare() -> None:
    assert [nights_of(checks) for checks in (1, CHECKS_PER_NIGHT, 3 * CHECKS_PER_NIGHT - 1)] == [2, 2, 3]


@pytest.mark.slow
def test_the_bench_measures_every_step(tmp_path: Path) -> None:
    said: list[str] = []
    found = measure_store(1, tmp_path, said.append)
    assert [step.name for step in found.steps] == [
        "ingest",
        "ingest a night again, unchanged",
        "ingest a night scored again",
        "leaderboard of everything",
        "compare the last two nights",
        "compare two models over all nights",
        "report of the last 2 nights",
    ]
    assert all(step.seconds > 0 for step in found.steps)
    assert Store.open(tmp_path / "bench.duckdb").query("SELECT count(*) FROM checks") == [(found.checks,)]
    assert (tmp_path / "report.html").stat().st_size == found.report_bytes

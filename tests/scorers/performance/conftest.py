"""One server for all tests of this folder, and the small scenario."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scorers.checks import Check, Outcome
from scorers.performance.bench import PerformanceBench
from scorers.performance.workloads import registry
from scorers.scenario import Scenario
from scorers.testbed.embedded import EmbeddedProvider, EmbeddedTestbed
from tests.scorers.performance.tiny import TinyWorkload, bench_for, write_scenario

GIB = 1024**3

Run = Callable[..., Outcome]


@pytest.fixture(scope="session")
def testbed() -> Iterator[EmbeddedTestbed]:
    with EmbeddedProvider().open(cluster_bytes=GIB) as opened:
        yield opened


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    monkeypatch.setitem(registry.WORKLOADS, "tiny", TinyWorkload)
    return write_scenario(tmp_path)


@pytest.fixture
def run(scenario: Scenario, testbed: EmbeddedTestbed) -> Run:
    """Run checks, one after the other, on the reference with changes; return the last one's outcome."""

    def run_checks(*checks: Check[PerformanceBench], removed: tuple[str, ...] = (), **changed: str) -> Outcome:
        files = {path.replace("__", "/").replace("_py", ".py"): text for path, text in changed.items()}
        with bench_for(scenario, testbed, files, removed=removed) as bench:
            return [check.run(bench) for check in checks][-1]

    return run_checks

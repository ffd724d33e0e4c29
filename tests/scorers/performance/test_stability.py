"""The same submission gets the same verdicts, on an idle machine and on a busy one; noise leaves it unscored at worst."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scorers.grading import grade
from scorers.performance.load import NOISY
from scorers.results import Grade
from scorers.scenario import Scenario
from scorers.testbed.embedded import EmbeddedProvider

DATASETS = Path(__file__).parents[3] / "datasets" / "performance"
SCENARIOS = sorted(path.parent.name for path in DATASETS.glob("*/scenario.yaml"))
GRADINGS = 10

Verdicts = tuple[tuple[str, str], ...]


@contextmanager
def other_core_busy(*, busy: bool) -> Generator[None]:
    if not busy:
        yield
        return
    spinner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        spinner.kill()
        spinner.wait()


def verdicts(graded: Grade) -> Verdicts:
    return tuple((result.check_id, result.status) for result in graded.checks)


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("solution", ["naive", "reference"])
@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_ten_grades_agree(scenario_id: str, solution: str) -> None:
    scenario = Scenario.load(DATASETS / scenario_id)
    found: list[Grade] = []
    for seed in range(GRADINGS):
        with other_core_busy(busy=seed % 3 == 2):
            found.append(grade(scenario, scenario.solution(solution), EmbeddedProvider(), seed=seed))
    unscored = [graded for graded in found if graded.unscored_reason is not None]
    assert all(graded.faults[-1].kind == NOISY for graded in unscored), [graded.faults for graded in unscored]
    assert len(unscored) < GRADINGS / 2
    assert len({verdicts(graded) for graded in found if graded.unscored_reason is None}) == 1

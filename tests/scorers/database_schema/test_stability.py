"""The same submission gets the same verdicts, whatever the seed, the order and the load of the machine."""

import random
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scorers.grading import grade
from scorers.results import Grade
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.embedded import EmbeddedProvider

DATASETS = Path(__file__).parents[3] / "datasets" / "database_schema"
SCENARIOS = sorted(path.parent.name for path in DATASETS.glob("*/scenario.yaml"))

Verdicts = tuple[tuple[str, str], ...]


def verdicts(graded: Grade) -> Verdicts:
    assert graded.unscored_reason is None, graded.faults
    return tuple((result.check_id, result.status) for result in graded.checks)


def graded_with(scenario: Scenario, submission: Submission, seeds: list[int]) -> set[Verdicts]:
    """The verdicts of one grade per seed, two at a time."""

    def verdicts_with(seed: int) -> Verdicts:
        return verdicts(grade(scenario, submission, EmbeddedProvider(), seed=seed))

    with ThreadPoolExecutor(2) as pool:
        return set(pool.map(verdicts_with, seeds))


@pytest.fixture
def busy_core() -> Generator[None, None, None]:
    """A process that keeps one core busy, ended after the test."""
    spinner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield
    spinner.kill()
    spinner.wait()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("busy_core")
@pytest.mark.parametrize("solution", ["reference", "naive"])
@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_twenty_grades_agree(scenario_id: str, solution: str) -> None:
    scenario = Scenario.load(DATASETS / scenario_id)
    seeds = random.Random(scenario_id).sample(range(10**6), 20)
    assert len(graded_with(scenario, scenario.solution(solution), seeds)) == 1


def test_two_grades_at_once_agree() -> None:
    scenario = Scenario.load(DATASETS / "multi_tenant_saas")
    assert len(graded_with(scenario, scenario.solution("naive"), [11, 12])) == 1

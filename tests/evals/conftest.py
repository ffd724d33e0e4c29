"""Fixtures of Inspect's side: a world of small scenarios, and an Inspect that keeps to the test's folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as inspect_eval  # pyright: ignore[reportUnknownVariableType]
from inspect_ai.log import EvalLog
from inspect_ai.model import Model

from evals.database_schema import database_schema
from scorers.registry import FAMILIES
from tests.evals.world import Weather, family, make_root


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def weather(monkeypatch: pytest.MonkeyPatch) -> Weather:
    """The family of the world of numbers in place of the real one, and what may befall it."""
    weather = Weather()
    monkeypatch.setitem(FAMILIES, "database_schema", family(weather))
    return weather


@pytest.fixture
def root(tmp_path: Path, weather: Weather) -> Path:
    return make_root(tmp_path / "numbers", "forty_two", "also_42")


Evaluate = Callable[..., EvalLog]


@pytest.fixture
def evaluate(tmp_path: Path, root: Path) -> Evaluate:
    """Run the task on `forty_two` (or `scenario`) with a model and return the log with its samples."""

    def run(model: str | Model, *, epochs: int = 1, scenario: str = "forty_two", **task_args: Any) -> EvalLog:
        task = database_schema(scenario=scenario, datasets=str(root), **task_args)
        logs = inspect_eval(
            task,
            model=model,
            epochs=epochs,
            log_dir=str(tmp_path / "logs"),
            display="none",
            fail_on_error=False,
            ctl_server=False,
        )
        return logs[0]

    return run

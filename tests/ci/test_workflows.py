"""The workflows: actions pinned by commit, and keys kept from where models' code runs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
GRADING = re.compile(r"archeval score|pytest|\.ci/wheel|archeval validate")


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [(f"{path.name}/{name}", job) for path in WORKFLOWS for name, job in load(path)["jobs"].items()]


def runs(job: dict[str, Any]) -> str:
    return "\n".join(str(step.get("run", "")) for step in job["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    used = re.findall(r"uses: *(\S+)", path.read_text(encoding="utf-8"))
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []


@pytest.mark.parametrize(("name", "job"), jobs(), ids=lambda value: value if isinstance(value, str) else "")
def test_who_runs_what_models_wrote_has_no_key_and_may_write_nothing(name: str, job: dict[str, Any]) -> None:
    if not GRADING.search(runs(job)):
        pytest.skip("runs nothing that a model wrote")
    assert "secrets." not in str(job)
    assert "write" not in (job.get("permissions") or {}).values()


def test_who_has_the_key_only_asks() -> None:
    with_key = {name: runs(job) for name, job in jobs() if "secrets." in str(job)}
    assert set(with_key) == {"prompt-change.yml/generate", "nightly.yml/generate"}
    for text in with_key.values():
        assert "--generate-only" in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_of_a_pull_request_is_pasted_into_a_shell(path: Path) -> None:
    for name, job in load(path)["jobs"].items():
        assert "${{" not in runs(job), f"{path.name}/{name} pastes an expression into a script; pass it by env"


def test_a_pull_request_of_a_fork_is_not_gated_by_itself() -> None:
    condition = load(FOLDER / "prompt-change.yml")["jobs"]["changes"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert "pull_request_target" not in (FOLDER / "prompt-change.yml").read_text(encoding="utf-8")

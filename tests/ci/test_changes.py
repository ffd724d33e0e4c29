"""Which gates a pull request needs, in a small repository of its own."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "changes"


def git(folder: Path, *args: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *identity, *args], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        git(folder, "init", "-q")
        self.base = self.commit(persona="old", models="# list\na/one\nb/two  # second\n")

    def commit(self, *, persona: str | None = None, models: str | None = None, other: str | None = None) -> str:
        texts = {
            "datasets/persona/architect.md": persona,
            ".github/archeval-models.txt": models,
            "datasets/persona/new one.md": other,
        }
        for name, text in texts.items():
            if text is not None:
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        git(self.folder, "add", ".")
        git(self.folder, "commit", "-qm", "x")
        return git(self.folder, "rev-parse", "HEAD")

    def gates(self, head: str) -> "subprocess.CompletedProcess[str]":
        git(self.folder, "checkout", "-q", self.base)
        return subprocess.run(
            [SCRIPT, self.base, head, "changes"], cwd=self.folder, capture_output=True, text=True, check=False
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def found(repository: Repository, head: str) -> list[dict[str, Any]]:
    done = repository.gates(head)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_changed_persona_is_gated_with_every_model(repository: Repository) -> None:
    gates = found(repository, repository.commit(persona="new"))
    assert [gate["title"] for gate in gates] == ["architect.md with a/one", "architect.md with b/two"]
    assert gates[1]["ask"] == [
        "--model", "b/two", "--baseline-persona", "changes/1/base.md", "--persona", "changes/1/head.md"
    ]  # fmt: skip
    assert (repository.folder / "changes" / "1" / "base.md").read_text() == "old"
    assert (repository.folder / "changes" / "1" / "head.md").read_text() == "new"


def test_a_replaced_model_is_gated_against_the_one_that_it_replaces(repository: Repository) -> None:
    (gate,) = found(repository, repository.commit(models="a/one\nb/three\n"))
    assert gate["ask"] == ["--baseline-model", "b/two", "--model", "b/three"]
    assert gate["select"] == ["--baseline", "model=b/two", "--head", "model=b/three"]


def test_what_replaces_nothing_needs_no_gate(repository: Repository) -> None:
    assert found(repository, repository.commit(models="a/one\nb/two\nc/three\n", other="brand new")) == []


def test_a_name_that_is_none_is_refused(repository: Repository) -> None:
    done = repository.gates(repository.commit(models="a/one\n$(id)\n"))
    assert done.returncode != 0
    assert "is no name of a model" in done.stderr

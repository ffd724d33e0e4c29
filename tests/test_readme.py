"""The README's commands, run as they stand there, in a folder that looks like a fresh checkout."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUICKSTART = ["pip install uv && uv run archeval run", "uv run pytest"]


def blocks(text: str) -> list[str]:
    return re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """All commands but the quickstart's, which CI runs by themselves."""
    lines = [line for block in blocks(README)[2:] for line in block.splitlines()]
    return [line for line in lines if line.strip() and not line.startswith("export ")]


def runnable(command: str) -> str:
    """The command without uv (the environment is here already), and without paying anybody."""
    bare = command.removeprefix("uv run ")
    return f"{bare} --dry-run" if "anthropic/" in bare else bare


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's folders in it and the results of one small run."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("evals", "datasets", "scorers", "reports", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    done = run_in(folder, "archeval run --scenario multi_tenant_saas --model replay/naive")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def run_in(folder: Path, command: str) -> "subprocess.CompletedProcess[str]":
    environment = dict(os.environ, ANTHROPIC_API_KEY="none", PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    return subprocess.run(
        shlex.split(command), cwd=folder, env=environment, capture_output=True, text=True, timeout=500, check=False
    )


def test_the_quickstart_is_two_commands() -> None:
    section = README.split("## Quickstart")[1].split("\n## ")[0]
    assert [block.strip() for block in blocks(section)] == QUICKSTART


@pytest.mark.parametrize("command", commands())
def test_the_command_runs(checkout: Path, command: str) -> None:
    done = run_in(checkout, runnable(command))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() or "--display none" in command


def test_every_file_it_points_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_command_of_the_cli_is_mentioned() -> None:
    listing = subprocess.run(
        [sys.executable, "-m", "evals.cli.main", "--help"], capture_output=True, text=True, check=True
    )
    names = re.findall(r"^  ([a-z]+) {2,}", listing.stdout.split("Commands:")[1], re.MULTILINE)
    assert len(names) >= 10
    assert [name for name in names if f"archeval {name}" not in README] == []

"""The command line as a process: exit codes, clean errors, what is imported, and agreement with Inspect's own commands."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml
from inspect_ai.log import list_eval_logs, read_eval_log

from evals.cli.main import COMMANDS
from evals.datasets import shipped_root
from evals.scorer import SCORE_NAME

BIN = Path(sys.executable).parent
SHIPPED = "multi_tenant_saas"


def environment(folder: Path, **changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INSPECT_", "ANTHROPIC_"))}
    return kept | {"PWD": str(folder), "XDG_DATA_HOME": str(folder / "data"), "COLUMNS": "160"} | changes


def call(folder: Path, *args: str, program: str = "archeval", **changes: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [BIN / program, *args],
        cwd=folder,
        env=environment(folder, **changes),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """A root with a scenario like a shipped one, whose solutions fail at the first gate."""
    source = shipped_root() / "database_schema" / SHIPPED
    target = tmp_path / "mine" / "database_schema" / "quick"
    target.mkdir(parents=True)
    content = yaml.safe_load((source / "scenario.yaml").read_text())
    (target / "scenario.yaml").write_text(yaml.safe_dump(content | {"id": "quick"}))
    (target / "prompt.md").write_text("Design something.\n")
    for name in ("reference", "other", "naive"):
        (target / "solutions" / name).mkdir(parents=True)
        (target / "solutions" / name / "DESIGN.md").write_text(f"Nothing yet, says {name}.\n")
    if (source / "fixtures").is_dir():
        shutil.copytree(source / "fixtures", target / "fixtures")
    return tmp_path / "mine"


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"run", "score", "ingest"}))
def test_only_what_evaluates_imports_inspect(command: str, tmp_path: Path) -> None:
    code = (
        "import importlib, sys\n"
        "from evals.cli.main import COMMANDS, archeval\n"
        f"importlib.import_module(COMMANDS[{command!r}][0])\n"
        f"archeval.main([{command!r}, '--help'], standalone_mode=False)\n"
        "sys.exit('inspect_ai' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout


def test_the_version_and_the_list_of_commands_need_no_command(tmp_path: Path) -> None:
    assert call(tmp_path, "--version").stdout.startswith("archeval, version ")
    listed = call(tmp_path, "--help")
    assert listed.returncode == 0
    assert all(f"  {name} " in listed.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["grade", "--scenario", "nowhere", "."], "no scenario 'nowhere'"),
        (["grade", "--scenario", SHIPPED, "nowhere"], "no submission folder at 'nowhere'"),
        (["grade", "."], "Missing option '--scenario'"),
        (["fly"], "No such command 'fly'"),
        (["checks", "--family", "nowhere"], "no family 'nowhere'"),
        (["run", "--suite", "huge"], "'huge' is not one of"),
        (["run", "--model", "replay/best"], "'replay/best' has no recording for scenario 'ecommerce_orders'"),
        (["run", "--model", "nobody/best", "--scenario", SHIPPED], "nobody"),
        (["run", "--persona", "nowhere.md"], "cannot read the persona"),
        (["run", "--datasets", "."], "no scenarios below '.'"),
        (["run", "--prices", "nowhere.yaml"], "cannot read the prices in 'nowhere.yaml'"),
        (["score", "nowhere"], "no log at 'nowhere'"),
        (["leaderboard"], "no store at 'archeval.duckdb'"),
        (["report"], "no store at 'archeval.duckdb'"),
        (["power"], "no store at 'archeval.duckdb'"),
        (["compare", "model=a", "model=b"], "no store at 'archeval.duckdb'"),
        (["compare", "a"], "Missing argument 'HEAD'"),
        (["compare", "a", "b", "--floor", "0"], "0 is not in the range"),
        (["gate", "--baseline", "a"], "go together"),
        (["gate", "--config", "nowhere.toml"], "cannot read the policy"),
    ],
)
def test_what_the_user_got_wrong_is_exit_code_2_in_a_sentence(args: list[str], message: str, tmp_path: Path) -> None:
    done = call(tmp_path, *args)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_submission_that_fails_is_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "answer").mkdir()
    (tmp_path / "answer" / "DESIGN.md").write_text("Nothing yet.\n")
    done = call(tmp_path, "grade", "--scenario", SHIPPED, "answer")
    assert done.returncode == 1, done.stderr
    assert "queries.sql is missing" in done.stdout


def test_a_testbed_that_cannot_be_reached_is_exit_code_3(tmp_path: Path) -> None:
    nobody_listens = "postgresql://postgres@127.0.0.1:1/postgres?connect_timeout=1"
    (tmp_path / "answer").mkdir()
    done = call(
        tmp_path,
        "grade",
        "--testbed",
        "external",
        "--scenario",
        SHIPPED,
        "answer",
        ARCHEVAL_POSTGRES_DSN=nobody_listens,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_inspect_and_archeval_score_a_log_alike(quick: Path, tmp_path: Path) -> None:
    args = ["--datasets", "mine", "--scenario", "quick", "--model", "replay/naive", "--log-dir", "logs"]
    ran = call(tmp_path, "run", *args)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (info,) = list_eval_logs(str(tmp_path / "logs"))

    def scores() -> list[object]:
        log = read_eval_log(info)
        return [(sample.scores or {})[SCORE_NAME].value for sample in log.samples or []]

    first = scores()
    assert first != [{"score": 0.0, "solved": 1.0}]
    by_inspect = call(tmp_path, "score", info.name, "--action", "overwrite", "--overwrite", program="inspect")
    assert by_inspect.returncode == 0, by_inspect.stdout + by_inspect.stderr
    assert scores() == first
    by_archeval = call(tmp_path, "score", "logs")
    assert by_archeval.returncode == 0, by_archeval.stdout + by_archeval.stderr
    assert scores() == first


def test_inspect_runs_the_task_by_name(quick: Path, tmp_path: Path) -> None:
    args = ["eval", "archeval/database_schema", "--model", "replay/reference", "-T", "scenario=quick"]
    done = call(tmp_path, *args, "-T", "datasets=mine", "--display", "plain", "--log-dir", "logs", program="inspect")
    assert done.returncode == 0, done.stdout + done.stderr
    (info,) = list_eval_logs(str(tmp_path / "logs"))
    assert read_eval_log(info).status == "success"


def servers_of(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children(recursive=True) if child.name() == "postgres"]


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, 130)])
def test_an_interrupted_run_leaves_no_server_behind(tmp_path: Path, number: signal.Signals, exit_code: int) -> None:
    args = ["run", "--scenario", SHIPPED, "--model", "replay/reference", "--log-dir", "logs", "--display", "plain"]
    with (tmp_path / "output").open("w") as output:
        process = psutil.Popen(
            [BIN / "archeval", *args], cwd=tmp_path, env=environment(tmp_path), stdout=output, stderr=output
        )
        servers: list[psutil.Process] = []
        while not servers:
            assert process.poll() is None, (tmp_path / "output").read_text()
            psutil.wait_procs([process], timeout=0.1)
            servers = servers_of(process)
        process.send_signal(number)
        assert process.wait(timeout=90) == exit_code, (tmp_path / "output").read_text()
    _, alive = psutil.wait_procs(servers, timeout=0)
    assert not alive
    assert "Traceback" not in (tmp_path / "output").read_text()

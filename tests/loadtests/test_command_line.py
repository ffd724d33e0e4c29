"""`archeval load` and the plain locust command with archeval's users, as processes."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import psutil
import pytest

from loadtests.errors import PlanError
from loadtests.locust_command import Distribution, locust_command, user_file
from loadtests.result import LoadResult

BIN = Path(sys.executable).parent
USER = "loadtests.users.requests:RequestListUser"


def load(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run `archeval load`."""
    command = [str(BIN / "archeval"), "load", *args]
    environment = os.environ | {"COLUMNS": "160"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
    )


@pytest.fixture
def parameters(tmp_path: Path) -> str:
    """A file of parameters: two endpoints in turn."""
    requests = [{"endpoint": name, "method": "GET", "path": f"/{name}"} for name in ("fine", "missing")]
    path = tmp_path / "parameters.json"
    path.write_text(json.dumps({"requests": requests}))
    return str(path)


def test_a_load_prints_a_line_per_endpoint(service: str, tmp_path: Path, parameters: str) -> None:
    args = ["--user", USER, "--host", service, "--rate", "40", "--duration", "2", "--parameters", parameters]
    done = load(tmp_path, *args, "--behind-limit", "60000")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.startswith(("fine", "missing"))}
    assert set(lines) == {"fine", "missing"}
    heading = next(line for line in done.stdout.splitlines() if line.startswith("endpoint")).replace("p95 is in", "in")
    columns = heading.replace("no answer", "none").split()
    assert lines["fine"][columns.index("4xx")] == "0"
    assert lines["missing"][columns.index("4xx")] == lines["missing"][columns.index("requests")]


def test_a_scenario_brings_its_users(service: str, tmp_path: Path) -> None:
    args = ["--scenario", "order_history", "--host", service, "--rate", "40", "--duration", "1", "--warmup", "0"]
    done = load(tmp_path, *args, "--behind-limit", "60000", "--json")
    assert done.returncode == 0, done.stderr
    assert "orders_page" in LoadResult.model_validate_json(done.stdout).endpoints


def test_processes_are_summed_up_exactly(service: str, tmp_path: Path, parameters: str) -> None:
    """Two processes send; the result is made of the raw samples of both, and follows the parameters in both."""
    args = ["--user", USER, "--host", service, "--rate", "40", "--duration", "3", "--parameters", parameters]
    done = load(tmp_path, *args, "--processes", "2", "--json", "--behind-limit", "60000")
    assert done.returncode == 0, done.stderr
    result = LoadResult.model_validate_json(done.stdout)
    assert set(result.endpoints) == {"fine", "missing"}
    assert result.endpoints["missing"].errors_4xx == result.endpoints["missing"].count > 0
    assert sum(second.count for second in result.seconds) == result.total.count
    assert 20 <= result.total.count <= 300
    assert result.user_errors == []


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--host", "http://127.0.0.1:1"], 2, "give either --scenario or --user"),
        (["--user", USER], 2, "Missing option '--host'"),
        (["--user", USER, "--host", "http://127.0.0.1:1", "--rate", "1", "--users", "1"], 2, "give either --rate"),
        (["--user", USER, "--host", "http://127.0.0.1:1", "--master", "--worker"], 2, "exclude each other"),
        (["--user", USER, "--host", "127.0.0.1"], 2, "key 'host'"),
        (["--user", "nowhere:User", "--host", "http://127.0.0.1:1", "--duration", "1"], 2, "no user class"),
        (["--scenario", "multi_tenant_saas", "--host", "http://127.0.0.1:1"], 2, "has no load"),
    ],
)
def test_what_the_user_got_wrong_is_a_sentence(args: list[str], code: int, message: str, tmp_path: Path) -> None:
    done = load(tmp_path, *args)
    assert done.returncode == code, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_that_never_answers_well_is_exit_code_1(tmp_path: Path) -> None:
    args = ["--user", USER, "--host", "http://127.0.0.1:1", "--rate", "20", "--duration", "1", "--timeout", "1"]
    done = load(tmp_path, *args, "--behind-limit", "60000")
    assert done.returncode == 1, done.stdout + done.stderr


def test_a_generator_that_is_late_is_exit_code_3(quick_service: str, tmp_path: Path) -> None:
    args = ["--user", USER, "--host", quick_service, "--rate", "20", "--duration", "1", "--behind-limit", "0.000001"]
    done = load(tmp_path, *args)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "could not keep its schedule" in done.stderr


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


@pytest.fixture
def web_ui(quick_service: str, tmp_path: Path) -> Generator[str]:
    """Locust's web UI, opened by `archeval load --web`; yields its URL."""
    port = free_port()
    command = [str(BIN / "archeval"), "load", "--user", USER, "--host", quick_service, "--web", "--web-port", str(port)]
    with (tmp_path / "output").open("w") as output:
        process = psutil.Popen(command, cwd=tmp_path, stdout=output, stderr=output, start_new_session=True)
        try:
            while not listens(process, port):
                assert process.poll() is None, (tmp_path / "output").read_text()
                psutil.wait_procs([process], timeout=0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=60)


def listens(process: psutil.Process, port: int) -> bool:
    """Whether a child of `process` listens on `port` yet."""
    try:
        found = [one for child in process.children(recursive=True) for one in child.net_connections()]
    except psutil.NoSuchProcess:
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr[1] == port for one in found)


def test_the_web_ui_runs_a_test(web_ui: str) -> None:
    with httpx.Client(base_url=web_ui, timeout=30) as client:
        assert "Locust" in client.get("/").text
        started = client.post("/swarm", data={"user_count": 2, "spawn_rate": 2})
        assert started.json()["success"] is True
        requests = 0
        while not requests:
            stats = client.get("/stats/requests").json()["stats"]
            requests = sum(one["num_requests"] for one in stats if one["name"] == "Aggregated")
        assert client.post("/stop").json()["success"] is True


def command(**changes: object) -> list[str]:
    settings: dict[str, object] = {
        "user": USER,
        "host": "http://127.0.0.1:1",
        "users": 2,
        "arrivals_per_user": 5.0,
        "duration_s": 3,
        "seed": 1,
        "timeout_s": 10,
        "distribution": Distribution(),
        "parameters": None,
        "result": None,
    }
    return list(locust_command(**(settings | changes)))  # type: ignore[arg-type]


def test_a_master_waits_for_its_workers_and_a_worker_asks_nothing() -> None:
    master = command(distribution=Distribution(master=True, expect_workers=3))
    assert master[master.index("--expect-workers") + 1] == "3"
    assert master[master.index("--master-bind-host") + 1] == "127.0.0.1"
    worker = command(distribution=Distribution(worker=True, master_host="10.0.0.1"))
    assert worker[-5:] == ["--worker", "--master-host", "10.0.0.1", "--master-port", "5557"]
    assert "--host" not in worker


def test_without_a_web_ui_a_run_has_an_end() -> None:
    assert "--headless" in command()
    assert "--headless" not in command(distribution=Distribution(web=True))


def test_a_user_class_is_found_without_importing_locust() -> None:
    code = f"import sys; from loadtests.locust_command import user_file; user_file({USER!r}); sys.exit('gevent' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(PlanError, match=r"no module 'nowhere\.at\.all'"):
        user_file("nowhere.at.all:User")

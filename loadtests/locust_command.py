"""The plain `locust` command for one of archeval's user classes: for Locust's web UI and its distributed mode."""

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from loadtests.errors import PlanError


class Distribution(BaseModel):
    """How the plain `locust` command is to run. At most one of `processes`, `master` and `worker` is set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    web: bool = False
    web_port: int = 8089
    processes: int | None = Field(default=None, gt=0)
    master: bool = False
    expect_workers: int = Field(default=1, gt=0)
    worker: bool = False
    master_host: str = "127.0.0.1"
    """Where the master listens (for a master), or is (for a worker)."""
    master_port: int = 5557


def user_file(user: str) -> Path:
    """The file of `module:Class`, found without importing it. Raises PlanError."""
    module = user.partition(":")[0]
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise PlanError(f"no module {module!r} for the user class {user!r}")
    return Path(spec.origin)


def locust_command(
    *,
    user: str,
    host: str,
    users: int,
    arrivals_per_user: float,
    duration_s: float,
    seed: int,
    timeout_s: float,
    distribution: Distribution,
    parameters: Path | None,
    result: Path | None,
) -> Sequence[str]:
    """Return the command. `arrivals_per_user` 0 is a closed loop. Raises PlanError for an unknown user class."""
    command = [sys.executable, "-m", "locust", "-f", str(user_file(user))]
    if distribution.worker:
        command += ["--worker", "--master-host", distribution.master_host]
        return [*command, "--master-port", str(distribution.master_port)]
    command += ["--host", host, "-u", str(users), "-r", str(users), "--stop-timeout", f"{timeout_s:g}"]
    command += ["--arrivals-per-user", repr(arrivals_per_user), "--load-seed", str(seed)]
    command += ["--load-timeout", f"{timeout_s:g}"]
    if parameters is not None:
        command += ["--parameters", str(parameters)]
    if result is not None:
        command += ["--load-result", str(result)]
    if distribution.processes is not None:
        command += ["--processes", str(distribution.processes)]
    if distribution.master:
        command += ["--master", "--master-bind-host", distribution.master_host]
        command += ["--master-bind-port", str(distribution.master_port)]
        command += ["--expect-workers", str(distribution.expect_workers)]
    if distribution.web:
        command += ["--web-host", "127.0.0.1", "--web-port", str(distribution.web_port)]
    else:
        command += ["--headless", "--run-time", f"{max(1, round(duration_s))}s", "--only-summary"]
    return [*command, user.partition(":")[2]]

"""`archeval load`: a scenario's load on a service of the user's own."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.console import Console

from evals.cli.load_view import result_table
from evals.cli.options import datasets_option
from evals.datasets import load_scenarios, select
from loadtests.errors import GeneratorBehind, LoadError, PlanError
from loadtests.locust_command import Distribution, locust_command
from loadtests.outcome import Outcome
from loadtests.plan import LoadPlan
from loadtests.profiles import ConstantRate, Users
from loadtests.result import LoadResult
from loadtests.runner import require_on_time, run_load
from scorers.errors import HarnessFault, InputError
from scorers.scenario import describe_validation

STOP_S = 60.0
"""What the plain locust command may take beyond its run time."""


class ScenarioLoad(BaseModel):
    """`parameters.load` of a scenario, as far as a load on somebody's own service is concerned."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user: str = "loadtests.users.requests:RequestListUser"
    rate_per_s: float = Field(default=10, gt=0)
    duration_s: float = Field(default=30, gt=0)
    warmup_s: float = Field(default=0, ge=0)


@click.command()
@click.option("--scenario", "scenario_id", metavar="ID", help="Whose users to send.")
@click.option("--user", "user", metavar="MODULE:CLASS", help="A Locust user class in place of a scenario's.")
@datasets_option
@click.option("--host", metavar="URL", help="Your service, such as http://127.0.0.1:8000.")
@click.option("--rate", "rate_per_s", type=click.FloatRange(min=0, min_open=True), help="Arrivals per second.")
@click.option("--users", type=click.IntRange(1), help="So many users in a closed loop, in place of a rate.")
@click.option("--duration", "duration_s", type=click.FloatRange(min=0, min_open=True), help="Seconds.")
@click.option("--warmup", "warmup_s", type=click.FloatRange(0), help="Seconds before, which are not counted.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0, min_open=True), default=10, show_default=True)
@click.option(
    "--behind-limit",
    "behind_limit_ms",
    type=click.FloatRange(min=0, min_open=True),
    default=50,
    show_default=True,
    help="Milliseconds by which the generator itself may be late at p99.",
)
@click.option(
    "--parameters",
    "parameters_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON object for the user class, such as the ids that your service knows.",
)
@click.option("--web", is_flag=True, help="Open Locust's web UI instead of running at once.")
@click.option("--web-port", type=int, default=8089, show_default=True)
@click.option("--processes", type=click.IntRange(1), help="Send from so many processes.")
@click.option("--master", is_flag=True, help="Be the master of workers, here or elsewhere.")
@click.option("--expect-workers", type=click.IntRange(1), default=1, show_default=True)
@click.option("--worker", is_flag=True, help="Be a worker of a master.")
@click.option("--master-host", default="127.0.0.1", show_default=True, help="Where the master listens or is.")
@click.option("--master-port", type=int, default=5557, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON.")
def command(
    scenario_id: str | None,
    user: str | None,
    roots: tuple[Path, ...],
    host: str | None,
    rate_per_s: float | None,
    users: int | None,
    duration_s: float | None,
    warmup_s: float | None,
    seed: int,
    timeout_s: float,
    behind_limit_ms: float,
    parameters_path: Path | None,
    web_port: int,
    processes: int | None,
    expect_workers: int,
    master_host: str,
    master_port: int,
    *,
    web: bool,
    master: bool,
    worker: bool,
    as_json: bool,
) -> int:
    """Put a service of your own under a scenario's load and print what it answered, and how fast.

    Exits with 1 when not one request was answered without error, with 3 when the generator could not keep its schedule.
    """
    if (scenario_id is None) == (user is None):
        raise click.UsageError("give either --scenario or --user")
    if host is None and not worker:
        raise click.UsageError("Missing option '--host'.")
    if rate_per_s is not None and users is not None:
        raise click.UsageError("give either --rate (an open loop) or --users (a closed one)")
    if sum((processes is not None, master, worker)) > 1:
        raise click.UsageError("--processes, --master and --worker exclude each other")
    load = _load_of(scenario_id, roots) if scenario_id is not None else ScenarioLoad(user=user or "")
    load = load.model_copy(
        update={
            key: value
            for key, value in (("rate_per_s", rate_per_s), ("duration_s", duration_s), ("warmup_s", warmup_s))
            if value is not None
        }
    )
    distribution = Distribution(
        web=web,
        web_port=web_port,
        processes=processes,
        master=master,
        expect_workers=expect_workers,
        worker=worker,
        master_host=master_host,
        master_port=master_port,
    )
    try:
        if web or worker or master or processes is not None:
            result = _by_locust(load, distribution, host or "", users, seed, timeout_s, parameters_path)
        else:
            result = run_load(_plan(load, host or "", users, seed, timeout_s, behind_limit_ms, parameters_path))
    except PlanError as error:
        raise InputError(str(error)) from error
    except LoadError as error:
        raise HarnessFault(str(error), kind="load") from error
    if result is None:
        return 0
    if as_json:
        click.echo(result.model_dump_json(indent=2))
    else:
        _print(result, host or "", load, users)
    try:
        require_on_time(result, behind_limit_ms)
    except GeneratorBehind as error:
        raise HarnessFault(str(error), kind="load") from error
    return 0 if result.total.count > result.total.errors else 1


def _load_of(scenario_id: str, roots: tuple[Path, ...]) -> ScenarioLoad:
    (scenario,) = select(load_scenarios(roots), ids=[scenario_id])
    section = scenario.file.parameters.get("load")
    if section is None:
        raise InputError(f"scenario {scenario_id!r} has no load: its scenario.yaml has no 'parameters.load'")
    try:
        return ScenarioLoad.model_validate(section)
    except ValidationError as error:
        raise InputError(f"scenario {scenario_id!r}: 'parameters.load': {describe_validation(error)}") from error


def _parameters(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the parameters in {str(path)!r}: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{str(path)!r} holds no JSON object")
    return content  # pyright: ignore[reportUnknownVariableType]


def _plan(
    load: ScenarioLoad,
    host: str,
    users: int | None,
    seed: int,
    timeout_s: float,
    behind_limit_ms: float,
    parameters_path: Path | None,
) -> LoadPlan:
    if users is None:
        profile = ConstantRate(rate_per_s=load.rate_per_s, duration_s=load.duration_s, warmup_s=load.warmup_s)
    else:
        profile = Users(users=users, duration_s=load.duration_s, warmup_s=load.warmup_s)
    try:
        return LoadPlan(
            host=host.rstrip("/"),
            user=load.user,
            profile=profile,
            seed=seed,
            timeout_s=timeout_s,
            behind_limit_ms=behind_limit_ms,
            parameters=_parameters(parameters_path),
        )
    except ValidationError as error:
        raise InputError(
            f"{describe_validation(error)}; --host is a URL without a path, --user is module:Class"
        ) from error


def _by_locust(
    load: ScenarioLoad,
    distribution: Distribution,
    host: str,
    users: int | None,
    seed: int,
    timeout_s: float,
    parameters_path: Path | None,
) -> LoadResult | None:
    """Run the plain locust command. Returns None where there is nothing to sum up: for workers, or without a run."""
    _parameters(parameters_path)
    sources = distribution.processes or distribution.expect_workers
    with tempfile.TemporaryDirectory(prefix="archeval-load-") as folder:
        outcome = Path(folder) / "outcome.json"
        command = locust_command(
            user=load.user,
            host=host,
            users=users or sources,
            arrivals_per_user=0.0 if users else load.rate_per_s / sources,
            duration_s=load.duration_s,
            seed=seed,
            timeout_s=timeout_s,
            distribution=distribution,
            parameters=parameters_path,
            result=None if distribution.worker else outcome,
        )
        limit_s = None if distribution.web or distribution.worker or distribution.master else load.duration_s + STOP_S
        try:
            subprocess.run(command, timeout=limit_s, check=False)
        except subprocess.TimeoutExpired as error:
            raise HarnessFault(f"locust did not end within {limit_s:.0f} s", kind="load") from error
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
        if not outcome.exists():
            return None
        result = Outcome.model_validate_json(outcome.read_text(encoding="utf-8")).result
    return result if result is not None and result.total.count else None


def _print(result: LoadResult, host: str, load: ScenarioLoad, users: int | None) -> None:
    how = f"{users} users" if users else f"{load.rate_per_s:g} arrivals/s"
    Console().print(result_table(result, f"{load.user.partition(':')[2]} on {host}, {how}, {result.duration_s:.0f} s"))
    for error in result.user_errors:
        click.echo(f"the user class raised {error}", err=True)

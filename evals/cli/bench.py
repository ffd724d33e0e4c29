"""`archeval bench`: what the harness itself takes, as ratios within one run."""

import os
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from evals.cli.load_view import accuracy_table, machine_line, result_table
from evals.cli.options import testbed_option
from evals.cli.screen import screen
from evals.datasets import load_scenarios, select
from loadtests.accuracy import measure_accuracy
from loadtests.calibration import judge, measure_machine
from loadtests.errors import LoadError
from reports.bench import measure_store
from scorers.errors import HarnessFault
from scorers.grading import grade
from scorers.testbed.bench import measure_testbed
from scorers.testbed.providers import provider


@click.group()
def command() -> None:
    """Measure the harness itself."""


@command.command()
@testbed_option
@click.option("--repeats", type=click.IntRange(2), default=10, show_default=True)
@click.option(
    "--scenario", "scenario_id", default="multi_tenant_saas", show_default=True, help="Whose reference to grade."
)
def testbed(testbed_name: str, repeats: int, scenario_id: str) -> int:
    """Print the time to a fresh cluster, to a clone, and for a whole grade, with the shares of its checks."""
    console = screen()
    chosen = provider(testbed_name)
    with Console(stderr=True).status("measuring the testbed"):
        rows = measure_testbed(chosen, repeats)
    table = Table(title=f"testbed {testbed_name}, {repeats} repeats", title_justify="left", box=None)
    for heading in ("step", "median ms", "25 % ms", "75 % ms"):
        table.add_column(heading, justify="left" if heading == "step" else "right")
    for row in rows:
        table.add_row(row.step, *(f"{ms:.1f}" for ms in (row.median_ms, row.lower_quartile_ms, row.upper_quartile_ms)))
    console.print(table)
    (scenario,) = select(load_scenarios(), ids=[scenario_id])
    with Console(stderr=True).status(f"grading the reference of {scenario_id}"):
        graded = grade(scenario, scenario.solution("reference"), chosen)
    shares = Table(title=f"one grade of {scenario_id}'s reference", title_justify="left", box=None)
    for heading in ("check", "s", "share"):
        shares.add_column(heading, justify="left" if heading == "check" else "right")
    for check in graded.checks:
        shares.add_row(check.check_id, f"{check.duration_s:.2f}", f"{check.duration_s / graded.duration_s:.0%}")
    rest_s = graded.duration_s - sum(check.duration_s for check in graded.checks)
    shares.add_row("testbed and the rest", f"{rest_s:.2f}", f"{rest_s / graded.duration_s:.0%}")
    shares.add_row("whole grade", f"{graded.duration_s:.2f}", "100%")
    console.print(shares)
    return 0 if graded.unscored_reason is None else 3


@command.command()
@click.option(
    "--rate", "rate_per_s", type=click.FloatRange(1), default=500, show_default=True, help="Requests per second."
)
@click.option(
    "--duration", "duration_s", type=click.FloatRange(1), default=30, show_default=True, help="Seconds of each run."
)
@click.option("--seed", type=int, default=0, show_default=True)
def load(rate_per_s: float, duration_s: float, seed: int) -> int:
    """Compare the load generator with latencies that are known, and with wrk where it is installed.

    Exits with 1 when a figure is off, with 3 when the generator could not keep its schedule.
    """
    console = screen()
    with Console(stderr=True).status("driving services of known latency"):
        try:
            before = measure_machine()
            accuracy = measure_accuracy(rate_per_s=rate_per_s, duration_s=duration_s, seed=seed)
            after = measure_machine()
        except LoadError as error:
            raise HarnessFault(str(error), kind="load") from error
    console.print(result_table(accuracy.clean, f"no stalls, {rate_per_s:g} requests/s for {duration_s:g} s"))
    console.print(result_table(accuracy.stalling, "0.5 s stall in every 5 s"))
    console.print(accuracy_table(accuracy))
    if accuracy.wrk_missing:
        console.print("wrk is not installed, so nothing was compared with it; on Debian: apt-get install wrk")
    console.print(f"{machine_line(judge(before, after))}; load average {os.getloadavg()[0]:.1f}", soft_wrap=True)
    return 0 if accuracy.right else 1


@command.command()
@click.option("--checks", type=click.IntRange(1), default=1_000_000, show_default=True, help="Check results to ingest.")
def store(checks: int) -> int:
    """Fill a store with made-up results, and print how long it takes to write them and to answer what people ask."""
    console = screen()
    with tempfile.TemporaryDirectory(prefix="archeval-bench-") as folder, Console(stderr=True).status("") as status:
        found = measure_store(checks, Path(folder), status.update)
    table = Table(title=f"{found.checks:,} check results in {found.logs:,} logs", title_justify="left", box=None)
    for heading in ("step", "s", "check results", "check results/s", "of the ingest"):
        table.add_column(heading, justify="left" if heading == "step" else "right")
    whole_s = found.steps[0].seconds
    for step in found.steps:
        table.add_row(
            step.name,
            f"{step.seconds:.2f}",
            f"{step.checks:,}",
            f"{step.checks_per_s:,.0f}",
            f"{step.seconds / whole_s:.2f}",
        )
    console.print(table)
    console.print(f"store {found.store_bytes / 1e6:,.1f} MB, report {found.report_bytes / 1e6:,.1f} MB")
    return 0

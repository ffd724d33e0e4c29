"""`archeval score`: the submissions in logs graded again, without model or sandbox."""

import sys
from pathlib import Path
from typing import Any

import click

from evals.cli.options import datasets_option, store_option, testbed_option
from evals.cli.results import show_results
from evals.ingest import ingest
from evals.log_places import local_path, log_files, name_of
from evals.scoring import score_log
from reports.store import Store


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--only-unscored", is_flag=True, help="Grade only what has no verdict yet.")
@click.option("--seed", type=int, help="[default: that of the log]")
@click.option("--slots", type=click.IntRange(1), help="How many grades run at once. [default: that of the log]")
@testbed_option
@datasets_option
@store_option
@click.option(
    "--report",
    "report_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="[default: report.html beside the logs, or here where they are elsewhere]",
)
def command(
    logs: tuple[str, ...],
    *,
    only_unscored: bool,
    seed: int | None,
    slots: int | None,
    testbed_name: str,
    roots: tuple[Path, ...],
    store_path: Path,
    report_path: Path | None,
) -> int:
    """Grade the submissions in LOGS (files, folders of them, or their URLs) again and write the logs back.

    Exits with 3 when the harness failed on a sample, so that it has no score still.
    """
    files = log_files(logs)
    store = Store.open(store_path)
    options: dict[str, Any] = {"testbed": testbed_name}
    if seed is not None:
        options["seed"] = seed
    if slots is not None:
        options["slots"] = slots
    if roots:
        options["datasets"] = [str(root.absolute()) for root in roots]
    unscored = 0
    for file in files:
        display = "rich" if sys.stdout.isatty() else "plain"
        scored = score_log(file, only_unscored=only_unscored, options=options, display=display)
        unscored += scored.unscored
        click.echo(f"{name_of(file)}: {scored.graded} graded, {scored.unscored} without a score")
    runs = ingest(store, files)
    show_results(store, [record.run_id for record in runs], report_path or _beside(files[0]))
    return 3 if unscored else 0


def _beside(log: str) -> Path:
    path = local_path(log)
    return Path("report.html") if path is None else path.parent / "report.html"

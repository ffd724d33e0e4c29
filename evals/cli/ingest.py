"""`archeval ingest`: logs into the store."""

from pathlib import Path

import click

from evals.cli.options import store_option
from evals.ingest import ingest
from evals.log_places import log_files
from reports.store import Store


@click.command()
@click.argument("logs", nargs=-1, required=True)
@store_option
def command(logs: tuple[str, ...], store_path: Path) -> int:
    """Read LOGS (files, folders of them, or URLs that fsspec reaches, such as s3://bucket/logs) into the store.

    What is there already changes nothing, so that an ingest that was broken off may simply be run again.
    """
    files = log_files(logs)
    runs = ingest(Store.open(store_path), files)
    passed_over = len(files) - len(runs)
    others = f"; {passed_over} passed over, as other tasks' or not finished" if passed_over else ""
    click.echo(f"{len(runs)} logs of {len({run.run_id for run in runs})} runs are in {store_path}{others}")
    return 0

"""`archeval leaderboard`: models and personas, compared on what all of them answered."""

import shutil
from pathlib import Path
from typing import get_args

import click

from evals.cli.options import store_option
from reports.formats import Format, render
from reports.leaderboard import leaderboard
from reports.selection import Filters
from reports.store import Store
from scorers.scenario import SUITES


@click.command()
@store_option
@click.option("--family", "families", multiple=True, metavar="NAME", help="Only this family. Repeatable.")
@click.option(
    "--suite", "suites", multiple=True, type=click.Choice(SUITES), help="Only runs of this suite. Repeatable."
)
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this model. Repeatable.")
@click.option("--run", "run_ids", multiple=True, metavar="ID", help="Only this run. Repeatable.")
@click.option("--format", "output_format", type=click.Choice(get_args(Format)), default="table", show_default=True)
def command(
    store_path: Path,
    families: tuple[str, ...],
    suites: tuple[str, ...],
    models: tuple[str, ...],
    run_ids: tuple[str, ...],
    output_format: Format,
) -> int:
    """Print the leaderboard of the results in the store."""
    store = Store.open(store_path, create=False)
    board = leaderboard(store, Filters(families=families, suites=suites, models=models, run_ids=run_ids))
    width = max(100, shutil.get_terminal_size((140, 24)).columns)
    click.echo(render(board, output_format, width=width).rstrip())
    return 0

"""`archeval leaderboard`: models and personas, compared on what all of them answered."""

import shutil
from pathlib import Path
from typing import get_args

import click

from evals.cli.options import store_option
from reports.formats import Format, render
from reports.leaderboard import By, leaderboard
from reports.selection import Filters
from reports.store import Store
from scorers.scenario import SUITES

MODEL_TIMES_PERSONA = "model\u00d7persona"
"""As people write it; `both` is what every keyboard has."""

BY: dict[str, By] = {"model": "model", "persona": "persona", MODEL_TIMES_PERSONA: "both", "both": "both"}


@click.command()
@store_option
@click.option("--family", "families", multiple=True, metavar="NAME", help="Only this family. Repeatable.")
@click.option(
    "--suite", "suites", multiple=True, type=click.Choice(SUITES), help="Only runs of this suite. Repeatable."
)
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this model. Repeatable.")
@click.option("--run", "run_ids", multiple=True, metavar="ID", help="Only this run. Repeatable.")
@click.option(
    "--by",
    type=click.Choice(list(BY)),
    default=MODEL_TIMES_PERSONA,
    show_default=True,
    help="What a row stands for; both is short for the last.",
)
@click.option(
    "--k",
    type=click.IntRange(1),
    help="Of pass@k (solved at least once in k) and pass^k (every time). [default: as many epochs as all have]",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file. [default: standard output]"
)
@click.option("--format", "output_format", type=click.Choice(get_args(Format)), default="table", show_default=True)
def command(
    store_path: Path,
    families: tuple[str, ...],
    suites: tuple[str, ...],
    models: tuple[str, ...],
    run_ids: tuple[str, ...],
    by: str,
    k: int | None,
    out: Path | None,
    output_format: Format,
) -> int:
    """Print the leaderboard of the results in the store."""
    store = Store.open(store_path, create=False)
    filters = Filters(families=families, suites=suites, models=models, run_ids=run_ids)
    board = leaderboard(store, filters, by=BY[by], k=k)
    width = max(100, shutil.get_terminal_size((140, 24)).columns)
    text = render(board, output_format, width=width)
    if out is None:
        click.echo(text.rstrip())
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(f"leaderboard: {out}")
    return 0

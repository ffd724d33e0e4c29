"""`archeval report`: the store as one HTML file that needs no server."""

from pathlib import Path

import click

from evals.cli.options import store_option
from evals.spec_texts import spec_texts
from reports.html.report import render_report
from reports.selection import Filters
from reports.store import Store

DEFAULT_REPORT = "report.html"


@click.command()
@store_option
@click.option("--family", "families", multiple=True, metavar="NAME", help="Only this family. Repeatable.")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this model. Repeatable.")
@click.option("--run", "run_ids", multiple=True, metavar="ID", help="Only this run. Repeatable.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=DEFAULT_REPORT, show_default=True, help="The file to write."
)
def command(
    store_path: Path, families: tuple[str, ...], models: tuple[str, ...], run_ids: tuple[str, ...], out: Path
) -> int:
    """Write the report of the results in the store."""
    store = Store.open(store_path, create=False)
    filters = Filters(families=families, models=models, run_ids=run_ids)
    path = render_report(store, out, filters=filters, spec=spec_texts())
    click.echo(f"report: {path}")
    return 0

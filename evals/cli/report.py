"""`archeval report`: the store as one HTML file that needs no server."""

from pathlib import Path

import click

from evals.cli.options import store_option
from evals.cli.sides import stored_side
from evals.spec_texts import spec_texts
from reports.html.report import render_report
from reports.selection import Filters
from reports.store import Store
from scorers.errors import InputError

DEFAULT_REPORT = "report.html"


@click.command()
@store_option
@click.option("--family", "families", multiple=True, metavar="NAME", help="Only this family. Repeatable.")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this model. Repeatable.")
@click.option("--run", "run_ids", multiple=True, metavar="ID", help="Only this run. Repeatable.")
@click.option("--base", metavar="SIDE", help="What the summary compares with: as archeval compare, from the store.")
@click.option("--head", metavar="SIDE", help="What the summary compares; only together with --base.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=DEFAULT_REPORT, show_default=True, help="The file to write."
)
def command(
    store_path: Path,
    families: tuple[str, ...],
    models: tuple[str, ...],
    run_ids: tuple[str, ...],
    base: str | None,
    head: str | None,
    out: Path,
) -> int:
    """Write the report of the results in the store.

    Its summary compares the newest two runs that can be compared, or --base with --head: the id of a run (or latest,
    or previous), or a selection of the store such as persona=backend_architect,model=anthropic/claude-….
    """
    store = Store.open(store_path, create=False)
    filters = Filters(families=families, models=models, run_ids=run_ids)
    if (base is None) != (head is None):
        raise InputError("one side alone cannot be compared; give both --base and --head, or neither")
    compared = (
        (stored_side(base, store, filters), stored_side(head, store, filters))
        if base is not None and head is not None
        else None
    )
    path = render_report(store, out, filters=filters, compared=compared, spec=spec_texts())
    click.echo(f"report: {path}")
    return 0

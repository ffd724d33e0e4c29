"""`archeval db`: the store for one's own questions."""

import os
import shutil
from pathlib import Path
from typing import NoReturn, get_args

import click

from evals.cli.options import store_option
from reports.answer import AnswerFormat, ask, render_answer
from reports.schema import markdown
from reports.store import Store
from scorers.errors import InputError


@click.command()
@click.argument("sql", required=False)
@store_option
@click.option("--schema", is_flag=True, help="Print the tables, their columns and what these mean, as Markdown.")
@click.option(
    "--format", "output_format", type=click.Choice(get_args(AnswerFormat)), default="table", show_default=True
)
def command(sql: str | None, store_path: Path, *, schema: bool, output_format: AnswerFormat) -> int:
    """Answer a query on the results, such as "SELECT model, avg(score) FROM results GROUP BY model".

    Without a query, DuckDB's own shell is opened on the store, where it is installed. Nothing is ever written.
    """
    if schema:
        click.echo(markdown().rstrip())
        return 0
    store = Store.open(store_path, create=False)
    if sql is not None:
        width = max(100, shutil.get_terminal_size((160, 24)).columns)
        click.echo(render_answer(ask(store, sql), output_format, width=width))
        return 0
    shell = shutil.which("duckdb")
    if shell is None:
        raise InputError(
            "there is no `duckdb` on the PATH, and the Python package brings no shell; install one of version 2 or "
            'later from https://duckdb.org/install, or ask here: archeval db "SELECT …"'
        )
    return _become(shell, store_path)


def _become(shell: str, store_path: Path) -> NoReturn:
    os.execv(shell, [shell, "-readonly", str(store_path)])

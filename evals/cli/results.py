"""What is shown at the end of a run and of a scoring: the leaderboard, and where the report is."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from evals.spec_texts import spec_texts
from reports.formats import render
from reports.html.report import render_report
from reports.leaderboard import leaderboard
from reports.selection import Filters
from reports.store import Store


def show_results(store: Store, run_ids: Sequence[str], report: Path) -> int:
    """Print the leaderboard of the runs and write their report. Returns how many samples have no score."""
    filters = Filters(run_ids=tuple(dict.fromkeys(run_ids)))
    board = leaderboard(store, filters)
    click.echo(render(board, "table", width=shutil.get_terminal_size((140, 24)).columns))
    render_report(store, report, filters=filters, spec=spec_texts())
    click.echo(f"report: {report}")
    return sum(row.unscored for row in board.rows)

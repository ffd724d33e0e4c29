"""`archeval compare`: did the second do worse than the first, and is that real?"""

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import get_args

import click

from evals.cli.options import store_option
from evals.cli.sides import open_side
from reports.compare.comparison import DEFAULT_REPORT, DEFAULT_RULES, compare
from reports.compare.model import Count, Rules
from reports.compare.render import Format, render
from reports.selection import Filters
from scorers.scenario import SUITES


@click.command()
@click.argument("base")
@click.argument("head")
@store_option
@click.option("--family", "families", multiple=True, metavar="NAME", help="Only this family. Repeatable.")
@click.option(
    "--suite", "suites", multiple=True, type=click.Choice(SUITES), help="Only runs of this suite. Repeatable."
)
@click.option(
    "--floor",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=DEFAULT_RULES.floor,
    show_default=True,
    help="The smallest drop of the mean score that matters.",
)
@click.option(
    "--alpha",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    default=DEFAULT_RULES.alpha,
    show_default=True,
    help="How often a regression may be reported where nothing changed.",
)
@click.option("--base-report", default=DEFAULT_REPORT, show_default=True, help="Where links to the base's evidence go.")
@click.option("--head-report", default=DEFAULT_REPORT, show_default=True, help="Where links to the head's evidence go.")
@click.option("--format", "output_format", type=click.Choice(get_args(Format)), default="table", show_default=True)
def command(
    base: str,
    head: str,
    store_path: Path,
    families: tuple[str, ...],
    suites: tuple[str, ...],
    floor: float,
    alpha: float,
    base_report: str,
    head_report: str,
    output_format: Format,
) -> int:
    """Compare HEAD with BASE.

    Each is a log file, a folder of logs, the URL of either, the id of a run in the store (or latest, or previous), or a selection of the
    store such as persona=backend_architect,model=anthropic/claude-…. A persona may be named by the beginning of its
    hash.

    Exit codes: 0 no regression or an improvement, 1 a regression, 2 usage or input, 3 a harness fault, 4 inconclusive
    or not comparable.
    """
    narrowed = Filters(families=families, suites=suites)
    with ExitStack() as stack:
        found = compare(
            open_side(base, store_path, narrowed, stack),
            open_side(head, store_path, narrowed, stack),
            Rules(floor=floor, alpha=alpha),
            reports=Count(base=base_report, head=head_report),
        )
    click.echo(render(found, output_format, width=max(100, shutil.get_terminal_size((140, 24)).columns)).rstrip())
    return found.exit_code

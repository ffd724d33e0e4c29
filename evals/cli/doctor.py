"""`archeval doctor`: what is there, what is missing, and what to do about it."""

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evals.cli.options import testbed_option
from scorers.testbed.providers import provider


@click.command()
@testbed_option
def command(testbed_name: str) -> int:
    """Look at this machine and try the testbed. Exits with 3 when something that is needed is missing."""
    table = Table(box=None)
    for heading in ("", "what", "found", "remedy"):
        table.add_column(heading, overflow="fold")
    missing = 0
    for line in provider(testbed_name).diagnose():
        missing += not line.ok
        mark = Text("✓", style="green") if line.ok else Text("✗", style="red")
        table.add_row(mark, line.subject, Text(line.found), Text(line.remedy))
    Console().print(table)
    click.echo(f"{missing} problems" if missing else "everything that is needed is there")
    return 3 if missing else 0

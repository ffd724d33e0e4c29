"""`archeval doctor`: what is there, what is missing, and what to do about it."""

from itertools import chain

import click
from rich.table import Table
from rich.text import Text

from evals.cli.options import testbed_option
from evals.cli.screen import screen
from scorers.testbed.companion_diagnosis import diagnose_companions
from scorers.testbed.protocol import Diagnosis
from scorers.testbed.providers import provider
from scorers.testbed.sandbox.diagnosis import diagnose_services


@click.command()
@testbed_option
def command(testbed_name: str) -> int:
    """Look at this machine, and try the testbed and the sandbox of services. Exits with 3 when something is missing."""
    table = Table(box=None)
    for heading in ("", "what", "found", "remedy"):
        table.add_column(heading, overflow="fold")
    missing = 0
    testbed = provider(testbed_name)
    for line in chain(testbed.diagnose(), diagnose_companions(testbed), diagnose_services()):
        missing += not line.ok and not line.optional
        table.add_row(_mark(line), line.subject, Text(line.found), Text(line.remedy))
    screen().print(table)
    click.echo(f"{missing} problems" if missing else "everything that is needed is there")
    return 3 if missing else 0


def _mark(line: Diagnosis) -> Text:
    if line.ok:
        return Text("✓", style="green")
    return Text("-", style="yellow") if line.optional else Text("✗", style="red")

"""`archeval spec`: the persona's specification, line by line, and what is evidence for it so far."""

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from evals.claims import claims
from evals.cli.options import datasets_option
from evals.cli.screen import screen
from evals.datasets import load_scenarios, shipped_root
from scorers.spec import evidence_table, load_spec


@click.command()
@click.option("--bare", is_flag=True, help="Only the lines without any evidence.")
@datasets_option
def command(*, bare: bool, roots: tuple[Path, ...]) -> int:
    """List the lines of the specification with the scenarios and checks that are evidence for them."""
    spec = load_spec(shipped_root() / "persona" / "spec.yaml")
    rows = evidence_table(spec, claims(load_scenarios(roots)))
    table = Table(box=None)
    for heading in ("line", "what it says", "scenarios", "checks"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "line")
    for row in rows:
        if not (bare and row.kinds):
            table.add_row(row.line.id, Text(row.line.summary), ", ".join(row.scenarios), ", ".join(row.checks))
    screen().print(table)
    covered = sum(1 for row in rows if row.kinds)
    click.echo(f"{covered} of {len(rows)} lines have evidence")
    return 0

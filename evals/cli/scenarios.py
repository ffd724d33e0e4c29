"""`archeval scenarios`: what can be asked."""

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from evals.cli.options import datasets_option, selection_options
from evals.cli.screen import screen
from evals.datasets import load_scenarios, select
from scorers.scenario import Suite


@click.command()
@selection_options
@datasets_option
def command(suite: Suite, families: tuple[str, ...], ids: tuple[str, ...], roots: tuple[Path, ...]) -> int:
    """List the scenarios with their versions and what they ship."""
    table = Table(box=None)
    for heading in ("scenario", "family", "version", "suite", "solutions", "mutants", "cheats", "title"):
        table.add_column(
            heading,
            justify="right" if heading in {"mutants", "cheats"} else "left",
            no_wrap=heading == "scenario",
        )
    for scenario in select(load_scenarios(roots), suite=suite, families=families, ids=ids):
        table.add_row(
            scenario.id,
            scenario.family,
            scenario.version,
            scenario.file.suite,
            ", ".join(scenario.solution_names()),
            str(len(scenario.mutant_names())),
            str(len(scenario.cheat_names())),
            Text(scenario.file.title),
        )
    screen().print(table)
    return 0

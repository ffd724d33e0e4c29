"""`archeval validate`: are the scenarios fit to judge by? Prints the kill matrix."""

import os
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from evals.cli.options import datasets_option, selection_options, testbed_option
from evals.cli.screen import screen
from evals.datasets import load_scenarios, select
from scorers.registry import family_named
from scorers.scenario import Suite
from scorers.validation import Judged, Validation, entries_of, validate_scenarios

LINES_EVERY = 20
"""Where there is no terminal to draw a bar on, a line after so many entries says how far it is."""


@click.command()
@selection_options
@datasets_option
@testbed_option
@click.option("--entry", "only", multiple=True, metavar="LABEL", help="Only e.g. mutants/no_index. Repeatable.")
@click.option("--workers", type=click.IntRange(1), default=min(os.cpu_count() or 1, 8), show_default="cores, at most 8")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--no-cache", is_flag=True, help="Grade again what was graded before with the same graders.")
def command(
    suite: Suite,
    families: tuple[str, ...],
    ids: tuple[str, ...],
    roots: tuple[Path, ...],
    testbed_name: str,
    only: tuple[str, ...],
    workers: int,
    seed: int,
    *,
    no_cache: bool,
) -> int:
    """Grade every solution, mutant and cheat of the scenarios and say whether each comes out as it should.

    Exits with 1 when a scenario is not fit, 3 when the harness failed on an entry.
    """
    scenarios = select(load_scenarios(roots), suite=suite, families=families, ids=ids)
    total = sum(len(entries_of(scenario, only)) for scenario in scenarios)
    if not total:
        raise click.UsageError(f"no entry is called {list(only)}; they are named like 'solutions/reference'")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    errors = Console(stderr=True)
    with Progress(*columns, console=errors) as bars:
        bar = bars.add_task("grading", total=total)

        def advance(judged: Judged, done: int, of: int) -> None:
            entry = f"{judged.entry.scenario.id} {judged.entry.label}"
            bars.update(bar, completed=done, total=of, description=entry)
            if not errors.is_terminal and judged.problems:
                errors.print(f"{done}/{of} {entry}: {len(judged.problems)} problems", markup=False)
            elif not errors.is_terminal and done % LINES_EVERY == 0:
                errors.print(f"{done}/{of}", markup=False)

        validations = validate_scenarios(
            scenarios,
            provider_name=testbed_name,
            workers=workers,
            seed=seed,
            only=only,
            use_cache=not no_cache,
            progress=advance,
        )
    console = screen()
    for validation in validations:
        console.print(_matrix(validation))
        for problem in validation.problems:
            console.print(Text(f"✗ {problem}", style="red"))
        verdict = "holds" if validation.holds else f"does not hold: {len(validation.problems)} problems"
        console.print(
            Text(f"{validation.scenario.id}: {verdict}\n", style="bold green" if validation.holds else "bold red")
        )
    if any(validation.faulted for validation in validations):
        return 3
    return 0 if all(validation.holds for validation in validations) else 1


def _matrix(validation: Validation) -> Table:
    """Entries by checks: ✗ failed as it must, x failed as it may, ! failed or missed as it must not, · blocked."""
    table = Table(
        title=f"{validation.scenario.id} {validation.scenario.version}",
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("entry", no_wrap=True)
    table.add_column("score", justify="right")
    table.add_column("solved")
    checks = family_named(validation.scenario.family).checks
    for number, _ in enumerate(checks, 1):
        table.add_column(str(number), justify="center")
    for judged in validation.judged:
        cells = [_cell(judged, check.id) for check in checks]
        score = "unscored" if judged.grade.score is None else f"{judged.grade.score:.2f}"
        table.add_row(judged.entry.label, score, "yes" if judged.grade.solved else "", *cells)
    table.caption = "  ".join(f"{number} {check.id}" for number, check in enumerate(checks, 1))
    table.caption_justify = "left"
    return table


def _cell(judged: Judged, check_id: str) -> Text:
    status = next((one.status for one in judged.grade.checks if one.check_id == check_id), "blocked")
    must, may = check_id in judged.entry.must_fail, check_id in judged.entry.may_fail
    free = judged.entry.kind in {"cheat", "empty"} or judged.entry.name == "naive"
    if status == "failed":
        if must:
            return Text("✗", style="green")
        return Text("x", style="dim") if may or free else Text("!", style="bold red")
    if must:
        return Text("!", style="bold red")
    return Text({"passed": "", "blocked": "·", "not_applicable": "-"}.get(status, ""), style="dim")

"""`archeval grade`: a folder that a person or any coding agent wrote, without a model."""

from pathlib import Path

import click
from rich.console import Console

from evals.cli.grade_view import print_grade
from evals.cli.options import datasets_option, testbed_option
from evals.cli.screen import screen
from evals.datasets import load_scenarios, select
from scorers.grading import grade
from scorers.submission import Submission
from scorers.testbed.providers import provider


@click.command()
@click.option("--scenario", "scenario_id", required=True, metavar="ID", help="The scenario the folder is an answer to.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the whole grade as JSON.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed asks the same questions.")
@testbed_option
@datasets_option
def command(
    scenario_id: str, folder: Path, *, as_json: bool, seed: int, testbed_name: str, roots: tuple[Path, ...]
) -> int:
    """Grade the files in FOLDER.

    Exits with 0 when every gate passed, 1 when not, 3 when the harness failed.
    """
    (scenario,) = select(load_scenarios(roots), ids=[scenario_id])
    submission = Submission.from_directory(folder)
    console = Console(stderr=True)
    with console.status(f"grading {folder.name!r} as an answer to {scenario.id}"):
        graded = grade(scenario, submission, provider(testbed_name), seed=seed)
    if as_json:
        click.echo(graded.model_dump_json(indent=2))
    else:
        print_grade(screen(), scenario, graded)
    if graded.unscored_reason is not None:
        return 3
    return 0 if graded.solved else 1

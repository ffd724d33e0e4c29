"""`archeval power`: how many epochs and scenarios a comparison needs."""

import json
from pathlib import Path
from typing import Literal

import click

from evals.cli.options import store_option
from evals.cli.sides import selection
from reports.compare.comparison import DEFAULT_RULES
from reports.compare.power import DEFAULT_POWER, MOST
from reports.compare.render import markdown_table
from reports.compare.study import measure_spread, plan_study, study_json, study_lines
from reports.selection import Filters, read_samples
from reports.store import Store
from reports.text_table import text_table

DEFAULT_EFFECTS = (0.02, 0.05, 0.1, 0.2)

Format = Literal["table", "markdown", "json"]


@click.command()
@click.argument("selected", metavar="[SELECTION]", default="")
@store_option
@click.option(
    "--effect",
    "effects",
    multiple=True,
    type=click.FloatRange(0, 1, min_open=True),
    help="A difference of the mean score to be seen. Repeatable. [default: 0.02, 0.05, 0.1, 0.2]",
)
@click.option(
    "--power",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=DEFAULT_POWER,
    show_default=True,
    help="How often it shall be seen when it is there.",
)
@click.option(
    "--alpha",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    default=DEFAULT_RULES.alpha,
    show_default=True,
    help="How often it may be seen when it is not.",
)
@click.option("--scenarios", type=click.IntRange(1), help="[default: those selected]")
@click.option("--epochs", type=click.IntRange(2), help="[default: those selected, on average]")
@click.option(
    "--effect-spread",
    type=click.FloatRange(0),
    help="Standard deviation of the true differences between scenarios; for claims on scenarios like these.",
)
@click.option(
    "--format", "output_format", type=click.Choice(["table", "markdown", "json"]), default="table", show_default=True
)
def command(
    selected: str,
    store_path: Path,
    effects: tuple[float, ...],
    power: float,
    alpha: float,
    scenarios: int | None,
    epochs: int | None,
    effect_spread: float | None,
    output_format: Format,
) -> int:
    """Say how many epochs and scenarios it takes to see a difference, from the spread in the store.

    SELECTION narrows what the spread is taken from, such as model=anthropic/claude-…,family=caching.
    """
    store = Store.open(store_path, create=False)
    filters = selection(selected, Filters()) if selected else Filters()
    with store.reading() as connection:
        spread = measure_spread(read_samples(connection, filters))
    study = plan_study(
        spread,
        effects or DEFAULT_EFFECTS,
        alpha=alpha,
        power=power,
        scenarios=scenarios,
        epochs=epochs,
        effect_spread=effect_spread,
    )
    if output_format == "json":
        click.echo(json.dumps(study_json(study), indent=2))
        return 0
    headings = [
        "difference",
        f"epochs ({study.scenarios} scenarios)",
        "cautiously",
        f"scenarios ({study.epochs} epochs)",
    ]
    rows = [
        [f"{need.effect:g}", _count(need.epochs), _count(need.cautious_epochs), _count(need.scenarios)]
        for need in study.needs
    ]
    if effect_spread is not None:
        headings.append("scenarios like these")
        rows = [[*row, _count(need.wider_scenarios)] for row, need in zip(rows, study.needs, strict=True)]
    lines = study_lines(study)
    if output_format == "markdown":
        click.echo("\n\n".join([markdown_table(headings, rows), *lines]))
    else:
        click.echo("\n".join([text_table(headings, rows, left=0), *lines]))
    return 0


def _count(number: int | None) -> str:
    return f"more than {MOST:,}" if number is None else f"{number:,}"

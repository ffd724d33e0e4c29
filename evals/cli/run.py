"""`archeval run`: the main job. Generate, grade, store, report."""

import sys
from pathlib import Path
from typing import get_args

import click

from evals.cli.options import datasets_option, run_selection_options, store_option, testbed_option
from evals.cli.results import show_results
from evals.ingest import ingest
from evals.log_places import log_files
from evals.plan import DEFAULT_MODELS, RunOptions, make_plan
from evals.prices import load_prices
from evals.proof import prove_testbed
from evals.runs import Display, default_log_dir, make_models, run
from reports.store import Store
from scorers.scenario import Suite


@click.command()
@click.option(
    "--model",
    "models",
    multiple=True,
    default=DEFAULT_MODELS,
    show_default=True,
    help="A model of Inspect's, e.g. anthropic/claude-…, or replay/…. Repeatable.",
)
@click.option(
    "--persona", default="default", show_default=True, metavar="FILE|none", help="The system prompt under test."
)
@run_selection_options
@click.option(
    "--epochs", type=click.IntRange(1), default=1, show_default=True, help="How often each scenario is asked."
)
@datasets_option
@click.option(
    "--cost-limit",
    type=click.FloatRange(0, min_open=True),
    metavar="USD",
    help="Ask no more when the run has cost so much.",
)
@click.option(
    "--prices",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Prices in the form of Inspect's --model-cost-config.",
)
@click.option(
    "--generate-only",
    is_flag=True,
    help="Ask, and run nothing of what comes back: where the key is. `archeval score` grades the logs elsewhere.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and stop.")
@click.option(
    "--log-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Inspect's logs; the same folder again resumes. [default: logs/<time>]",
)
@testbed_option
@click.option("--seed", type=int, default=0, show_default=True, help="Of the graders' questions and of replay/mixed.")
@click.option("--slots", type=click.IntRange(1), default=2, show_default=True, help="How many grades run at once.")
@click.option("--max-tokens", type=click.IntRange(1), help="Of one answer. [default: Inspect's for the model]")
@click.option("--temperature", type=float, help="[default: the provider's]")
@click.option("--max-connections", type=click.IntRange(1), help="Requests to a model at once. [default: Inspect's]")
@click.option("--tag", "tags", multiple=True, metavar="TEXT", help="Recorded with the run. Repeatable.")
@click.option(
    "--display", type=click.Choice(get_args(Display)), help="Inspect's. [default: rich on a terminal, else plain]"
)
@click.option(
    "--report",
    "report_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="[default: report.html in the log folder]",
)
@store_option
def command(
    suite: Suite,
    families: tuple[str, ...],
    ids: tuple[str, ...],
    roots: tuple[Path, ...],
    models: tuple[str, ...],
    persona: str,
    epochs: int,
    testbed_name: str,
    seed: int,
    slots: int,
    max_tokens: int | None,
    temperature: float | None,
    max_connections: int | None,
    cost_limit: float | None,
    tags: tuple[str, ...],
    prices: Path | None,
    *,
    generate_only: bool,
    dry_run: bool,
    log_dir: Path | None,
    display: Display | None,
    report_path: Path | None,
    store_path: Path,
) -> int:
    """Evaluate models: ask them, grade what they hand in, and write a leaderboard and a report.

    Without a key, the solutions that ship with the scenarios are played back, as if three models had written them.
    """
    if prices is not None:
        load_prices(prices)
    options = RunOptions(
        suite=suite,
        families=families,
        ids=ids,
        roots=roots,
        models=models,
        persona=persona,
        epochs=epochs,
        seed=seed,
        testbed=testbed_name,
        slots=slots,
        max_tokens=max_tokens,
        temperature=temperature,
        max_connections=max_connections,
        cost_limit_usd=cost_limit,
        tags=tags,
    )
    plan = make_plan(options)
    for line in plan.lines():
        click.echo(line)
    if dry_run:
        return 0
    chosen_models = make_models(plan)
    folder = log_dir or default_log_dir()
    shown: Display = display or ("rich" if sys.stdout.isatty() else "plain")
    if generate_only:
        complete = run(plan, chosen_models, folder, shown, grades=False).complete
        click.echo(f"logs: {folder}; `archeval score {folder}` grades them, and needs no key")
        return 0 if complete else 3
    store = Store.open(store_path)
    prove_testbed(plan, click.echo)
    resume = f"`archeval run` with --log-dir {folder} and the same options resumes"
    try:
        ran = run(plan, chosen_models, folder, shown)
    except (KeyboardInterrupt, SystemExit):
        click.echo(f"interrupted; {resume}", err=True)
        raise
    runs = ingest(store, log_files([folder]))
    report = report_path or folder / "report.html"
    unscored = show_results(store, [record.run_id for record in runs], report)
    click.echo(f"logs: {folder} (`inspect view --log-dir {folder}`)")
    if not ran.complete:
        click.echo(f"some samples failed; {resume}", err=True)
    if unscored:
        click.echo(
            f"{unscored} samples have no score; `archeval score {folder} --only-unscored` grades them again", err=True
        )
    return 3 if unscored or not ran.complete else 0

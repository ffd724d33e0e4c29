"""`archeval gate`: may this change of persona or model be let through?"""

import importlib
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from evals.cli.gate_options import RunChoices, run_choices
from evals.cli.options import datasets_option, run_selection_options, store_option, testbed_option
from evals.cli.sides import open_side
from reports.compare.comparison import compare
from reports.compare.model import Count
from reports.compare.render import to_table
from reports.compare.sides import Side, read_side
from reports.gate.junit import to_junit
from reports.gate.markdown import gate_markdown
from reports.gate.policy import load_policy
from reports.gate.result import GateResult, judge
from reports.gate.schema import schema_text
from reports.selection import Filters
from reports.store import Store
from scorers.errors import InputError
from scorers.scenario import Suite


def _print_schema(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(schema_text().rstrip())
        context.exit()


@click.command()
@click.option("--baseline", help="Logs, a run or a selection of the store, as compare takes them.")
@click.option("--head", help="The same, for what is to be let through.")
@run_choices
@run_selection_options
@datasets_option
@testbed_option
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The policy. [default: archeval.toml or pyproject.toml here]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="gate",
    show_default=True,
    help="Folder for gate.md, gate.xml (JUnit) and gate.json.",
)
@click.option("--base-report", default="report.html", show_default=True, help="Where links to the base's evidence go.")
@click.option("--head-report", default="report.html", show_default=True, help="Where links to the head's evidence go.")
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print gate.json's JSON schema.",
)
@store_option
def command(
    baseline: str | None,
    head: str | None,
    choices: RunChoices,
    suite: Suite,
    families: tuple[str, ...],
    ids: tuple[str, ...],
    roots: tuple[Path, ...],
    testbed_name: str,
    config: Path | None,
    out: Path,
    base_report: str,
    head_report: str,
    store_path: Path,
) -> int:
    """Compare a head with its base and apply the project's policy.

    Either takes what is there (--baseline and --head), or asks a model with both: --persona NEW --baseline-persona OLD
    for a change of the persona, --model NEW --baseline-model OLD for a change of the model.

    Exit codes: 0 passed, 1 failed, 2 usage or input, 3 a harness fault, 4 undecided.
    """
    policy = load_policy(Path.cwd(), config)
    reused, complete = False, True
    with ExitStack() as stack:
        if baseline is not None and head is not None:
            narrowed = Filters(families=families)
            sides = open_side(baseline, store_path, narrowed, stack), open_side(head, store_path, narrowed, stack)
        elif baseline is not None or head is not None:
            raise InputError("--baseline and --head go together; without them, a gate runs both sides")
        else:
            options: dict[str, object] = {
                "suite": suite,
                "families": families,
                "ids": ids,
                "roots": roots,
                "testbed": testbed_name,
            }
            gating, plans = _planned(choices, options)
            if choices.generate_only:
                return _generate(gating, plans, choices)
            sides, reused, complete = _run(gating, plans, choices, store_path, policy.reuse_base_days)
        compared = compare(*sides, policy.rules, reports=Count(base=base_report, head=head_report))
    result = judge(compared, policy, base_reused=reused)
    _write(result, out)
    click.echo(to_table(compared, width=max(100, shutil.get_terminal_size((140, 24)).columns)))
    click.echo(f"gate: {result.verdict}")
    for finding in result.findings:
        click.echo(f"  {finding.kind}: {finding.text}")
    for note in result.notes:
        click.echo(f"  note: {note}")
    click.echo(f"written: {out / 'gate.md'}, {out / 'gate.xml'}, {out / 'gate.json'}")
    if not complete and result.verdict == "passed":
        click.echo("some samples failed; run it again with the same --log-dir", err=True)
        return 3
    return result.exit_code


def _planned(choices: RunChoices, options: dict[str, object]) -> tuple[Any, Any]:
    # Inspect takes seconds to import; a gate on what the store has does not wait for it.
    gating = importlib.import_module("evals.gating")
    plans = gating.plan_change(choices.change(options))
    for name, plan in zip(("base", "head"), plans, strict=True):
        for line in plan.lines():
            click.echo(f"{name}: {line}")
    return gating, plans


def _generate(gating: Any, plans: Any, choices: RunChoices) -> int:
    folder = choices.folder()
    complete = gating.generate_change(plans, log_dir=folder, display=_display(choices))
    click.echo(f"logs: {folder}; `archeval score {folder}` grades them, and needs no key")
    return 0 if complete else 3


def _run(
    gating: Any, plans: Any, choices: RunChoices, store_path: Path, reuse_days: float | None
) -> tuple[tuple[Side, Side], bool, bool]:
    store = Store.open(store_path)
    ran = gating.run_change(
        plans,
        store=store,
        log_dir=choices.folder(),
        display=_display(choices),
        reuse_days=reuse_days,
        say=click.echo,
    )
    names = choices.names()
    return (read_side(store, ran.base, names[0]), read_side(store, ran.head, names[1])), ran.base_reused, ran.complete


def _display(choices: RunChoices) -> str:
    return choices.display or ("rich" if sys.stdout.isatty() else "plain")


def _write(result: GateResult, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "gate.md").write_text(gate_markdown(result), encoding="utf-8")
    (out / "gate.xml").write_text(to_junit(result), encoding="utf-8")
    (out / "gate.json").write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")

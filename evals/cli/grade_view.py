"""A grade as a table for the terminal, with the evidence of what failed."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from scorers.results import CheckResult, Grade
from scorers.scenario import Scenario

MARKS: dict[str, tuple[str, str]] = {
    "passed": ("✓ passed", "green"),
    "failed": ("✗ failed", "red"),
    "blocked": ("· blocked", "yellow"),
    "not_applicable": ("  n/a", "dim"),
}


def print_grade(console: Console, scenario: Scenario, graded: Grade) -> None:
    """Print the checks, then the evidence of each that failed, then the verdict."""
    table = Table(
        title=escape(f"{scenario.id} {scenario.version}: {scenario.file.title}"), title_justify="left", box=None
    )
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("weight", justify="right")
    table.add_column("score", justify="right")
    table.add_column("", overflow="fold")
    for check in graded.checks:
        table.add_row(*_row(check))
    console.print(table)
    for check in graded.checks:
        if check.status == "failed":
            _print_evidence(console, check)
    for fault in graded.faults:
        console.print(
            f"harness fault at {fault.step} (attempt {fault.attempt}): {fault.kind}", style="yellow", markup=False
        )
        if graded.unscored_reason is not None:
            console.print(fault.message.strip(), markup=False, highlight=False)
    console.print(_verdict(graded))


def _row(check: CheckResult) -> tuple[Text, Text, str, str, Text]:
    mark, style = MARKS[check.status]
    name = Text(check.check_id)
    if check.gate:
        name.append(" gate", style="bold cyan")
    score = "" if check.status == "not_applicable" else f"{check.score:.2f}"
    return name, Text(mark, style=style), f"{check.weight:g}", score, Text(check.message)


def _print_evidence(console: Console, check: CheckResult) -> None:
    console.print(Text(f"\n✗ {check.title}: {check.message}", style="bold red"))
    for item in check.evidence:
        console.print(Text(item.title, style="bold"))
        console.print(Text("\n".join(f"  {line}" for line in item.body.splitlines())), soft_wrap=True)


def _verdict(graded: Grade) -> Text:
    if graded.score is None:
        return Text(
            f"\nunscored: {graded.unscored_reason}; this says nothing about the submission", style="bold yellow"
        )
    gates = [check for check in graded.checks if check.gate and check.status != "not_applicable"]
    passed = sum(check.status == "passed" for check in gates)
    word, style = ("solved", "bold green") if graded.solved else ("not solved", "bold red")
    return Text(
        f"\nscore {graded.score:.3f}, {word}: {passed} of {len(gates)} gates, {graded.duration_s:.1f} s", style=style
    )

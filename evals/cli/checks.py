"""`archeval checks`: what is asked of a submission, and why. The text comes from the checks' docstrings."""

from typing import Any

import click
from rich.table import Table
from rich.text import Text

from evals.cli.screen import screen
from scorers.checks import Check
from scorers.registry import FAMILIES, family_named


@click.command()
@click.option("--family", "families", multiple=True, metavar="NAME", help="Only this family. Repeatable.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a page of documentation as Markdown.")
def command(families: tuple[str, ...], *, as_markdown: bool) -> int:
    """List the checks of each family in the order they run."""
    chosen = [family_named(name) for name in families] or list(FAMILIES.values())
    for family in chosen:
        if as_markdown:
            click.echo(f"# {family.title}\n")
            for check in family.checks:
                click.echo(_page(check))
            continue
        table = Table(title=family.title, title_justify="left", box=None)
        for heading in ("check", "gate", "weight", "needs", "asks"):
            table.add_column(heading, justify="right" if heading == "weight" else "left")
        for check in family.checks:
            gate = "gate" if check.gate else ""
            table.add_row(check.id, gate, f"{check.weight:g}", "\n".join(check.requires), Text(check.title))
        screen().print(table)
    return 0


def _page(check: Check[Any]) -> str:
    docs = check.docs
    facts = [
        f"weight {check.weight:g}",
        *(["gate"] if check.gate else []),
        *([f"needs {', '.join(f'`{name}`' for name in check.requires)}"] if check.requires else []),
        f"evidence for {', '.join(f'`{line}`' for line in check.spec_lines)}",
    ]
    return "\n".join(
        [
            f"## `{check.id}`: {check.title}\n",
            f"{docs.asks}\n",
            f"- **Why**: {docs.why}",
            f"- **Source**: {docs.source}",
            f"- **Fails**: {docs.fails}",
            f"- {'; '.join(facts)}\n",
        ]
    )

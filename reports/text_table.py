"""A plain table for the terminal, without colour codes."""

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text


def text_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, left: int, width: int = 140, title: str | None = None
) -> str:
    """Return the rows under their headings; the first `left` columns and those without a heading hold text.

    Numbers are never broken; texts are, when the terminal of `width` columns is too narrow.
    """
    table = Table(title=title, title_justify="left", title_style="", box=None, padding=(0, 1), header_style="")
    for index, heading in enumerate(headings):
        number = index >= left and bool(heading)
        table.add_column(heading, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    output = io.StringIO()
    console = Console(file=output, width=width, color_system=None, highlight=False, markup=False, emoji=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines())

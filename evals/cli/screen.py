"""Where the commands print: the terminal, or a pipe or file that has no width of its own."""

import os

from rich.console import Console

PIPE_COLUMNS = 160
"""Wide enough for the tables; 80, which rich takes, would cut columns off in a log."""


def screen() -> Console:
    """The standard output. `COLUMNS` decides its width where it is no terminal, else PIPE_COLUMNS."""
    console = Console()
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(width=PIPE_COLUMNS)

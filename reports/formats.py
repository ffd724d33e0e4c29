"""The leaderboard as text: a table for the terminal, JSON, CSV, Markdown."""

import csv
import html
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.leaderboard import Leaderboard, Row
from reports.statistics import METHOD_NOTES, Estimate, Method

Format = Literal["table", "json", "csv", "markdown"]

HEADINGS = (
    "model",
    "persona",
    "score",
    "95 %",
    "solved",
    "95 %",
    "scenarios",
    "samples",
    "unscored",
    "tokens",
    "cost",
    "seconds",
)
"""Tokens, cost and seconds (of generation) are per sample."""

NARROW = 130
"""A terminal with fewer columns than this gets the narrow table."""

_LEFT_ALIGNED = 2
_NARROW_HEADINGS = ("model, persona", "score", "solved", "scenarios", "samples", "unscored")


def render(board: Leaderboard, output_format: Format, *, width: int = 140) -> str:
    """Return `board` in `output_format`; `width` is the terminal's, in columns."""
    if output_format == "table":
        return to_table(board, width=width)
    renderers: Mapping[str, Callable[[Leaderboard], str]] = {
        "json": to_json,
        "csv": to_csv,
        "markdown": to_markdown,
    }
    return renderers[output_format](board)


def to_table(board: Leaderboard, *, width: int = 140) -> str:
    """A table for the terminal, without colour codes. A narrow one leaves out columns and says so."""
    narrow = width < NARROW
    headings = _NARROW_HEADINGS if narrow else HEADINGS
    left_aligned = 1 if narrow else _LEFT_ALIGNED
    table = Table(box=None, padding=(0, 1), header_style="")
    for index, heading in enumerate(headings):
        right = index >= left_aligned
        table.add_column(heading, justify="right" if right else "left", no_wrap=right, overflow="fold")
    for row in board.rows:
        table.add_row(*(Text(cell) for cell in (_narrow_cells(row) if narrow else cells(row))))
    output = io.StringIO()
    console = Console(file=output, width=width, color_system=None, highlight=False, markup=False, emoji=False)
    console.print(table)
    hint = [f"Tokens, cost and seconds need a terminal of {NARROW} columns, or another format."] if narrow else []
    for note in [*board.notes, *interval_notes(board), *hint]:
        console.print(note)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines()) + "\n"


def to_json(board: Leaderboard) -> str:
    """All fields, unrounded."""
    rows = [asdict(row) | {"unscored_share": row.unscored_share} for row in board.rows]
    compared = ["/".join(scenario) for scenario in board.compared]
    return json.dumps({"compared": compared, "notes": board.notes, "rows": rows}, indent=2) + "\n"


def to_csv(board: Leaderboard) -> str:
    """One line per row with a heading, unrounded; what is unknown is empty."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(_CSV_HEADINGS)
    for row in board.rows:
        flat = asdict(row) | {"unscored_share": row.unscored_share}
        for name, value in (("score", row.score), ("solved", row.solved)):
            flat |= {name: value.mean if value else None}
            flat |= {f"{name}_low": value.low if value else None, f"{name}_high": value.high if value else None}
            flat[f"{name}_interval"] = value.method if value else None
        writer.writerow([flat[heading] for heading in _CSV_HEADINGS])
    return output.getvalue()


def to_markdown(board: Leaderboard) -> str:
    """A GitHub table with the notes below."""
    lines = [
        "| " + " | ".join(HEADINGS) + " |",
        "|" + "".join("---|" if index < _LEFT_ALIGNED else "---:|" for index in range(len(HEADINGS))),
    ]
    lines += ["| " + " | ".join(_escaped(cell) for cell in cells(row)) + " |" for row in board.rows]
    notes = [_escaped(note) for note in [*board.notes, *interval_notes(board)]]
    return "\n\n".join(["\n".join(lines), *notes]) + "\n"


def cells(row: Row) -> list[str]:
    """The row as short texts, one per heading."""
    return [
        row.model,
        f"{row.persona_name} {row.persona_hash[:8]}".strip(),
        _mean(row.score),
        _interval(row.score),
        _mean(row.solved),
        _interval(row.solved),
        f"{row.scenarios}" if row.scenarios == row.own_scenarios else f"{row.scenarios} of {row.own_scenarios}",
        f"{row.samples}",
        f"{row.unscored} ({row.unscored_share:.0%})",
        f"{row.tokens_per_sample:,.0f}",
        "-" if row.cost_usd is None else f"${row.cost_usd / row.cost_known:.4f}",
        f"{row.generation_s_per_sample:.1f}",
    ]


def _narrow_cells(row: Row) -> list[str]:
    model, persona, score, score_range, solved, solved_range, scenarios, samples, unscored, *_ = cells(row)
    return [
        f"{model}\n{persona}",
        f"{score}\n{score_range}",
        f"{solved}\n{solved_range}",
        scenarios,
        samples,
        unscored,
    ]


def interval_notes(board: Leaderboard) -> list[str]:
    """Say which intervals were used, and on how many scenarios they rest."""
    used: dict[Method, int] = {}
    for row in board.rows:
        for value in (row.score, row.solved):
            if value is not None:
                used[value.method] = max(value.scenarios, used.get(value.method, 0))
    scenarios = max(used.values(), default=0)
    if not used:
        return []
    kinds = "; ".join(METHOD_NOTES[method] for method in METHOD_NOTES if method in used)
    plural = "scenario" if scenarios == 1 else "scenarios"
    return [f"95 % intervals over {scenarios} {plural}, not over answers: {kinds}."]


_CSV_HEADINGS = (
    "model",
    "persona_name",
    "persona_hash",
    "score",
    "score_low",
    "score_high",
    "score_interval",
    "solved",
    "solved_low",
    "solved_high",
    "solved_interval",
    "scenarios",
    "own_scenarios",
    "epochs",
    "samples",
    "scored",
    "unscored",
    "unscored_share",
    "input_tokens",
    "output_tokens",
    "tokens_per_sample",
    "cost_usd",
    "cost_known",
    "generation_s_per_sample",
    "grading_s_per_sample",
)


def _mean(value: Estimate | None) -> str:
    return "-" if value is None else f"{value.mean:.3f}"


def _interval(value: Estimate | None) -> str:
    return "-" if value is None or value.low is None or value.high is None else f"{value.low:.2f}-{value.high:.2f}"


def _escaped(text: str) -> str:
    for character in ("\\", "|", "`", "*", "_", "[", "]"):
        text = text.replace(character, "\\" + character)
    return html.escape(text, quote=False).replace("\n", " ")

"""The leaderboard as text: a table for the terminal, JSON, CSV, Markdown, and a page of HTML."""

import csv
import html
import io
import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.leaderboard import Leaderboard, Row
from reports.statistics import METHOD_NOTES, Estimate, Method
from reports.text_table import text_table

Format = Literal["table", "json", "csv", "html", "markdown"]

HEADINGS = (
    "place",
    "model",
    "persona",
    "score",
    "95 %",
    "solved",
    "95 %",
    "pass@k",
    "pass^k",
    "scenarios",
    "samples",
    "unscored",
    "tokens",
    "cost",
    "seconds",
)
"""Tokens, cost and seconds (of generation) are per sample."""

NARROW = 140
"""A terminal with fewer columns than this gets the narrow table."""

WIDE = 165
"""One with fewer than this gets no columns for pass@k and pass^k."""

LEFT_ALIGNED = 3
_REPEATS = (7, 8)
"""Where the headings of pass@k and pass^k are."""
_NARROW_HEADINGS = ("place", "model, persona", "score", "solved", "scenarios", "samples", "unscored")
_NARROW_LEFT_ALIGNED = 2


def render(board: Leaderboard, output_format: Format, *, width: int = 140) -> str:
    """Return `board` in `output_format`; `width` is the terminal's, in columns."""
    if output_format == "table":
        return to_table(board, width=width)
    renderers: Mapping[str, Callable[[Leaderboard], str]] = {
        "json": to_json,
        "csv": to_csv,
        "html": to_html,
        "markdown": to_markdown,
    }
    return renderers[output_format](board)


def to_table(board: Leaderboard, *, width: int = 140) -> str:
    """A table for the terminal, without colour codes. A narrow one leaves out columns and says so."""
    if width < NARROW:
        rows, headings, left = [_narrow_cells(row) for row in board.rows], list(_NARROW_HEADINGS), _NARROW_LEFT_ALIGNED
        hint = [f"Tokens, cost and seconds need a terminal of {NARROW} columns, or another format."]
    else:
        shown = [index for index in range(len(HEADINGS)) if width >= WIDE or index not in _REPEATS]
        rows = [[cells(row)[index] for index in shown] for row in board.rows]
        headings, left = [named_headings(board)[index] for index in shown], LEFT_ALIGNED
        hint = []
    table = text_table(headings, rows, left=left, width=width)
    notes = [*board.notes, *interval_notes(board), *place_notes(board), *hint]
    return "\n".join([table, *(line for note in notes for line in textwrap.wrap(note, width))]) + "\n"


def named_headings(board: Leaderboard) -> list[str]:
    """The headings, with k in its place."""
    return [
        heading.replace("k", str(board.k)) if index in _REPEATS else heading for index, heading in enumerate(HEADINGS)
    ]


def to_json(board: Leaderboard) -> str:
    """All fields, unrounded."""
    rows = [asdict(row) | {"unscored_share": row.unscored_share} for row in board.rows]
    head: dict[str, object] = {"by": board.by, "k": board.k}
    compared = ["/".join(scenario) for scenario in board.compared]
    return json.dumps(head | {"compared": compared, "notes": board.notes, "rows": rows}, indent=2) + "\n"


def to_csv(board: Leaderboard) -> str:
    """One line per row with a heading, unrounded; what is unknown is empty."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(_CSV_HEADINGS)
    for row in board.rows:
        flat = asdict(row) | {"unscored_share": row.unscored_share, "k": board.k}
        flat |= {"place_best": row.place and row.place.best, "place_worst": row.place and row.place.worst}
        flat |= {"pass_at_k": row.repeats and row.repeats.at_least_once}
        flat |= {"pass_hat_k": row.repeats and row.repeats.every_time}
        for name, value in (("score", row.score), ("solved", row.solved)):
            flat |= {name: value.mean if value else None}
            flat |= {f"{name}_low": value.low if value else None, f"{name}_high": value.high if value else None}
            flat[f"{name}_interval"] = value.method if value else None
        writer.writerow([flat[heading] for heading in _CSV_HEADINGS])
    return output.getvalue()


def to_markdown(board: Leaderboard) -> str:
    """A GitHub table with the notes below."""
    lines = [
        "| " + " | ".join(named_headings(board)) + " |",
        "|" + "".join("---|" if index < LEFT_ALIGNED else "---:|" for index in range(len(HEADINGS))),
    ]
    lines += ["| " + " | ".join(_escaped(cell) for cell in cells(row)) + " |" for row in board.rows]
    notes = [_escaped(note) for note in [*board.notes, *interval_notes(board), *place_notes(board)]]
    return "\n\n".join(["\n".join(lines), *notes]) + "\n"


def to_html(board: Leaderboard) -> str:
    """A page of its own, without script, which loads nothing."""
    return _PAGES.get_template("leaderboard_page.html.j2").render(
        headings=named_headings(board),
        rows=[cells(row) for row in board.rows],
        left=LEFT_ALIGNED,
        notes=[*board.notes, *interval_notes(board), *place_notes(board)],
    )


def cells(row: Row) -> list[str]:
    """The row as short texts, one per heading."""
    return [
        "-" if row.place is None else f"{row.place}",
        row.model,
        f"{row.persona_name} {row.persona_hash[:8]}".strip(),
        _mean(row.score),
        _interval(row.score),
        _mean(row.solved),
        _interval(row.solved),
        "-" if row.repeats is None else f"{row.repeats.at_least_once:.3f}",
        "-" if row.repeats is None else f"{row.repeats.every_time:.3f}",
        f"{row.scenarios}" if row.scenarios == row.own_scenarios else f"{row.scenarios} of {row.own_scenarios}",
        f"{row.samples}",
        f"{row.unscored} ({row.unscored_share:.0%})",
        f"{row.tokens_per_sample:,.0f}",
        "-" if row.cost_usd is None else f"${row.cost_usd / row.cost_known:.4f}",
        f"{row.generation_s_per_sample:.1f}",
    ]


def _narrow_cells(row: Row) -> list[str]:
    place, model, persona, score, score_range, solved, solved_range, _, _, scenarios, samples, unscored, *_ = cells(row)
    return [
        place,
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


def place_notes(board: Leaderboard) -> list[str]:
    """Say what places and k mean, where they say anything."""
    if not any(row.place for row in board.rows):
        return []
    notes: list[str] = []
    if len(board.rows) > 1:
        notes.append(
            "Places from best to worst that the data leave open, all pairs compared at 95 % together, on these very "
            "scenarios."
        )
    if board.k > 1:
        notes.append(f"pass@{board.k}: solved at least once in {board.k}; pass^{board.k}: solved every time.")
    return notes


_PAGES = Environment(loader=PackageLoader("reports.html"), autoescape=True, undefined=StrictUndefined)

_CSV_HEADINGS = (
    "place",
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
    "k",
    "pass_at_k",
    "pass_hat_k",
    "scenarios",
    "own_scenarios",
    "coverage",
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

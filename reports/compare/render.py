"""A comparison as text: a table for the terminal, Markdown, JSON."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from reports.compare.intervals import METHOD_NOTES, Method
from reports.compare.model import Comparison, Flip, Proof
from reports.compare.words import (
    CHECK_HEADINGS,
    FLIP_HEADINGS,
    MEASUREMENT_HEADINGS,
    RESOURCE_HEADINGS,
    SCORE_HEADINGS,
    check_rows,
    flip_rows,
    left_out_lines,
    measurement_rows,
    resource_rows,
    score_rows,
    side_line,
)
from reports.text_table import text_table

Format = Literal["table", "markdown", "json"]

SHOWN_ROWS = 20
"""So many rows of a long list are shown; JSON has them all."""
SHOWN_PROOFS = 5

_Section = tuple[str, tuple[str, ...], list[tuple[str, ...]]]


def render(comparison: Comparison, output_format: Format, *, width: int = 140) -> str:
    """Return `comparison` in `output_format`; `width` is the terminal's, in columns."""
    if output_format == "table":
        return to_table(comparison, width=width)
    renderers: Mapping[str, Callable[[Comparison], str]] = {"markdown": to_markdown, "json": to_json}
    return renderers[output_format](comparison)


def to_json(comparison: Comparison) -> str:
    """All of it, unrounded, by the published schema."""
    return comparison.model_dump_json(indent=2) + "\n"


def to_table(comparison: Comparison, *, width: int = 140) -> str:
    """Tables for the terminal, without colour codes; the verdict is the last thing that is read."""
    parts = [f"base: {side_line(comparison, 'base')}\nhead: {side_line(comparison, 'head')}"]
    for title, headings, rows in _sections(comparison):
        table = text_table(headings, rows[:SHOWN_ROWS], left=_texts(headings), width=width, title=title)
        more = f"\n and {len(rows) - SHOWN_ROWS} more, which --format json has" if len(rows) > SHOWN_ROWS else ""
        parts.append(table + more)
    parts.append("\n".join([*left_out_lines(comparison), *comparison.notes, *method_notes(comparison)]))
    parts.append("\n  ".join([f"verdict: {comparison.verdict}", *comparison.reasons]))
    return "\n\n".join(part for part in parts if part) + "\n"


def to_markdown(comparison: Comparison, *, proofs: int = SHOWN_PROOFS) -> str:
    """GitHub's Markdown, for a pull request comment or a job summary, with the evidence of so many flips."""
    parts = [
        f"## {_SIGNS[comparison.verdict]} archeval: {comparison.verdict}",
        "\n".join(f"- {escaped(reason)}" for reason in comparison.reasons),
        f"base: {escaped(side_line(comparison, 'base'))}<br>head: {escaped(side_line(comparison, 'head'))}",
    ]
    for title, headings, rows in _sections(comparison):
        shown = markdown_table(headings, rows[:SHOWN_ROWS])
        more = f"\n\nand {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
        parts.append(f"### {title}\n\n{shown}{more}")
    parts += [_proof(flip) for flip in [flip for flip in comparison.flips if flip.worse][:proofs]]
    lines = [*left_out_lines(comparison), *comparison.notes, *method_notes(comparison)]
    parts.append("\n".join(f"- {escaped(line)}" for line in lines))
    return "\n\n".join(part for part in parts if part) + "\n"


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A GitHub table; the cells are escaped."""
    texts = _texts(headings)
    lines = [
        "| " + " | ".join(headings) + " |",
        "|" + "".join("---|" if index < texts else "---:|" for index in range(len(headings))),
    ]
    lines += ["| " + " | ".join(escaped(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def method_notes(comparison: Comparison) -> list[str]:
    """Say which intervals were used, and for what where there are several kinds."""
    effects = [
        *([("score", comparison.on_this_suite.effect)] if comparison.on_this_suite else []),
        *([("solved rate", comparison.solved)] if comparison.solved else []),
        *([("scenarios like these", found)] if (found := comparison.on_scenarios_like_these) else []),
        *((family.family, family.effect) for family in comparison.families),
    ]
    used: dict[Method, list[str]] = {}
    for name, effect in effects:
        used.setdefault(effect.method, []).append(name)
    notes = [
        f"{METHOD_NOTES[method]}." if len(used) == 1 else f"{', '.join(used[method])}: {METHOD_NOTES[method]}."
        for method in METHOD_NOTES
        if method in used
    ]
    if len(comparison.families) > 1:
        notes.append(
            f"The families' intervals hold together at {1 - comparison.rules.alpha:.0%}; their p-values are adjusted (Holm)."
        )
    return [note[0].upper() + note[1:] for note in notes]


def escaped(text: str) -> str:
    """`text` with nothing in it that Markdown or HTML would act on, on one line."""
    return text.translate(_ESCAPES)


_ESCAPES = str.maketrans(
    {character: f"\\{character}" for character in "\\|`*_[]~"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "#": "&#35;", "\n": " ", "\r": " "}
)
"""Mentions and references to issues are Markdown too, on GitHub."""

_SIGNS = {
    "regression": "❌",
    "no regression": "✅",
    "improvement": "✅",
    "inconclusive": "❔",
    "not comparable": "❔",
}


def _sections(comparison: Comparison) -> list[_Section]:
    sections: list[_Section] = [
        ("Score", SCORE_HEADINGS, score_rows(comparison)),
        ("Checks whose pass rate changed", CHECK_HEADINGS, check_rows(comparison.checks)),
        ("Flips", FLIP_HEADINGS, flip_rows(comparison.flips)),
        ("Measurements that changed", MEASUREMENT_HEADINGS, measurement_rows(comparison.measurements)),
        ("What an answer takes", RESOURCE_HEADINGS, resource_rows(comparison.resources)),
    ]
    return [section for section in sections if section[2]]


def _texts(headings: Sequence[str]) -> int:
    """How many columns at the left hold text."""
    return 1 if headings in (SCORE_HEADINGS, RESOURCE_HEADINGS) else 2


def _proof(flip: Flip) -> str:
    title = _safe_html(f"{flip.scenario}: {flip.check_id}: {flip.title}")
    sides = "\n\n".join(_side(name, proof) for name, proof in (("base", flip.proof.base), ("head", flip.proof.head)))
    return f"<details><summary>{title}</summary>\n\n{sides}\n\n</details>"


def _side(name: str, proof: Proof) -> str:
    evidence = "".join(f"\n<pre>{_safe_html(piece)}</pre>" for piece in proof.evidence)
    # Only an address on the web is a link; a file that the reader may not have is shown as text.
    link = f"[evidence]({proof.link})" if proof.link.startswith("https://") else escaped(proof.link)
    return f"{name}, epoch {proof.epoch}, {escaped(proof.status)}: {escaped(proof.message)} ({link}){evidence}"


def _safe_html(text: str) -> str:
    """Escape for HTML inside Markdown, where an empty line would end the block and `@` mentions somebody."""
    return html.escape(text, quote=False).replace("@", "&#64;").replace("\n\n", "\n&nbsp;\n")

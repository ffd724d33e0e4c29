"""The gate as Markdown, for a pull request comment and the job summary."""

from reports.compare.render import SHOWN_PROOFS, escaped, to_markdown
from reports.gate.result import GateResult

COMMENT_CHARACTERS = 65_000
"""GitHub refuses a comment of more than 65,536."""

_HEADINGS = {
    "passed": "✅ archeval gate: passed",
    "failed": "❌ archeval gate: failed",
    "undecided": "❔ archeval gate: undecided",
}


def gate_markdown(result: GateResult, *, limit: int = COMMENT_CHARACTERS) -> str:
    """Return the findings and the comparison, with as much evidence as fits into `limit` characters."""
    for proofs in range(SHOWN_PROOFS, -1, -1):
        text = _whole(result, proofs)
        if len(text) <= limit:
            return text
    cut = "\n\nThe rest is in the job's files.\n"
    text = _whole(result, 0)
    # Whole lines only: half a line of a table, or of HTML, breaks what follows.
    return text[: limit - len(cut)].rsplit("\n", 1)[0] + cut


def _whole(result: GateResult, proofs: int) -> str:
    lines = [f"- {escaped(finding.text)}" for finding in result.findings]
    lines += [f"- {escaped(note)}" for note in result.notes]
    if result.base_reused:
        lines.append("- The base's answers are from an earlier run, of the same persona, model, settings and graders.")
    parts = [f"# {_HEADINGS[result.verdict]}", "\n".join(lines), to_markdown(result.comparison, proofs=proofs)]
    return "\n\n".join(part for part in parts if part)

"""Syntax colours as numbers: which stretches of a text get which colour.

The report's script builds text nodes from these, so that no markup made from a model's text ever exists.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from reports.html.lexers import LEXERS, Language, Lexer

CLASSES = ("", "keyword", "string", "comment", "number", "name", "heading", "inserted", "deleted", "label")
"""Names of the colours; spans refer to them by index, 0 being none."""

MAX_HIGHLIGHTED_CHARACTERS = 200_000
"""Longer texts stay plain: nobody reads them for their colours, and every colour is an element in the page."""

_SUFFIXES: dict[str, Language] = {
    ".sql": "sql",
    ".py": "python",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".md": "markdown",
    ".diff": "diff",
    ".patch": "diff",
    ".toml": "toml",
    ".ini": "toml",
    ".conf": "toml",
    ".sh": "shell",
}

_KINDS: dict[str, Language] = {"sql": "sql", "diff": "diff", "plan": "plan"}


def language_of_path(path: str) -> Language:
    """Return the language that a file's name suggests."""
    name = PurePosixPath(path).name.lower()
    if name == "dockerfile" or name.startswith("dockerfile."):
        return "dockerfile"
    return _SUFFIXES.get(PurePosixPath(name).suffix, "plain")


def language_of_evidence(kind: str, body: str) -> Language:
    """Return the language of evidence of `kind`; plans come as text or as JSON."""
    language = _KINDS.get(kind, "plain")
    return "json" if language == "plan" and body.lstrip()[:1] in {"[", "{"} else language


def spans(text: str, language: Language) -> list[int]:
    """Return colour index and length in UTF-16 units, in turn, covering `text`; empty when it stays plain."""
    if language == "plain" or len(text) > MAX_HIGHLIGHTED_CHARACTERS:
        return []
    encoded: list[int] = []
    for color, piece in _pieces(text, LEXERS[language]):
        length = len(piece.encode("utf-16-le")) // 2
        if encoded and encoded[-2] == color:
            encoded[-1] += length
        elif length:
            encoded += [color, length]
    return encoded if any(encoded[::2]) else []


def _pieces(text: str, lexer: Lexer) -> Iterator[tuple[int, str]]:
    """Yield colour and text, in order and without gaps."""
    position = 0
    for match in lexer.pattern.finditer(text):
        yield 0, text[position : match.start()]
        yield _color(match.lastgroup, match.group(), lexer), match.group()
        position = match.end()
    yield 0, text[position:]


def _color(group: str | None, piece: str, lexer: Lexer) -> int:
    if group != "word":
        return CLASSES.index(group or "")
    word = piece.lower()
    return CLASSES.index("keyword" if word in lexer.keywords else "name" if word in lexer.names else "")

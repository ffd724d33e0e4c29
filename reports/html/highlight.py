"""Syntax colours as numbers: which stretches of a text get which colour.

The report's script builds text nodes from these, so that no markup made from a model's text ever exists.
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from pygments.lexers import find_lexer_class_by_name
from pygments.token import Token

Language = Literal[
    "plain", "sql", "python", "yaml", "json", "markdown", "diff", "toml", "ini", "shell", "dockerfile", "plan"
]

CLASSES = ("", "keyword", "string", "comment", "number", "name", "heading", "inserted", "deleted", "label")
"""Names of the colours; spans refer to them by index, 0 being none."""

MAX_HIGHLIGHTED_CHARACTERS = 100_000
MAX_HIGHLIGHTED_LINE = 2_000
"""Longer texts, and texts with longer lines, stay plain: lexers are regular expressions, and the text is hostile."""

_LEXERS: dict[Language, str] = {"sql": "postgresql", "shell": "bash"}
"""Names of Pygments' lexers where they differ from ours."""

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
    ".ini": "ini",
    ".conf": "ini",
    ".sh": "shell",
}

_KINDS: dict[str, Language] = {"sql": "sql", "diff": "diff", "plan": "plan"}

# From special to general: the first that holds the token decides.
_TOKENS = (
    (Token.Comment, "comment"),
    (Token.Literal.String, "string"),
    (Token.Literal.Number, "number"),
    (Token.Literal.Scalar, "string"),
    (Token.Keyword, "keyword"),
    (Token.Operator.Word, "keyword"),
    (Token.Name.Builtin, "name"),
    (Token.Name.Function, "name"),
    (Token.Name.Class, "name"),
    (Token.Name.Decorator, "name"),
    (Token.Name.Tag, "name"),
    (Token.Generic.Heading, "heading"),
    (Token.Generic.Subheading, "heading"),
    (Token.Generic.Inserted, "inserted"),
    (Token.Generic.Deleted, "deleted"),
    (Token.Generic.Strong, "heading"),
)

_PLAN = re.compile(
    r"(?P<keyword>\b(?:(?:Parallel )?Seq|Index(?: Only)?|Bitmap (?:Heap|Index)|Function|Subquery|CTE|Values|Tid) Scan\b"
    r"|\b(?:Hash|Merge|Nested Loop)(?: (?:Left|Right|Full|Semi|Anti))?(?: Join)?\b|\b(?:Incremental )?Sort\b(?! Key)"
    r"|\b(?:Limit|Aggregate|Group|Unique|Append|Materialize|Memoize|Gather(?: Merge)?|Result|LockRows|ModifyTable)\b)"
    r"|(?P<label>^[ \t]*[A-Z][A-Za-z ]{2,40}:)"
    r"|(?P<string>'[^'\n]*')"
    r"|(?P<number>\b\d+(?:\.\d+)?\b)",
    re.MULTILINE,
)


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
    if language == "plain" or not text or len(text) > MAX_HIGHLIGHTED_CHARACTERS:
        return []
    if max(map(len, text.split("\n"))) > MAX_HIGHLIGHTED_LINE:
        return []
    # Some lexers recognise a line only by its end, so the last one gets one for as long as they look.
    ended = text + "\n"
    pieces = list(_plan_pieces(ended) if language == "plan" else _lexed_pieces(ended, language))
    if "".join(piece for _, piece in pieces) != ended:
        return []
    encoded: list[int] = []
    for color, piece in pieces:
        length = len(piece.encode("utf-16-le")) // 2
        if encoded and encoded[-2] == color:
            encoded[-1] += length
        elif length:
            encoded += [color, length]
    encoded[-1] -= 1
    return encoded if any(encoded[::2]) else []


def _lexed_pieces(text: str, language: Language) -> Iterable[tuple[int, str]]:
    lexer = find_lexer_class_by_name(_LEXERS.get(language, language))(stripnl=False, ensurenl=False)
    for _, token, piece in lexer.get_tokens_unprocessed(text):
        name = next((name for kind, name in _TOKENS if token in kind), "")
        yield CLASSES.index(name), piece


def _plan_pieces(text: str) -> Iterable[tuple[int, str]]:
    position = 0
    for match in _PLAN.finditer(text):
        yield 0, text[position : match.start()]
        yield CLASSES.index(match.lastgroup or ""), match.group()
        position = match.end()
    yield 0, text[position:]

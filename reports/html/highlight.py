"""Syntax colours: which language a text is in, and what the page's script needs to colour it when it is looked at.

The script builds text nodes by the lexers' patterns, so that no markup made from a model's text ever exists. It colours
only what a reader opens: done beforehand, it took three quarters of a large report's time and a third of its size.
"""

from pathlib import PurePosixPath

from reports.html.lexers import LEXERS, Language

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


def lexer_data() -> dict[str, dict[str, str]]:
    """Return the lexers as the page's script uses them: a pattern in JavaScript's notation, keywords and names."""
    return {
        language: {
            "pattern": lexer.pattern.pattern.replace("(?P<", "(?<"),
            "keywords": " ".join(sorted(lexer.keywords)),
            "names": " ".join(sorted(lexer.names)),
        }
        for language, lexer in LEXERS.items()
    }

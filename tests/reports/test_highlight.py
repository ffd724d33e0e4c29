import itertools
import time
from collections import deque
from typing import get_args

import pytest

from reports.html.highlight import language_of_evidence, language_of_path, lexer_data
from reports.html.lexers import LEXERS, Language
from tests.reports.demo import PLAN

LANGUAGES: tuple[Language, ...] = get_args(Language)


def test_the_scripts_patterns_are_in_its_own_notation() -> None:
    data = lexer_data()
    assert set(data) == set(LANGUAGES) - {"plain"}
    assert not any("(?P" in lexer["pattern"] for lexer in data.values())
    assert "select" in data["sql"]["keywords"].split()


ATOMS = [
    "(",
    "/*",
    "*/",
    "'",
    "''",
    '"',
    '"""',
    "'''",
    "$$",
    "$a$",
    "\\",
    "\\'",
    "`",
    "```",
    "-",
    "#",
    "[",
    "{",
    "${",
    "<",
    "*",
    "**",
    "![",
    "](",
    "1",
    "1e",
    "a.",
    "a:",
    "a=",
    "&a",
    "--",
    "+",
    "@@",
    "\t",
    "é",
]


@pytest.mark.parametrize("language", LEXERS)
def test_no_text_takes_long(language: Language) -> None:
    """Ten times the text takes about ten times as long; one that backtracked would take a hundred times."""
    slow: list[str] = []
    for atom, gap in itertools.product(ATOMS, ["", " ", "\n"]):
        seconds: list[float] = []
        for characters in (2_000, 20_000):
            text = (atom + gap) * (characters // len(atom + gap)) + "!"
            started = time.process_time()
            deque(LEXERS[language].pattern.finditer(text), maxlen=0)
            seconds.append(time.process_time() - started)
        if seconds[1] > 0.2 and seconds[1] > 30 * seconds[0]:
            slow.append(f"{atom + gap!r}: {seconds}")
    assert slow == []


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("migrations/0001_a.up.sql", "sql"),
        ("deploy/Dockerfile", "dockerfile"),
        ("A/B.YML", "yaml"),
        ("x.py", "python"),
        ("sql", "plain"),
        ("<img src=x>.svg", "plain"),
    ],
)
def test_languages_of_paths(path: str, language: str) -> None:
    assert language_of_path(path) == language


@pytest.mark.parametrize(
    ("kind", "body", "language"),
    [("plan", PLAN, "plan"), ("plan", '[{"Plan": {}}]', "json"), ("sql", "SELECT", "sql"), ("log", "SELECT", "plain")],
)
def test_languages_of_evidence(kind: str, body: str, language: str) -> None:
    assert language_of_evidence(kind, body) == language

import itertools
import time
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.html.highlight import (
    CLASSES,
    MAX_HIGHLIGHTED_CHARACTERS,
    language_of_evidence,
    language_of_path,
    spans,
)
from reports.html.lexers import LEXERS, Language
from tests.reports.demo import DIFF, PLAN, SQL_UP

LANGUAGES: tuple[Language, ...] = get_args(Language)


def colored(text: str, language: Language) -> dict[str, set[str]]:
    """The pieces of `text` by colour."""
    encoded, units = spans(text, language), text.encode("utf-16-le")
    found: dict[str, set[str]] = {}
    position = 0
    for color, length in zip(encoded[::2], encoded[1::2], strict=True):
        piece = units[2 * position : 2 * (position + length)].decode("utf-16-le")
        found.setdefault(CLASSES[color], set()).add(piece)
        position += length
    return found


@given(st.text(max_size=200), st.sampled_from(LANGUAGES))
def test_spans_cover_the_text_or_there_are_none(text: str, language: Language) -> None:
    encoded = spans(text, language)
    assert not encoded or sum(encoded[1::2]) == len(text.encode("utf-16-le")) // 2
    assert all(0 <= color < len(CLASSES) for color in encoded[::2])


def test_sql_diffs_and_plans_are_coloured() -> None:
    sql = colored(SQL_UP, "sql")
    assert {"CREATE", "TABLE"} <= {word for piece in sql["keyword"] for word in piece.split()}
    assert any("'open'" in piece for piece in sql["string"])
    diff = colored(DIFF, "diff")
    assert any("(missing)" in piece for piece in diff["inserted"])
    plan = colored(PLAN, "plan")
    assert {"Seq Scan", "Limit"} <= plan["keyword"]
    assert any("Rows Removed by Filter:" in piece for piece in plan["label"])


def test_lengths_are_counted_as_javascript_counts_them() -> None:
    assert colored("-- 🙂🙂\nSELECT 1", "sql")["keyword"] == {"SELECT"}


@pytest.mark.parametrize("text", ["SELECT 1;" * (MAX_HIGHLIGHTED_CHARACTERS // 9 + 1), ""], ids=["long", "empty"])
def test_what_is_too_long_stays_plain(text: str) -> None:
    assert spans(text, "sql") == []


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
            spans(text, language)
            seconds.append(time.process_time() - started)
        if seconds[1] > 0.2 and seconds[1] > 30 * seconds[0]:
            slow.append(f"{atom + gap!r}: {seconds}")
    assert slow == []


def test_words_inside_a_quotation_or_a_comment_are_no_keywords() -> None:
    found = colored("SELECT 'from where' -- join\n/* having */ , \"order\" FROM x", "sql")
    assert found["keyword"] == {"SELECT", "FROM"}
    assert found["string"] == {"'from where'"}
    assert found["comment"] == {"-- join", "/* having */"}


def test_a_function_body_in_dollars_is_read_as_sql() -> None:
    assert "BEGIN" in colored("CREATE FUNCTION f() AS $body$ BEGIN END $body$", "sql")["keyword"]


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

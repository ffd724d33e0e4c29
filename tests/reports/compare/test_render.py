import pytest

from reports.compare.comparison import compare
from reports.compare.model import Comparison, Count
from reports.compare.render import escaped, method_notes, to_json, to_markdown, to_table
from reports.compare.sides import read_side
from reports.selection import Filters
from reports.store import Store
from tests.reports.compare.answers import Answers, log

GOOD, POOR = [True, True, True], [True, False, True]


@pytest.fixture
def comparison(empty_store: Store) -> Comparison:
    empty_store.ingest(log("base", {"a": [GOOD] * 4, "b|x": [GOOD] * 4, "c": [GOOD] * 4}))
    empty_store.ingest(log("head", {"a": [POOR] * 4, "b|x": [GOOD, GOOD, GOOD, "unscored"]}))
    return compare(
        read_side(empty_store, Filters(run_ids=("base",)), "last night"),
        read_side(empty_store, Filters(run_ids=("head",)), "<script>alert(1)</script>"),
        reports=Count(base="https://example.org/base.html", head="head.html"),
    )


def test_json_round_trips(comparison: Comparison) -> None:
    assert Comparison.model_validate_json(to_json(comparison)) == comparison


def test_the_table_says_everything_that_matters(comparison: Comparison) -> None:
    text = to_table(comparison, width=140)
    lines = text.splitlines()
    assert lines[0].startswith("base: last night: m; persona architect 01234567; 12 answers of 2026-11-20")
    assert "not compared: caching/c: only in base" in lines
    assert any(line.startswith("without a score (harness or provider): 1 of 8 answers of the head") for line in lines)
    assert "verdict: not comparable" in lines
    assert "1 of 3 scenarios cannot be compared (1 only in base); the limit is 20%." in lines[-1]


def test_columns_align(comparison: Comparison) -> None:
    lines = to_table(comparison, width=140).splitlines()
    start = lines.index("Score")
    heading, row = lines[start + 1], lines[start + 2]
    assert heading.index("head") + len("head") == row.index("0.833") + len("0.833")


def test_markdown_lets_nothing_through(comparison: Comparison) -> None:
    text = to_markdown(comparison)
    assert "<script>" not in text
    assert "it is <b>not</b> so" not in text
    assert "&lt;script&gt;" in text
    assert "[evidence](https://example.org/base.html#/sample/base-caching-m-architect-1-A-a-1/check/check_1)" in text
    assert "head.html&#35;/sample/" in text


def test_every_row_of_a_markdown_table_has_the_same_cells(comparison: Comparison) -> None:
    tables = [part for part in to_markdown(comparison).split("\n\n") if part.startswith("|")]
    assert len(tables) >= 4
    for table in tables:
        assert len({line.replace("\\|", "").count("|") for line in table.splitlines()}) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b\nc", "a\\|b c"),
        ("@team #1", "&#64;team &#35;1"),
        ("<a href=x>&", "&lt;a href=x&gt;&amp;"),
        ("*_`", "\\*\\_\\`"),
    ],
)
def test_escaping(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_intervals_of_several_kinds_say_what_they_are_of(empty_store: Store) -> None:
    def notes(base: Answers, head: Answers, run: str) -> list[str]:
        empty_store.ingest(log(f"base {run}", base))
        empty_store.ingest(log(f"head {run}", head))
        before, after = (read_side(empty_store, Filters(run_ids=(f"{side} {run}",)), side) for side in ("base", "head"))
        return method_notes(compare(before, after))

    once = notes({"a": [GOOD], "b": [GOOD], "c": [POOR]}, {"a": [POOR], "b": [GOOD], "c": [POOR]}, "once")
    assert len(once) == 2
    assert once[0].startswith("Score, caching: t interval from the spread of the scenarios")
    assert once[1].startswith("Solved rate: no spread")
    same = notes({"a": [GOOD] * 3}, {"a": [GOOD] * 3}, "same")
    assert same == [
        "No spread between epochs was seen, so the interval is Newcombe's, as if each answer were a yes or no."
    ]

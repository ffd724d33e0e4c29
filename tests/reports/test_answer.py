"""Queries of the user's own, and their answers as text."""

import csv
import io
import json

import pytest

from reports.answer import ask, render_answer
from reports.store import Store
from scorers.errors import InputError

SQL = "SELECT model, count(*) AS answers, max(score) AS best, NULL AS nothing FROM results GROUP BY ALL ORDER BY model"


def test_a_table_has_its_numbers_below_each_other(demo_store: Store) -> None:
    table = render_answer(ask(demo_store, "SELECT * FROM (VALUES ('a', 1), ('b', 1000)) t(x, y)"), "table", width=100)
    assert table.splitlines() == [" x  y", " a     1", " b  1000", "(2 rows)"]


def test_csv_and_json_say_the_same(demo_store: Store) -> None:
    answer = ask(demo_store, SQL)
    rows = list(csv.DictReader(io.StringIO(render_answer(answer, "csv", width=0))))
    assert [row["model"] for row in rows] == ["replay/alternate", "replay/naive", "replay/reference"]
    found = json.loads(render_answer(answer, "json", width=0))
    assert [(row["model"], str(row["answers"]), row["nothing"]) for row in found] == [
        (row["model"], row["answers"], None) for row in rows
    ]


def test_moments_and_lists_are_written_in_json(demo_store: Store) -> None:
    answer = ask(demo_store, "SELECT min(created_at) AS began, any_value(tags) AS tags FROM runs")
    assert json.loads(render_answer(answer, "json", width=0)) == [{"began": "2026-11-20 02:30:00", "tags": ["demo"]}]


def test_control_characters_do_not_reach_the_terminal(demo_store: Store) -> None:
    table = render_answer(ask(demo_store, "SELECT 'a' || chr(27) || '[2Jb' AS text"), "table", width=100)
    assert "\x1b" not in table
    assert "a\\x1b[2Jb" in table


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1; SELECT 2", "one query at a time"),
        ("", "one query at a time"),
        ("SELECT no_such FROM runs", r"no_such.*archeval db --schema"),
        ("DELETE FROM runs", "read-only"),
        ("COPY runs TO 'x.csv'", "disabled by configuration"),
        ("SELECT * FROM read_text('/etc/hostname')", "disabled by configuration"),
        ("ATTACH 'other.duckdb'", "disabled by configuration"),
    ],
)
def test_what_is_no_query_is_refused(demo_store: Store, sql: str, message: str) -> None:
    with pytest.raises(InputError, match=rf"(?s){message}"):
        ask(demo_store, sql)
    assert demo_store.query("SELECT count(*) FROM runs") == [(3,)]

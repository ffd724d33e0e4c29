"""One query's answer as text: a table, CSV or JSON."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from reports.store import Store
from reports.text_table import text_table
from scorers.errors import InputError

AnswerFormat = Literal["table", "csv", "json"]


@dataclass(frozen=True)
class Answer:
    """The columns' names and the rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def ask(store: Store, sql: str) -> Answer:
    """Run one query, which can neither write nor reach any other file. Raises InputError when it is none or fails."""
    with store.reading() as connection:
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1:
                raise InputError(f"one query at a time, please; {sql!r} holds {len(statements)}")
            found = connection.execute(statements[0])
            columns = [str(column[0]) for column in found.description or []]
            return Answer(columns, found.fetchall())
        except duckdb.Error as error:
            raise InputError(f"{error}; `archeval db --schema` prints the tables and their columns") from error


def render_answer(answer: Answer, output_format: AnswerFormat, *, width: int) -> str:
    """Return the answer in this format; `width` is the terminal's, in columns, and means nothing to the others."""
    if output_format == "json":
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        return json.dumps(rows, indent=2, default=str)
    if output_format == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([answer.columns, *answer.rows])
        return text.getvalue().rstrip("\n")
    return _table(answer, width)


def _table(answer: Answer, width: int) -> str:
    columns = [_aligned([row[index] for row in answer.rows]) for index in range(len(answer.columns))]
    rows = [list(row) for row in zip(*columns, strict=True)]
    table = text_table(answer.columns, rows, left=len(answer.columns), width=width)
    count = len(answer.rows)
    return f"{table}\n({count} row{'' if count == 1 else 's'})"


def _aligned(values: Sequence[Any]) -> list[str]:
    """The column's cells, of one width where they are numbers, so that these stand one below the other."""
    cells = ["NULL" if value is None else str(value) for value in values]
    if not all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values):
        return [_visible(cell) for cell in cells]
    longest = max(map(len, cells), default=0)
    return [cell.rjust(longest) for cell in cells]


def _visible(text: str) -> str:
    """Models wrote what is in the store, and a terminal obeys control characters."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)

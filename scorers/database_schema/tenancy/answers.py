"""What the answers of named queries tell about a tenant."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from scorers.database_schema.session import CallResult, Params
from scorers.database_schema.tenancy.tenants import Tokens
from scorers.database_schema.tenancy.world import World

Answers = list[CallResult]

SHOWN_ROWS = 3


def carries(world: World, result: CallResult, tokens: Tokens, numbers: Collection[int]) -> list[str]:
    """Rows of `result` that hold one of `tokens`, or, in a column of ids, one of `numbers`; as lines for a reader."""
    columns = [column.name for column in world.bench.parameters.query(result.query).columns if column.type == "id"]
    lines: list[str] = []
    for row in result.rows:
        found = tokens.found(_text(row)) + [f"id {row[name]}" for name in columns if row[name] in numbers]
        if found:
            lines.append(f"{', '.join(found)} in {_text(row)}")
    told = tokens.found(result.message)
    return lines + ([f"{', '.join(told)} in the error: {result.message}"] if told else [])


def ids_in(world: World, answers: Iterable[CallResult]) -> set[int]:
    """The numbers that stand in columns of ids."""
    found: set[int] = set()
    for result in answers:
        for column in world.bench.parameters.query(result.query).columns:
            if column.type == "id":
                found.update(row[column.name] for row in result.rows if isinstance(row[column.name], int))
    return found


def says_nothing(result: CallResult) -> bool:
    """Whether there is no row, or only rows of zeros and NULLs, as a count of nothing gives."""
    return not any(value for row in result.rows for value in row.values())


def sorted_answers(answers: Answers) -> list[tuple[str, str]]:
    """Query and answer, in the order of the calls; the rows of each answer sorted, for not every order is promised."""
    return [
        (
            result.query,
            f"{result.sqlstate} {result.message}" if result.refused else "\n".join(sorted(map(_text, result.rows))),
        )
        for result in answers
    ]


def without_ids(world: World, result: CallResult) -> list[dict[str, Any]]:
    """The rows without their ids, which may be the asker's own come back."""
    columns = world.bench.parameters.query(result.query).columns
    kept = [column.name for column in columns if column.type not in {"id", "uuid"}]
    return [{name: row[name] for name in kept} for row in result.rows]


def shown_call(name: str, params: Params) -> str:
    """`name(param=value, …)`."""
    return f"{name}({', '.join(f'{param}={value!r}' for param, value in params.items())})"


def _text(row: dict[str, Any]) -> str:
    return json.dumps(row, default=str, ensure_ascii=False)

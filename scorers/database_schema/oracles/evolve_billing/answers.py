"""What a named query must answer, given a model, and what it then does to the model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from scorers.database_schema.oracles.evolve_billing.model import BillingModel
from scorers.database_schema.session import CallResult, Params
from scorers.database_schema.values import Value

RowDict = dict[str, Value]
Apply = Callable[[BillingModel, int], None]


@dataclass(frozen=True)
class Answer:
    """The only right answer to a call: rows, one row with an id that is not known before, or a refusal."""

    rows: list[RowDict] = field(default_factory=list[RowDict])
    refused_with: tuple[str, ...] = ()
    new_id: bool = False
    known_ids: frozenset[int] = frozenset()
    """With `new_id`: ids that the new one must differ from."""
    apply: Apply | None = None
    """Changes the model once the answer was right; gets the new id (or 0)."""

    def problem(self, result: CallResult) -> str | None:
        """Say what should have come instead of `result`, or None when it is right."""
        if self.refused_with:
            wanted = f"a refusal with SQLSTATE {' or '.join(self.refused_with)}"
            return None if result.sqlstate in self.refused_with else wanted
        if result.refused:
            return "one row with a new id" if self.new_id else shown(self.rows)
        if self.new_id:
            fresh = len(result.rows) == 1 and result.rows[0]["id"] not in self.known_ids
            return None if fresh else "one row with a new id"
        return None if result.rows == self.rows else shown(self.rows)

    def take_effect(self, model: BillingModel, result: CallResult) -> None:
        """Change the model as the call, which was answered rightly, changed the database."""
        if self.apply is not None and not result.refused:
            self.apply(model, result.rows[0]["id"] if self.new_id else 0)


def shown(rows: list[RowDict]) -> str:
    """Rows for a reader."""
    if not rows:
        return "no rows"
    more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    return f"{count}: {'; '.join(_shown_row(row) for row in rows[:8])}{more}"


def _shown_row(row: RowDict) -> str:
    values = ((name, row[name]) for name in sorted(row))
    return ", ".join(f"{name}={value if isinstance(value, datetime) else repr(value)}" for name, value in values)


def came(result: CallResult) -> str:
    """A result for a reader."""
    return f"error {result.sqlstate} {result.message}" if result.refused else shown(result.rows)


def difference(expected: Answer, result: CallResult) -> tuple[str, str]:
    """Expected and actual for a reader; of long lists only what differs."""
    wanted = expected.problem(result) or ""
    if result.refused or expected.refused_with or expected.new_id or len(expected.rows) < 4:
        return wanted, came(result)
    missing = [row for row in expected.rows if row not in result.rows]
    surplus = [row for row in result.rows if row not in expected.rows]
    if not missing and not surplus:
        return wanted, came(result)
    return f"among others, {shown(missing)}", f"instead of them, {shown(surplus)}"


AnswerMaker = Callable[[BillingModel, Params], Answer]

"""Answers of one side in a form that two databases have in common.

Ids that a side hands out, and times at which it stored something, differ between sides without being wrong. They are
replaced by their place in the order in which they were first seen, and by `now`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side, Violation

Json = dict[str, Any]

JUST_NOW = timedelta(seconds=180)

NOBODYS_ID = 2**62
"""Stands for an id that this side should have handed out and did not."""


class ComparableSide:
    """One side, with answers made comparable. `seeded` is the highest id that its seed stored."""

    def __init__(self, side: Side, *, seeded: int) -> None:
        self.side = side
        self._seeded = seeded
        self._seen: dict[int, str] = side.notes.setdefault("seen", {})
        self._created: list[int] = side.notes.setdefault("created", [])

    def known_id(self, reference: int | str) -> object:
        """The id meant: as seeded, or `new:3`, the fourth that was created through this side."""
        if isinstance(reference, int) or not reference.startswith("new:"):
            return reference
        number = int(reference.removeprefix("new:"))
        return self._created[number] if number < len(self._created) else NOBODYS_ID

    def answer(self, request: Request) -> Any:
        """Send `request` and return its status and body, comparable."""
        return self.comparable(self.side.call(request))

    def create(self, request: Request) -> Any:
        """Send `request` and remember the id that it was given; return status and body, comparable."""
        answer = self.side.call(request)
        if answer.status == 201:
            found = answer.fields.get("id")
            self._created.append(found if isinstance(found, int) else NOBODYS_ID)
        return self.comparable(answer)

    def comparable(self, answer: Answer) -> Any:
        """Status and body without what may differ between two sides."""
        return {"status": answer.status, "body": self.without_ids(answer.body)}

    def without_ids(self, value: Any, name: str = "") -> Any:
        """A JSON value called `name` without what may differ between two sides."""
        if isinstance(value, dict):
            return {key: self.without_ids(inner, key) for key, inner in cast("Json", value).items()}
        if isinstance(value, list):
            return [self.without_ids(inner, name) for inner in cast("list[Any]", value)]
        if name == "id" and isinstance(value, int) and value > self._seeded:
            return self._seen.setdefault(value, f"new:{len(self._seen)}")
        if name == "next_cursor" and isinstance(value, str):
            return "a cursor"
        if name.endswith("_at") and isinstance(value, str):
            return _instant(value)
        return value


def good(answer: Answer, *statuses: int) -> Json:
    """The body of an answer that must have one of these statuses. Raises Violation."""
    if answer.status not in statuses or not answer.fields:
        raise Violation(f"an answer with status {' or '.join(map(str, statuses))} was due", answer.label)
    return answer.fields


def _instant(text: str) -> str:
    """An instant in one spelling; `now` for one that has just been."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return f"no time: {text!r}"
    if instant.tzinfo is None:
        return f"no time zone: {text!r}"
    if abs(datetime.now(UTC) - instant) < JUST_NOW:
        return "now"
    return instant.astimezone(UTC).isoformat()

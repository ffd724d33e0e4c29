"""What differs between two catalogs, and how a reader gets to see it."""

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scorers.database_schema.catalog.snapshot import Attributes, Catalog, CatalogObject

LINES_SHOWN = 120
SUMMARY_CHARACTERS = 160
LINE_CHARACTERS = 300
LINES_COMPARED = 2000
"""Texts longer than this in all are not compared line by line, which takes time quadratic in their length."""

_TELLING = (
    "definition",
    "type",
    "not_null",
    "default",
    "generated",
    "labels",
    "base",
    "using",
    "with_check",
    "sequence",
)
"""Attributes that say what an object is; objects that have none of them are summed up by all they have."""

INVALID_INDEX = "the index is invalid: building it failed or was broken off, so no query uses it"


@dataclass(frozen=True)
class CatalogChange:
    """One object that differs: it is only in one of the catalogs, or has other attributes there."""

    kind: str
    identity: str
    within: str | None
    before: Attributes | None
    after: Attributes | None

    @property
    def note(self) -> str:
        """What a reader might not see from the attributes alone; often empty."""
        return INVALID_INDEX if self.after is not None and self.after.get("valid") is False else ""


def difference(before: Catalog, after: Catalog) -> list[CatalogChange]:
    """Return what changed, in order of the relation concerned, kind and identity; empty for equal catalogs."""
    changes: list[CatalogChange] = []
    for key in before.objects.keys() | after.objects.keys():
        old, new = before.objects.get(key), after.objects.get(key)
        if old is None or new is None or old.attributes != new.attributes:
            changes.append(_change(old, new))
    return sorted(changes, key=lambda change: (_group(change), change.kind, change.identity))


def render(changes: Sequence[CatalogChange], *, limit_lines: int = LINES_SHOWN) -> str:
    """Return `changes` as text, grouped by relation: `-` is what was expected, `+` what was found.

    The parts of a relation that is itself only on one side are counted, not listed.
    """
    lines = list(_lines(changes))
    left_out = len(lines) - limit_lines
    return "\n".join([*lines[:limit_lines], *([f"… and {left_out} more lines"] if left_out > 0 else [])])


def _change(old: CatalogObject | None, new: CatalogObject | None) -> CatalogChange:
    known = old or new
    assert known is not None
    return CatalogChange(
        known.kind,
        known.identity,
        known.within,
        None if old is None else old.attributes,
        None if new is None else new.attributes,
    )


def _group(change: CatalogChange) -> str:
    return change.within or change.identity


def _lines(changes: Sequence[CatalogChange]) -> Iterator[str]:
    one_sided = {change.identity for change in changes if change.within is None and _sign(change) != "!"}
    parts = Counter(change.within for change in changes if change.within in one_sided)
    group = None
    for change in changes:
        if change.within in one_sided:
            continue
        if change.within is not None and change.within != group:
            group = change.within
            yield f"in {group}:"
        yield f"{_sign(change)} {change.kind} {change.identity}{_summary(change)}"
        if change.note:
            yield f"    {change.note}"
        if parts.get(change.identity):
            yield f"    with {parts[change.identity]} columns, constraints, indexes and other parts"
        if change.before is not None and change.after is not None:
            yield from _attribute_lines(change.before, change.after)


def _sign(change: CatalogChange) -> str:
    if change.after is None:
        return "-"
    return "+" if change.before is None else "!"


def _summary(change: CatalogChange) -> str:
    """What an object that is on one side only is like, on one line."""
    if change.before is not None and change.after is not None:
        return ""
    attributes = change.before or change.after or {}
    telling = {name: attributes[name] for name in _TELLING if name in attributes} or attributes
    text = ", ".join(f"{name} {_flat(value)}" for name, value in telling.items() if value not in (False, 0))
    text = text.removeprefix("definition ")
    return f": {text}" if len(text) <= SUMMARY_CHARACTERS else f": {text[:SUMMARY_CHARACTERS]}…"


def _attribute_lines(before: Attributes, after: Attributes) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        old, new = _values(before.get(name)), _values(after.get(name))
        if old == new:
            continue
        yield f"    {name}:"
        if len(old) + len(new) > LINES_COMPARED:
            yield f"      other text: {len(old)} lines, then {len(new)}"
            continue
        matched = difflib.unified_diff(old, new, n=0, lineterm="")
        yield from (f"      {_cut(line)}" for line in matched if not line.startswith(("---", "+++", "@@")))


def _values(value: Any) -> list[str]:
    """An attribute as lines: the items of a list, or the lines of a text."""
    if value is None:
        return ["(none)"]
    if isinstance(value, list):
        return [str(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return str(value).lower().splitlines() if isinstance(value, bool) else str(value).splitlines()


def _flat(value: Any) -> str:
    return " ".join("; ".join(_values(value)).split())


def _cut(line: str) -> str:
    return line if len(line) <= LINE_CHARACTERS else f"{line[:LINE_CHARACTERS]}…"

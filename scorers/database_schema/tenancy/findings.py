"""What the attacks found, and how it is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scorers.checks import Outcome, failed, passed
from scorers.database_schema.tenancy.attacker import Attacker, Attempt
from scorers.database_schema.tenancy.schema import Relation
from scorers.evidence import Evidence

SHOWN_HOLES = 6
ENOUGH_HOLES = 12
SHOWN_LINES = 4
SHOWN_NAMES = 40
_LINE_LENGTH = 600


@dataclass(frozen=True)
class Hole:
    """One way in which a tenant's data was reached."""

    what: str
    statement: str
    setting: str
    lines: Sequence[str]
    relation: Relation | None = None

    @property
    def evidence(self) -> Evidence:
        """The hole as a reader sees it: who ran what, what came of it, and what guards the table."""
        parts = [f"-- {self.setting}", _cut(self.statement), "", *map(_cut, self.lines[:SHOWN_LINES])]
        if len(self.lines) > SHOWN_LINES:
            parts.append(f"… and {len(self.lines) - SHOWN_LINES} more")
        if self.relation is not None:
            parts += ["", *_guards(self.relation)]
        return Evidence(title=self.what, body="\n".join(parts), kind="sql")


@dataclass
class Findings:
    """Holes, and what was covered and what was not."""

    holes: list[Hole] = field(default_factory=list[Hole])
    tried: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What was done, and as whom (or under which settings)."""
    uncovered: list[str] = field(default_factory=list[str])
    """What could not be judged, with the reason, a line each."""

    @property
    def enough(self) -> bool:
        """Whether there is more than a reader will look at, so that further attacks may be left out."""
        return len(self.holes) >= ENOUGH_HOLES

    def hole(
        self,
        what: str,
        attacker: Attacker,
        attempt: Attempt,
        lines: Sequence[str],
        relation: Relation | None = None,
    ) -> None:
        """Note a hole that `attempt` went through."""
        self.add(Hole(what, attempt.statement, attacker.described, lines, relation))

    def add(self, hole: Hole) -> None:
        """Note a hole, unless there is one of its kind already: a second example tells a reader nothing new."""
        if all(known.what != hole.what for known in self.holes):
            self.holes.append(hole)

    def did(self, who: str, what: str) -> None:
        """Note what was tried, for the report of what the check covered."""
        self.tried.setdefault(what, []).append(who)

    def owned(self, relation: Relation) -> None:
        """Note a relation with tenants' rows that belongs to app_user, who could switch off its policies."""
        what = f"app_user owns {relation.label}"
        lines = ["an owner can switch off row-level security"]
        self.add(Hole(what, f"ALTER TABLE {relation.label} OWNER TO app_user", "any setting", lines, relation))

    def outcome(self, sound: str) -> Outcome:
        """The check's outcome; `sound` says what held when nothing was found."""
        tried = [f"{', '.join(who)}: {what}" for what, who in self.tried.items()]
        coverage = [Evidence(title="What was tried", body="\n".join(tried))] if tried else []
        if self.uncovered:
            coverage.append(
                Evidence(title="What could not be judged", body="\n".join(map(_cut, self.uncovered[:SHOWN_NAMES])))
            )
        if not self.holes:
            return passed(sound, evidence=coverage)
        least = "at least " if self.enough else ""
        more = f", and {least}{len(self.holes) - 1} more" if len(self.holes) > 1 else ""
        shown = [hole.evidence for hole in self.holes[:SHOWN_HOLES]]
        return failed(f"{self.holes[0].what}{more}", evidence=[*shown, *coverage])


def names(items: Iterable[str]) -> str:
    """The names, sorted, the first few of very many."""
    known = sorted(items)
    return ", ".join(known[:SHOWN_NAMES]) + (
        f" and {len(known) - SHOWN_NAMES} more" if len(known) > SHOWN_NAMES else ""
    )


def _guards(relation: Relation) -> list[str]:
    if relation.kind != "r" and relation.kind != "p":
        return [f"{relation.described} is owned by {relation.owner}"]
    if not relation.row_security:
        return [f"row-level security is not enabled on {relation.described}"]
    if not relation.policies:
        return [f"row-level security is enabled on {relation.described}, which has no policy"]
    return [f"policies of {relation.described}:", *(f"  {_cut(policy)}" for policy in relation.policies)]


def _cut(text: str) -> str:
    return text if len(text) <= _LINE_LENGTH else f"{text[:_LINE_LENGTH]}…"

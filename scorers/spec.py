"""The persona specification as data: its lines, their ids, and which of them have evidence so far."""

import difflib
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from scorers.errors import InputError
from scorers.scenario import load_yaml

Section = Literal[
    "profile",
    "capability",
    "tool",
    "use_when",
    "task",
    "deliverable",
    "collaboration",
    "metric",
    "anti",
    "long_running",
    "evolution",
    "contract_testing",
    "observability",
]
SECTIONS: tuple[Section, ...] = get_args(Section)
"""The specification's sections, in its order; the last three are parts of its chapter on long-running work."""

ClaimKind = Literal["scenario", "check"]


class SpecLine(BaseModel):
    """One line of the persona specification. `id` is `<section>.<word>`; `summary` is one sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
    section: Section
    summary: str = Field(pattern=r"^\S[^\n]*\.$")

    @model_validator(mode="after")
    def _id_is_of_its_section(self) -> "SpecLine":
        if self.id.partition(".")[0] != self.section:
            raise ValueError(f"id {self.id!r} must begin with its section, {self.section + '.'!r}")
        return self


class Spec(BaseModel):
    """The whole specification, in its own order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: tuple[SpecLine, ...] = Field(min_length=1)

    @field_validator("lines")
    @classmethod
    def _ids_are_unique(cls, lines: tuple[SpecLine, ...]) -> tuple[SpecLine, ...]:
        counts = Counter(line.id for line in lines)
        repeated = [line_id for line_id, count in counts.items() if count > 1]
        if repeated:
            raise ValueError(f"each id may occur once; repeated: {repeated}")
        return lines

    @cached_property
    def by_id(self) -> dict[str, SpecLine]:
        """The lines by their ids, in the specification's order."""
        return {line.id: line for line in self.lines}

    def line(self, line_id: str) -> SpecLine:
        """Return the line `line_id`. Raises InputError with near matches when there is none."""
        self.require([line_id], "a look-up in the persona specification")
        return self.by_id[line_id]

    def in_section(self, section: Section) -> tuple[SpecLine, ...]:
        """Return the lines of `section`, in order."""
        return tuple(line for line in self.lines if line.section == section)

    def require(self, ids: Iterable[str], where: str) -> None:
        """Raise InputError unless all `ids` are lines of the specification.

        `where` says who named them (a file, a check), as the error's text begins with it.
        """
        unknown = sorted(set(ids) - self.by_id.keys())
        if unknown:
            named = "; ".join(self._with_near_matches(line_id) for line_id in unknown)
            raise InputError(
                f"{where}: unknown spec line {named}. Checked against the {len(self.lines)} lines of the persona "
                "specification; `archeval spec` lists them"
            )

    def _with_near_matches(self, line_id: str) -> str:
        near = difflib.get_close_matches(line_id, self.by_id, n=3)
        return f"{line_id!r} (near: {', '.join(near)})" if near else repr(line_id)


class Claim(BaseModel):
    """Somebody's statement to be evidence for a spec line: the scenario or check `name` names `line_id`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line_id: str
    kind: ClaimKind
    name: str


class EvidenceRow(BaseModel):
    """A spec line, with the names of all scenarios and checks that claim to be evidence for it, sorted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: SpecLine
    scenarios: tuple[str, ...]
    checks: tuple[str, ...]

    @property
    def kinds(self) -> tuple[ClaimKind, ...]:
        """The kinds of evidence there are; empty when nothing covers the line yet."""
        found: list[ClaimKind] = []
        if self.scenarios:
            found.append("scenario")
        if self.checks:
            found.append("check")
        return tuple(found)


def load_spec(path: Path) -> Spec:
    """Load the specification from the YAML file `path`. Raises InputError that names the file and each key at fault."""
    return load_yaml(path, Spec)


def evidence_table(spec: Spec, claims: Iterable[Claim]) -> list[EvidenceRow]:
    """Return one row per spec line, in order, those without evidence included.

    Repeated claims count once. Raises InputError naming the claimant when a claim is about an unknown line.
    """
    names: dict[tuple[str, ClaimKind], set[str]] = {}
    for claim in claims:
        spec.require([claim.line_id], f"{claim.kind} {claim.name!r}")
        names.setdefault((claim.line_id, claim.kind), set()).add(claim.name)
    return [
        EvidenceRow(
            line=line,
            scenarios=tuple(sorted(names.get((line.id, "scenario"), ()))),
            checks=tuple(sorted(names.get((line.id, "check"), ()))),
        )
        for line in spec.lines
    ]

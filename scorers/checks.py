"""Checks as data: what is asked, of what weight, on which ground, and the function that finds out."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from scorers.evidence import Evidence
from scorers.results import Measurement

B = TypeVar("B")
"""The family's bench: what its checks work on (scenario, submission, servers, and what earlier checks built)."""

DOC_SECTIONS = ("Why", "Source", "Fails")


@dataclass(frozen=True)
class Outcome:
    """What a check function returns. Build it with `passed`, `failed` or `not_applicable`."""

    status: Literal["passed", "failed", "not_applicable"]
    message: str
    score: float
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    measurements: list[Measurement] = field(default_factory=list[Measurement])


def passed(
    message: str, *, evidence: list[Evidence] | None = None, measurements: list[Measurement] | None = None
) -> Outcome:
    """The submission does what the check asks."""
    return Outcome("passed", message, 1.0, evidence or [], measurements or [])


def failed(
    message: str,
    *,
    evidence: list[Evidence] | None = None,
    measurements: list[Measurement] | None = None,
    score: float = 0.0,
) -> Outcome:
    """The submission does not do it; `score` below 1 is partial credit."""
    if not 0 <= score < 1:
        raise ValueError(f"a failed check scores at least 0 and less than 1, got {score!r}")
    return Outcome("failed", message, score, evidence or [], measurements or [])


def not_applicable(message: str) -> Outcome:
    """The question does not arise for this submission or testbed; it leaves the weighted mean."""
    return Outcome("not_applicable", message, 0.0)


@dataclass(frozen=True)
class CheckDocs:
    """A check's documentation, taken from its docstring."""

    asks: str
    why: str
    source: str
    fails: str


@dataclass(frozen=True)
class Check(Generic[B]):
    """One question about a submission. Made by the `check` decorator."""

    id: str
    title: str
    spec_lines: tuple[str, ...]
    weight: float
    gate: bool
    requires: tuple[str, ...]
    run: Callable[[B], Outcome]

    @property
    def docs(self) -> CheckDocs:
        """The docstring's parts. Raises ValueError when one of the sections is missing."""
        text = inspect.getdoc(self.run) or ""
        parts = re.split(rf"^({'|'.join(DOC_SECTIONS)}):[ \n]", text, flags=re.MULTILINE)
        sections = {name: _joined(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
        missing = [name for name in DOC_SECTIONS if name not in sections]
        if missing or not parts[0].strip():
            raise ValueError(f"check {self.id!r}: its docstring lacks {missing or 'a first paragraph'}")
        return CheckDocs(_joined(parts[0]), sections["Why"], sections["Source"], sections["Fails"])


def check(
    *,
    id: str,  # noqa: A002  (the field's name everywhere else)
    title: str,
    spec_lines: tuple[str, ...],
    weight: float = 1.0,
    gate: bool = False,
    requires: tuple[str, ...] = (),
) -> Callable[[Callable[[B], Outcome]], Check[B]]:
    """Declare the decorated function as a check.

    Its docstring is the check's documentation: a first paragraph that says what is asked, then the sections `Why:`,
    `Source:` and `Fails:` (an example that fails). A check is blocked while one of `requires` has not passed.
    """

    def declare(run: Callable[[B], Outcome]) -> Check[B]:
        return Check(id, title, spec_lines, weight, gate, requires, run)

    return declare


def _joined(text: str) -> str:
    return re.sub(r"\s*\n\s*(?=\S)", " ", text.strip())

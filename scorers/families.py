"""A family: a kind of work, with the checks that its scenarios are graded by."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from scorers.checks import Check
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.protocol import Testbed
from scorers.testbed.slot import Slot

B = TypeVar("B")


@dataclass(frozen=True)
class GradeJob:
    """What one pass over the checks works on. The same seed repeats the same questions."""

    scenario: Scenario
    submission: Submission
    testbed: Testbed
    seed: int
    deadline_at_s: float
    """Value of time.monotonic() at which the whole grade's time is up, had it never waited for the slot."""
    slot: Slot = field(default_factory=Slot)
    """Keeps others from working while this grade measures times; the grade holds it as one that works."""
    surroundings: dict[str, str] = field(default_factory=dict[str, str])
    """What else the submission ran in, for the results: checks note it here, beside the testbed's own description."""

    @property
    def left_s(self) -> float:
        """Seconds that the grade has left; the time that it waited to measure is not counted."""
        return self.deadline_at_s + self.slot.waited_s - time.monotonic()


@dataclass(frozen=True)
class Family(Generic[B]):
    """A family's name, its checks in the order they run, and how to set up the bench that they share."""

    name: str
    title: str
    checks: tuple[Check[B], ...]
    open_bench: Callable[[GradeJob], AbstractContextManager[B]]
    validate: Callable[[Scenario], None]
    """Raises InputError when the scenario's typed parameters or fixtures are wrong."""

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for check in self.checks:
            unknown = [name for name in check.requires if name not in seen]
            if check.id in seen or unknown:
                raise ValueError(f"family {self.name!r}: check {check.id!r} is declared twice, or before {unknown}")
            seen.add(check.id)

"""Which source files a family's verdicts depend on: what its package and `grade()` import, near and far."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import scorers

ROOT = Path(str(scorers.__file__)).parent.parent
WALKED_ROOMS = ("scorers", "loadtests")
WHOLE_ROOMS = ("loadtests",)
"""Rooms that also start programs of their own by name, which no import shows: they count as a whole, or not at all."""

REGISTRY = "scorers.registry"
"""Imports every family, so it is not followed: what one family's checks do is no matter of another's."""


@cache
def graders_hash(family: str) -> str:
    """SHA-256 over the sources that the family's verdicts depend on."""
    digest = hashlib.sha256()
    for path in grader_sources(family):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def grader_sources(family: str) -> list[Path]:
    """The files, sorted: the import closure of the family, the grading and the testbeds."""
    found: set[Path] = set()
    starts = ("scorers.grading", "scorers.testbed.providers", f"scorers.{family}.family")
    waiting = [_file_of(name) for name in starts]
    while waiting:
        path = waiting.pop()
        if path is None or path in found:
            continue
        found.add(path)
        waiting.extend(_file_of(name) for name in _imported(path))
    for room in WHOLE_ROOMS:
        if any(path.is_relative_to(ROOT / room) for path in found):
            found.update((ROOT / room).rglob("*.py"))
    return sorted(found)


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file_of(name: str) -> Path | None:
    """The source file of module `name`, when it is one of ours and to be followed."""
    if name == REGISTRY or name.split(".")[0] not in WALKED_ROOMS:
        return None
    base = ROOT.joinpath(*name.split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)

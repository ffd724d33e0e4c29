"""The shared libraries that copied programs need and that a sandbox would not show otherwise."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from scorers.errors import HarnessFault

_FOUND = re.compile(r"=> (/\S+) \(0x")
_ELF = b"\x7fELF"
_AT_ONCE = 100


def foreign_libraries(programs: Iterable[Path], shown: Iterable[Path]) -> set[Path]:
    """Return the libraries that `programs` load from outside the folders `shown`, which a sandbox has anyway.

    Asks the dynamic loader, which runs nothing of them; they are the harness's own programs all the same.
    """
    files = [str(program) for program in programs if _is_elf(program)]
    roots = [folder.resolve() for folder in shown]
    found: set[Path] = set()
    for start in range(0, len(files), _AT_ONCE):
        listed = _listed(files[start : start + _AT_ONCE])
        found.update(Path(path) for path in _FOUND.findall(listed))
    return {path for path in found if not any(path.resolve().is_relative_to(root) for root in roots)}


def _listed(files: list[str]) -> str:
    try:
        return subprocess.run(["ldd", *files], capture_output=True, text=True, check=False, timeout=60).stdout
    except OSError as error:
        raise HarnessFault(
            f"cannot ask which libraries programs need: {error}; install `ldd` (it comes with the C library)",
            kind="runtime_missing",
        ) from error


def _is_elf(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == _ELF

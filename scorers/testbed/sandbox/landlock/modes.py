"""Changing modes and times of a program's own files on its behalf. Standard library only.

Landlock leaves these calls open for every file of the user, in any folder. Here they reach the program's own folders.
"""

import os
import struct
from collections.abc import Iterable

from scorers.testbed.sandbox.landlock.calls import CHMOD, FCHMODAT, UTIMENSAT
from scorers.testbed.sandbox.landlock.door import Answer, Caller, Folders

_MODES = 0o777
_TIMES = struct.Struct("=qqqq")
_NANOSECONDS = 10**9


class ModeAnswers:
    """What a program may do with modes and times of files."""

    def __init__(self, folders: Iterable[str]) -> None:
        """In `folders`, which must exist."""
        self._folders = Folders(folders)

    @property
    def answers(self) -> dict[str, Answer]:
        """By the names of calls."""
        return {CHMOD: self._chmod, FCHMODAT: self._fchmodat, UTIMENSAT: self._utimensat}

    def _chmod(self, caller: Caller) -> int:
        return self._change(caller, None, 0, 1)

    def _fchmodat(self, caller: Caller) -> int:
        return self._change(caller, 0, 1, 2)

    def _change(self, caller: Caller, folder: int | None, path: int, mode: int) -> int:
        found = self._folders.open(caller.path(folder, path))
        try:
            os.chmod(f"/proc/self/fd/{found}", caller.number(mode) & _MODES)  # noqa: PTH101
        finally:
            os.close(found)
        return 0

    def _utimensat(self, caller: Caller) -> int:
        found = self._folders.open(caller.path(0, 1))
        try:
            file = f"/proc/self/fd/{found}"
            times = _times(caller)
            if times is None:
                os.utime(file)
            else:
                os.utime(file, ns=times)
        finally:
            os.close(found)
        return 0


def _times(caller: Caller) -> tuple[int, int] | None:
    """Return the times that are asked for, or None for now; also where one is to stay or be now, which is near enough."""
    if not caller.pointer(2):
        return None
    seen_s, seen_ns, changed_s, changed_ns = _TIMES.unpack(caller.memory(caller.pointer(2), _TIMES.size))
    if not (0 <= seen_ns < _NANOSECONDS and 0 <= changed_ns < _NANOSECONDS):
        return None
    return seen_s * _NANOSECONDS + seen_ns, changed_s * _NANOSECONDS + changed_ns

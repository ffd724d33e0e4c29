"""The operating system's user that runs PostgreSQL, which refuses to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

UNPRIVILEGED_ID = 65534
"""`nobody` and `nogroup` on Linux. Numbers, because a container may have no such names."""


class ProcessUser(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that choose the user of a program."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerUser:
    """Who runs the server: this process's own user, or as root the unprivileged one."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether programs must change their user to become this one."""
        return self.uid != os.geteuid()

    @property
    def process_user(self) -> ProcessUser:
        """What to pass to `subprocess` so that a program runs as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    @property
    def has_name(self) -> bool:
        """Whether the system knows this user by a name."""
        try:
            pwd.getpwuid(self.uid)
        except KeyError:
            return False
        return True

    @property
    def passage_mode(self) -> int:
        """Mode of folders that this user must pass through, and nobody may look into."""
        return 0o711 if self.is_other else 0o700

    def can_reach(self, path: Path) -> bool:
        """Whether this user may enter every folder on the way to `path`, and read and enter or execute it."""
        if not self.is_other:
            return os.access(path, os.R_OK | os.X_OK)
        resolved = path.resolve()
        return all(self._allowed(folder, 0o1) for folder in resolved.parents) and self._allowed(resolved, 0o5)

    def _allowed(self, path: Path, wanted: int) -> bool:
        found = path.stat()
        mode = stat.S_IMODE(found.st_mode)
        if found.st_uid == self.uid:
            granted = mode >> 6
        elif found.st_gid == self.gid:
            granted = mode >> 3
        else:
            granted = mode
        return granted & wanted == wanted


def server_user() -> ServerUser:
    """Return the user that runs PostgreSQL when this process starts it."""
    if os.geteuid() == 0:
        return ServerUser(UNPRIVILEGED_ID, UNPRIVILEGED_ID)
    return ServerUser(os.geteuid(), os.getegid())

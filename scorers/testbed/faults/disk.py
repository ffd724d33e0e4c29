"""The fault of a disk that is full, on a file system with a limit of its own."""

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from scorers.errors import HarnessFault

LARGEST_BYTES = 4 * 1024**3
"""File systems that have more free are somebody's disk, not a quota."""


@dataclass(frozen=True)
class DiskFilled:
    """A file takes all room but `leave_bytes` on the file system of `folder`, such as a sandbox's /tmp.

    `folder` may lead through a process: `/proc/PID/root/tmp`. Refuses a file system with more than LARGEST_BYTES free,
    and the one that this machine's root folder or temporary files are on.
    """

    folder: Path
    leave_bytes: int = 0
    name: str = "disk_full"

    @contextmanager
    def injected(self) -> Generator[None]:
        """See Fault. Raises HarnessFault (kind `not_a_quota`) when it would fill a disk of the machine."""
        self._require_quota()
        ballast = self.folder / f".archeval-{secrets.token_hex(8)}"
        handle = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            _fill(handle, self.leave_bytes)
            yield
        finally:
            os.ftruncate(handle, 0)  # gives the room back even where the file cannot be removed
            os.close(handle)
            with suppress(FileNotFoundError):
                ballast.unlink()

    def _require_quota(self) -> None:
        shared = {
            Path(path).stat().st_dev for path in ("/", "/tmp", "/dev/shm", str(Path.home())) if Path(path).exists()
        }
        free_bytes = _free_bytes(self.folder)
        if self.folder.stat().st_dev in shared or free_bytes > LARGEST_BYTES:
            raise HarnessFault(
                f"{str(self.folder)!r} has {free_bytes >> 20} MiB free and no limit of its own; a fault may fill only a "
                "file system that was made for one grade",
                kind="not_a_quota",
            )


def _free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _fill(handle: int, leave_bytes: int) -> None:
    """Take room in ever smaller steps: what is free may change meanwhile, and metadata needs some of it."""
    taken = 0
    step = 64 * 1024**2
    while step >= 1:
        found = os.fstatvfs(handle)
        room = found.f_bavail * found.f_frsize - leave_bytes
        wanted = min(step, room)
        if wanted > 0 and _took(handle, taken, wanted):
            taken += wanted
        else:
            step //= 2


def _took(handle: int, offset: int, count: int) -> bool:
    try:
        os.posix_fallocate(handle, offset, count)
    except OSError:
        return False
    return True

"""What a service has stored, where no file system of its own holds it to a size."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from scorers.testbed.sandbox.limits import MIB

_MOST_FILES = 65_536
_DEEPEST = 32


class StoredTooMuch(Exception):
    """What there is cannot be, or need not be, measured to the end. The message says why, as of a service."""


def stored_bytes(folder: Path, limit_bytes: int) -> int:
    """Return what the files below `folder` take up. Raises StoredTooMuch.

    More files, or folders deeper in each other, than any service needs could hide something from whoever looks; so could
    a folder that its owner may not list.
    """
    total, files = 0, 0
    waiting = [(str(folder), 0)]
    while waiting:
        place, depth = waiting.pop()
        if depth > _DEEPEST:
            raise StoredTooMuch(f"kept folders more than {_DEEPEST} deep in each other")
        for entry in _entries(place):
            files += 1
            if files > _MOST_FILES:
                raise StoredTooMuch(f"kept more than {_MOST_FILES} files")
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                total += found.st_blocks * 512
                if stat.S_ISDIR(found.st_mode):
                    waiting.append((entry.path, depth + 1))
        if total > limit_bytes:
            raise too_much(limit_bytes)
    return total


def nameless_bytes(pids: Iterable[int]) -> int:
    """Return what these processes hold in open files that have no name any more, or never had one."""
    sizes: dict[tuple[int, int], int] = {}
    for pid in pids:
        with suppress(OSError):
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    found = handle.stat()
                    if found.st_nlink == 0 and stat.S_ISREG(found.st_mode):
                        sizes[found.st_dev, found.st_ino] = found.st_blocks * 512
    return sum(sizes.values())


def too_much(limit_bytes: int) -> StoredTooMuch:
    """For a service that has stored more than this."""
    return StoredTooMuch(f"stored more than {limit_bytes // MIB} MiB")


def _entries(place: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(place) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise StoredTooMuch(f"kept a folder that cannot be looked into: {error.strerror}") from error

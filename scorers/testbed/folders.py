"""Folders and file locks that other users of the machine cannot interfere with."""

import fcntl
import os
import shutil
import stat
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from scorers.errors import HarnessFault

CACHE_VARIABLE = "ARCHEVAL_CACHE_DIR"


def cache_folder() -> Path:
    """Return this user's cache folder, made if it is missing.

    `$ARCHEVAL_CACHE_DIR`, else `/var/cache/archeval` for root (whose home the database's user may not enter), else the
    user's cache folder. Raises HarnessFault when somebody else could write to it: what lies there is executed.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        folder = Path(chosen).absolute()
    elif os.geteuid() == 0:
        folder = Path("/var/cache/archeval")
    else:
        folder = Path(platformdirs.user_cache_dir("archeval"))
    return owned_folder(folder, 0o755, remedy=f"set {CACHE_VARIABLE} to a folder of your own")


def owned_folder(folder: Path, mode: int, *, remedy: str) -> Path:
    """Return `folder`, made with `mode` if missing.

    Raises HarnessFault (kind `folder_unsafe`) unless it is a real folder that belongs to this user and that nobody else
    may write to.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=mode)
            folder.chmod(mode)  # whatever the umask is
        found = folder.lstat()
    except OSError as error:
        raise HarnessFault(
            f"cannot make the folder {str(folder)!r}: {error}; {remedy}", kind="folder_unsafe"
        ) from error
    if not stat.S_ISDIR(found.st_mode):
        raise HarnessFault(f"{str(folder)!r} is not a folder (links are not followed); {remedy}", kind="folder_unsafe")
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise HarnessFault(
            f"{str(folder)!r} belongs to user {found.st_uid} with mode {stat.S_IMODE(found.st_mode):04o}, but it must "
            f"belong to user {os.geteuid()} and be writable by nobody else; remove it, chmod it to {mode:04o}, or {remedy}",
            kind="folder_unsafe",
        )
    return folder


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the file lock `path` against other processes and threads; waits for it. The file stays."""
    handle = open_lock_file(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        unlock(handle)


def try_lock(path: Path) -> int | None:
    """Take the file lock `path` and return the handle to pass to `unlock`, or None when somebody holds it."""
    handle = open_lock_file(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def unlock(handle: int) -> None:
    """Release a lock, also for processes that inherited it, and close it."""
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def open_lock_file(path: Path) -> int:
    """Open the lock file `path`, made if missing, never through a link, closed in programs this process starts."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def copy_tree(source: Path, target: Path) -> None:
    """Copy the folder `source` with owners and modes to `target`, which must not exist; as a reflink where possible."""
    copied = subprocess.run(
        ["cp", "--archive", "--reflink=auto", "--", str(source), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if copied.returncode != 0:
        raise HarnessFault(
            f"cannot copy {str(source)!r} to {str(target)!r}: {copied.stderr.strip()[-500:]}; make room there",
            kind="copy_failed",
        )


def open_up(folder: Path) -> None:
    """Let everybody read `folder`: what is installed under a strict umask could not be executed by another user."""
    for parent, _, files in os.walk(folder):
        Path(parent).chmod(0o755)
        for file in files:
            path = Path(parent, file)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def remove_tree(folder: Path) -> None:
    """Remove `folder` with all in it; a folder that is gone is fine. Raises HarnessFault when something stays."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise HarnessFault(
            f"cannot remove {str(folder)!r}: {error}; remove it by hand", kind="cleanup_failed"
        ) from error

"""Where a testbed's files live, and the folder that each testbed has there.

Under a root such as `/dev/shm/archeval-1000`, each testbed has a folder `<random>` with a file `lock`, which its owner
keeps locked for as long as the testbed lives: a folder whose lock is free is a leftover (see `scorers.testbed.sweep`).
"""

import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.folders import locked, owned_folder, remove_tree, try_lock, unlock
from scorers.testbed.server_user import ServerUser

MEMORY = Path("/dev/shm").resolve()

LEAST_MEMORY_BYTES = 2 * 1024**3
"""Memory-backed storage is used from this much free room and free memory on."""

RESERVE_BYTES = 256 * 1024**2
"""What a cluster needs before a submission stores anything, with room to spare."""

_LONGEST_SOCKET_BYTES = 107
_LOCK = "lock"


@dataclass(frozen=True)
class Storage:
    """A file system that testbeds can live on."""

    parent: Path
    memory_backed: bool

    def root(self, user: ServerUser) -> Path:
        """Return the folder of this user's testbeds, made if missing. Raises HarnessFault if it is not safe."""
        return owned_folder(self.path, user.passage_mode, remedy="set TMPDIR to a folder of your own")

    @property
    def path(self) -> Path:
        """The folder of this user's testbeds, which may not exist yet."""
        return self.parent / f"archeval-{os.geteuid()}"

    @property
    def free_bytes(self) -> int:
        """How much can be stored here; for memory-backed storage, at most what memory is available."""
        free = shutil.disk_usage(self.parent).free
        return min(free, _available_memory_bytes()) if self.memory_backed else free

    def usable(self, user: ServerUser) -> bool:
        """Whether the server's user can work below it, with a socket path that the system accepts."""
        socket_path = TestbedFolder(self.path / ("0" * 16)).sockets / ".s.PGSQL.5432"
        return (
            self.parent.is_dir()
            and os.access(self.parent, os.W_OK | os.X_OK)
            and len(os.fsencode(socket_path)) <= _LONGEST_SOCKET_BYTES
            and user.can_reach(self.parent)
        )


@dataclass(frozen=True)
class TestbedFolder:
    """The paths of one testbed's folder."""

    __test__ = False

    path: Path

    @property
    def lock(self) -> Path:
        """The file that the owner keeps locked."""
        return self.path / _LOCK

    @property
    def server(self) -> Path:
        """What belongs to the server's user; nobody else may enter it."""
        return self.path / "server"

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.server / "data"

    @property
    def sockets(self) -> Path:
        """Where the unix socket is."""
        return self.server / "s"

    @property
    def log(self) -> Path:
        """What the server printed."""
        return self.path / "server.log"


class HeldFolder:
    """A testbed's folder that this process holds the lock of."""

    def __init__(self, folder: TestbedFolder, handle: int) -> None:
        self.folder = folder
        self._handle: int | None = handle

    def remove(self) -> None:
        """Remove the folder, then release its lock. A second call does nothing."""
        if self._handle is None:
            return
        remove_tree(self.folder.server)
        # A sweep must not meet the folder without its lock file, so the last step has the root to itself.
        with locked(self.folder.path.parent / _LOCK):
            remove_tree(self.folder.path)
        unlock(self._handle)
        self._handle = None


def storages() -> list[Storage]:
    """Return the storages this machine may have, best first."""
    disks = dict.fromkeys([Path(tempfile.gettempdir()).resolve(), Path("/tmp").resolve(), Path("/var/tmp").resolve()])
    return [Storage(MEMORY, memory_backed=True), *(Storage(disk, memory_backed=False) for disk in disks)]


def choose_storage(user: ServerUser, needed_bytes: int) -> Storage:
    """Return the best storage with room for `needed_bytes` on top of a cluster's own need.

    Raises HarnessFault (kind `no_space`) when there is none, saying what each one lacks.
    """
    lacking: list[str] = []
    for storage in storages():
        least = needed_bytes + RESERVE_BYTES
        if storage.memory_backed:
            least = max(least, LEAST_MEMORY_BYTES)
        if not storage.usable(user):
            lacking.append(f"{str(storage.parent)!r} is not usable for user {user.uid}")
        elif storage.free_bytes < least:
            lacking.append(
                f"{str(storage.parent)!r} has {storage.free_bytes >> 20} MiB of the {least >> 20} MiB needed"
            )
        else:
            return storage
    raise HarnessFault(
        f"no room for a testbed: {'; '.join(lacking)}; free some, or set TMPDIR to a folder with room", kind="no_space"
    )


def make_folder(storage: Storage, user: ServerUser) -> HeldFolder:
    """Make a folder for a new testbed and hold its lock."""
    root = storage.root(user)
    folder = TestbedFolder(root / secrets.token_hex(8))
    with locked(root / _LOCK):  # so that no sweep sees the folder before its lock is held
        folder.path.mkdir(mode=user.passage_mode)
        folder.path.chmod(user.passage_mode)
        handle = try_lock(folder.lock)
    if handle is None:
        raise HarnessFault(f"somebody else holds the new {str(folder.lock)!r}; try again", kind="testbed_unavailable")
    for path in (folder.server, folder.sockets):
        path.mkdir(mode=0o700)
        if user.is_other:
            os.chown(path, user.uid, user.gid)
    return HeldFolder(folder, handle)


def take_leftovers(storage: Storage) -> list[HeldFolder]:
    """Return the folders whose owner is gone, each with its lock held now."""
    if not storage.path.is_dir() or storage.path.is_symlink() or storage.path.stat().st_uid != os.geteuid():
        return []
    taken: list[HeldFolder] = []
    with locked(storage.path / _LOCK):
        for path in sorted(storage.path.iterdir()):
            handle = try_lock(path / _LOCK) if path.is_dir() and not path.is_symlink() else None
            if handle is not None:
                taken.append(HeldFolder(TestbedFolder(path), handle))
    return taken


def _available_memory_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0

"""Control groups: limits on memory, processes and processors of a whole tree, kept by the kernel.

Version 1 where its controllers are mounted, else version 2 with controllers to hand on. A group is named after the pod's
folder, so that a later start knows whose it was.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scorers.errors import HarnessFault

MOUNT = Path("/sys/fs/cgroup")
_PREFIX = "archeval-"
_EMPTY_S = 10.0
_PROOF_BYTES = 64 * 1024**2
_NEEDED = ("memory", "pids")


@dataclass(frozen=True)
class Hierarchies:
    """Where groups can be made: one folder for each controller (version 1), or one for all (version 2)."""

    version: int
    parents: dict[str, Path]

    @property
    def name(self) -> str:
        """For results and messages."""
        return f"cgroup v{self.version}"


def find_hierarchies(mount: Path = MOUNT) -> Hierarchies | None:
    """Return where this user may make groups that limit memory and processes, or None."""
    return _version_1(mount) or _version_2(mount)


@cache
def usable_hierarchies() -> Hierarchies | None:
    """Return where this user may make groups and move processes into them, proved with one; once in a process.

    Making groups is not enough: a user may own a branch and not be let into it from where archeval runs.
    """
    hierarchies = find_hierarchies()
    if hierarchies is None:
        return None
    group = ControlGroup(hierarchies, f"proof-{secrets.token_hex(4)}")
    try:
        group.create(memory_bytes=_PROOF_BYTES, processes=4, cpus=None)
        with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as moved:
            try:
                group.add(moved.pid)
                return hierarchies if moved.pid in group.processes() else None
            finally:
                moved.kill()
    except (OSError, HarnessFault):
        return None
    finally:
        group.remove()


class ControlGroup:
    """The group of one pod."""

    def __init__(self, hierarchies: Hierarchies, name: str) -> None:
        self._version = hierarchies.version
        self._folders = {controller: parent / f"{_PREFIX}{name}" for controller, parent in hierarchies.parents.items()}

    @property
    def folders(self) -> list[Path]:
        """Its folders, each once."""
        return list(dict.fromkeys(self._folders.values()))

    def create(self, *, memory_bytes: int, processes: int, cpus: frozenset[int] | None) -> None:
        """Make it with these limits. Raises HarnessFault when the kernel refuses."""
        try:
            for folder in self.folders:
                folder.mkdir(mode=0o755)
            self._limit(memory_bytes, processes, cpus)
        except OSError as error:
            self.remove()
            raise HarnessFault(
                f"cannot make a control group: {error}; see `archeval doctor`", kind="no_limits"
            ) from error

    def add(self, pid: int) -> None:
        """Move a process into it; what it starts from now on is in it too."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    @property
    def memory_bytes(self) -> int:
        """What its processes have now, files in memory included; without what the kernel keeps of files on disk."""
        own = "rss" if self._version == 1 else "anon"
        return self._field("memory", "memory.stat", own) + self._field("memory", "memory.stat", "shmem")

    @property
    def killed_for_memory(self) -> int:
        """How many of its processes the kernel has killed because the limit was reached."""
        file = "memory.oom_control" if self._version == 1 else "memory.events"
        return self._field("memory", file, "oom_kill")

    @property
    def refused_processes(self) -> int:
        """How often a new process was refused because of the limit."""
        return self._field("pids", "pids.events", "max")

    def kill(self) -> None:
        """Kill every process in it and wait until there is none. Raises HarnessFault when some survive."""
        give_up = time.monotonic() + _EMPTY_S
        while pids := self.processes():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > give_up:
                raise HarnessFault(f"processes {pids} of a service survive SIGKILL", kind="cleanup_failed")
            time.sleep(0.005)

    def processes(self) -> list[int]:
        """Return the processes in it."""
        found: set[int] = set()
        for folder in self.folders:
            with suppress(OSError):
                found.update(map(int, (folder / "cgroup.procs").read_text().split()))
        return sorted(found)

    def remove(self) -> None:
        """Kill what is in it and remove it; one that is gone is fine."""
        self.kill()
        for folder in self.folders:
            _remove(folder)

    def _limit(self, memory_bytes: int, processes: int, cpus: frozenset[int] | None) -> None:
        if self._version == 1:
            self._set("memory", "memory.limit_in_bytes", memory_bytes)
            with suppress(OSError):  # only where swap is accounted for
                self._set("memory", "memory.memsw.limit_in_bytes", memory_bytes)
        else:
            self._set("memory", "memory.max", memory_bytes)
            self._set("memory", "memory.oom.group", 0)
            with suppress(OSError):
                self._set("memory", "memory.swap.max", 0)
        self._set("pids", "pids.max", processes)
        if "cpuset" in self._folders:
            nodes = self._folders["cpuset"].parent / "cpuset.mems"
            self._set("cpuset", "cpuset.mems", nodes.read_text().strip())
            all_cpus = (self._folders["cpuset"].parent / "cpuset.cpus").read_text().strip()
            self._set("cpuset", "cpuset.cpus", ",".join(map(str, sorted(cpus))) if cpus else all_cpus)

    def _set(self, controller: str, file: str, value: int | str) -> None:
        (self._folders[controller] / file).write_text(str(value))

    def _field(self, controller: str, file: str, name: str) -> int:
        try:
            lines = (self._folders[controller] / file).read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), 0)


def remove_leftover_groups(name: str, mount: Path = MOUNT) -> None:
    """Kill and remove the groups whose names begin with `name` and a dash."""
    hierarchies = find_hierarchies(mount)
    if hierarchies is None:
        return
    found = {path.name for parent in hierarchies.parents.values() for path in parent.glob(f"{_PREFIX}{name}-*")}
    for group in found:
        ControlGroup(hierarchies, group.removeprefix(_PREFIX)).remove()


def _version_1(mount: Path) -> Hierarchies | None:
    wanted: Sequence[str] = (*_NEEDED, "cpuset")
    parents = {name: mount / name for name in wanted if (mount / name / "cgroup.procs").exists()}
    if not all(name in parents for name in _NEEDED):
        return None
    return Hierarchies(1, parents) if all(os.access(path, os.W_OK) for path in parents.values()) else None


def _version_2(mount: Path) -> Hierarchies | None:
    """Where the kernel lets controllers be handed on: at the top as root, or where a service manager delegated some."""
    if not (mount / "cgroup.controllers").exists():
        return None
    own = Path("/proc/self/cgroup").read_text().partition("0::/")[2].splitlines()[:1]
    for parent in (mount, *([mount / own[0], (mount / own[0]).parent] if own else [])):
        if os.access(parent / "cgroup.subtree_control", os.W_OK) and _hands_on(parent):
            names = [*_NEEDED, *(["cpuset"] if "cpuset" in _handed_on(parent) else [])]
            return Hierarchies(2, dict.fromkeys(names, parent))
    return None


def _hands_on(parent: Path) -> bool:
    with suppress(OSError):  # a group that has processes of its own may hand nothing on
        for name in (*_NEEDED, "cpuset"):
            if name not in _handed_on(parent) and name in (parent / "cgroup.controllers").read_text().split():
                (parent / "cgroup.subtree_control").write_text(f"+{name}")
    return all(name in _handed_on(parent) for name in _NEEDED)


def _handed_on(parent: Path) -> list[str]:
    return (parent / "cgroup.subtree_control").read_text().split()


def _remove(folder: Path) -> None:
    give_up = time.monotonic() + _EMPTY_S
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:  # busy for a moment after its last process ended
            if time.monotonic() > give_up:
                raise HarnessFault(f"cannot remove {str(folder)!r}: {error}", kind="cleanup_failed") from error
            time.sleep(0.005)

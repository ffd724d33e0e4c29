"""The runtimes of services at their place in the cache, for programs that see the machine's own folders.

A sandbox with mounts shows them at fixed places, which their files name; here those files are written anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scorers.testbed.runtime import node, node_modules, python
from scorers.testbed.runtime.shown import Runtime
from scorers.testbed.sandbox.landlock.kernel import RUN

_ENVIRONMENT = "venv"


@dataclass(frozen=True)
class PlacedRuntime:
    """A runtime on the machine's own files."""

    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    paths: Mapping[str, int] = field(default_factory=dict[str, int])
    """Rights by path."""


def place_runtime(runtime: Runtime, folder: Path) -> PlacedRuntime:
    """Put into `folder`, which must be above the service's own, what leads to `runtime`. May be called again."""
    moved: dict[str, Path] = {}
    paths = {str(source): RUN for source in runtime.shown.values()}
    for place, source in runtime.shown.items():
        if place == str(python.PLACE):
            own = _environment(source, folder / _ENVIRONMENT)
            paths[str(own)] = RUN
            moved |= {f"{place}/venv/": own, f"{place}/python/": source / "python"}
        elif place == str(node.PLACE):
            moved[f"{place}/"] = source
        elif place == str(node_modules.PLACE) and not (link := folder / node_modules.PLACE.name).is_symlink():
            link.symlink_to(source)  # Node looks there from any folder below
    return PlacedRuntime({name: _moved(value, moved) for name, value in runtime.environment.items()}, paths)


def _environment(source: Path, folder: Path) -> Path:
    """Make a virtual environment of the runtime in `source`: links to its packages, scripts that name the right Python."""
    if folder.exists():
        return folder
    (folder / "bin").mkdir(parents=True)
    (folder / "lib").symlink_to(source / "venv" / "lib")
    configuration = (source / "venv" / "pyvenv.cfg").read_text()
    (folder / "pyvenv.cfg").write_text(configuration.replace(f"{python.PLACE}/python/", f"{source}/python/"))
    for program in (source / "venv" / "bin").iterdir():
        own = folder / "bin" / program.name
        if program.is_symlink():
            own.symlink_to(source / program.readlink().relative_to(python.PLACE))
        else:
            own.write_text(program.read_text().replace(f"{python.PLACE}/venv/", f"{folder}/", 1))
            own.chmod(0o755)
    return folder


def _moved(value: str, moved: Mapping[str, Path]) -> str:
    """Return a variable's value with every path in it moved."""
    parts = value.split(":")
    for number, part in enumerate(parts):
        for place, target in moved.items():
            if part.startswith(place):
                parts[number] = str(target / part.removeprefix(place))
                break
    return ":".join(parts)

"""Node.js for services, where the machine has it."""

import hashlib
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scorers.testbed.folders import cache_folder, locked, open_up, remove_tree
from scorers.testbed.runtime.libraries import foreign_libraries
from scorers.testbed.runtime.system import system_view

PLACE = Path("/node")
"""Where a sandbox shows it."""


@dataclass(frozen=True)
class NodeRuntime:
    """A Node.js in the cache, or the system's own, which a sandbox shows anyway."""

    version: str
    folder: Path | None
    """The copy, with `bin` and `lib`; None when the system's own is shown."""

    @property
    def shown(self) -> dict[str, Path]:
        """What a sandbox must show for it."""
        return {} if self.folder is None else {str(PLACE): self.folder}

    @property
    def environment(self) -> dict[str, str]:
        """What a process in the sandbox needs to find it."""
        if self.folder is None:
            return {"PATH": "/usr/bin:/bin", "NODE_ENV": "production"}
        return {
            "PATH": f"{PLACE}/bin:/usr/bin:/bin",
            "LD_LIBRARY_PATH": f"{PLACE}/lib",
            "NODE_ENV": "production",
        }


@cache
def node_runtime() -> NodeRuntime | None:
    """Return the `node` on PATH, copied to the cache where a sandbox would not show it, or None when there is none."""
    found = shutil.which("node")
    if found is None:
        return None
    program = Path(found).resolve()
    try:
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = version.strip().removeprefix("v")
    if program == Path("/usr/bin/node"):
        return NodeRuntime(version, None)
    return NodeRuntime(version, _copied(program, version))


def _copied(program: Path, version: str) -> Path:
    with program.open("rb") as stream:
        name = f"node-{version}-{hashlib.file_digest(stream, 'sha256').hexdigest()[:12]}"
    folder = cache_folder() / name
    with locked(folder.with_name(f"{name}.lock")):
        if not folder.exists():
            _publish(program, folder)
    return folder


def _publish(program: Path, target: Path) -> None:
    fresh = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    try:
        for name in ("bin", "lib"):
            (fresh / name).mkdir(parents=True)
        shutil.copy2(program, fresh / "bin" / "node")
        for library in foreign_libraries([program], system_view().folders):
            shutil.copy2(library.resolve(), fresh / "lib" / library.name)
        open_up(fresh)
        fresh.rename(target)
    finally:
        remove_tree(fresh)

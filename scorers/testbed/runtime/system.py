"""What of the machine's own programs and libraries a sandbox shows, read-only."""

from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/")


@dataclass(frozen=True)
class SystemView:
    """Folders shown as they are, and links that lead to them (`/lib64` to `usr/lib64` and the like)."""

    folders: tuple[Path, ...]
    links: tuple[tuple[str, Path], ...]


def system_view() -> SystemView:
    """Return what of this machine is shown: the shell's programs, and the C library with its like.

    Neither `/usr/lib` as a whole, where a system's Python has its packages, nor `/usr/local`, `/opt` and `/home`.
    """
    libraries = sorted(path for path in Path("/usr/lib").glob("*-linux-gnu*") if path.is_dir())
    wanted = [
        Path("/usr/bin"),
        *libraries,
        Path("/usr/lib64"),
        Path("/usr/lib/locale"),
        Path("/usr/share/zoneinfo"),
        Path("/usr/share/nodejs"),  # Debian keeps part of Node's own library there
        Path("/etc/alternatives"),
    ]
    folders = [path for path in wanted if path.is_dir() and not path.is_symlink()]
    links: list[tuple[str, Path]] = []
    for name in ("bin", "lib", "lib64"):
        path = _ROOT / name
        if path.is_symlink():
            links.append((str(path.readlink()), path))
        elif path.is_dir():
            folders.append(path)
    return SystemView(tuple(folders), tuple(links))

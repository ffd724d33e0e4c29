"""Migration files in golang-migrate's naming: `migrations/NNNN_name.up.sql` and `.down.sql`."""

import re
from dataclasses import dataclass

_FILE = re.compile(r"^(?P<version>\d+)_(?P<name>[A-Za-z0-9_.-]+?)\.(?P<direction>up|down)\.sql$")
FOLDER = "migrations/"


@dataclass(frozen=True)
class Migration:
    """One step: SQL to go up and SQL to come back down."""

    version: int
    name: str
    up: str
    down: str

    @property
    def label(self) -> str:
        """`0001_init`, as in the file names."""
        return f"{self.version:04d}_{self.name}"


def parse_migrations(files: dict[str, str]) -> tuple[list[Migration], list[str]]:
    """Pair up the files below `migrations/`.

    Returns the steps in order, and what is wrong (a half missing, a version twice, a stray file), a sentence each.
    """
    problems: list[str] = []
    halves: dict[int, dict[str, tuple[str, str]]] = {}
    for path, text in files.items():
        if not path.startswith(FOLDER):
            continue
        match = _FILE.match(path.removeprefix(FOLDER))
        if match is None:
            if path.endswith(".sql"):
                problems.append(f"{path!r} is not named like 'migrations/0001_name.up.sql' or '….down.sql'")
            continue
        version, direction = int(match["version"]), match["direction"]
        known = halves.setdefault(version, {})
        if direction in known:
            problems.append(f"version {version} has more than one {direction} file")
        known[direction] = (match["name"], text)
    migrations: list[Migration] = []
    for version, found in sorted(halves.items()):
        problems.extend(_problems_of_pair(version, found))
        if set(found) == {"up", "down"}:
            migrations.append(Migration(version, found["up"][0], found["up"][1], found["down"][1]))
    if not halves:
        problems.append("there is no migration under 'migrations/'")
    return migrations, problems


def _problems_of_pair(version: int, found: dict[str, tuple[str, str]]) -> list[str]:
    missing = [direction for direction in ("up", "down") if direction not in found]
    if missing:
        return [f"version {version} has no {missing[0]} file"]
    if found["up"][0] != found["down"][0]:
        return [f"version {version} is named {found['up'][0]!r} upwards and {found['down'][0]!r} downwards"]
    return [
        f"the {direction} file of version {version} is empty"
        for direction, (_, text) in found.items()
        if not text.strip()
    ]

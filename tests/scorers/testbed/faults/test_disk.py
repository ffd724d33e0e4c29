"""A full disk, on file systems of the tests' own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scorers.errors import HarnessFault
from scorers.testbed.faults.disk import DiskFilled

ROOT = Path(__file__).parents[4]

INSIDE = """
import errno, os, sys
from pathlib import Path
from scorers.testbed.faults.disk import DiskFilled
folder, leave = Path(sys.argv[1]), int(sys.argv[2])
def write(count):
    try:
        (folder / "new").write_bytes(b"x" * count)
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        (folder / "new").unlink(missing_ok=True)
    return "written"
said = [write(200_000)]
try:
    with DiskFilled(folder, leave_bytes=leave).injected():
        said += [write(200_000), write(20_000)]
        raise KeyError
except KeyError:
    said.append(write(200_000))
print(*said, len(list(folder.iterdir())))
"""


def on_small_disk(tmp_path: Path, leave_bytes: int) -> str:
    """Run INSIDE in a mount namespace of its own that has a file system of one megabyte at `tmp_path`."""
    mount = f'mount -t tmpfs -o size=1m none "{tmp_path}" && exec "$@"'
    own = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    program = [sys.executable, "-c", INSIDE, str(tmp_path), str(leave_bytes)]
    done = subprocess.run(
        [*own, "sh", "-c", mount, "sh", *program], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_full_disk_takes_nothing_until_the_fault_ends(tmp_path: Path) -> None:
    assert on_small_disk(tmp_path, 0) == "written ENOSPC ENOSPC written 0"


def test_some_room_can_be_left(tmp_path: Path) -> None:
    assert on_small_disk(tmp_path, 100_000) == "written ENOSPC written written 0"


@pytest.mark.parametrize("folder", ["/", "/tmp", "/dev/shm"])
def test_no_disk_of_the_machine_is_filled(folder: str) -> None:
    before = set(Path(folder).iterdir())
    with pytest.raises(HarnessFault, match="no limit of its own") as refused, DiskFilled(Path(folder)).injected():
        pass
    assert refused.value.kind == "not_a_quota"
    assert not [path for path in set(Path(folder).iterdir()) - before if path.name.startswith(".archeval-")]

"""Pods without root and without control groups, in a process of an ordinary user."""

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scorers.testbed.pod.protocol import Tier
from scorers.testbed.runtime.python import python_runtime
from scorers.testbed.sandbox.tier import VARIABLE
from scorers.testbed.server_user import ServerUser
from scorers.testbed.storage import MEMORY

PROGRAM = Path(__file__).with_name("as_user.py")
USER = 65532

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of that user's, which the temporary folders of pytest would not let it enter."""
    folder = Path(tempfile.mkdtemp(prefix="archeval-user-"))
    os.chown(folder, USER, USER)
    yield folder
    shutil.rmtree(folder)
    shutil.rmtree(MEMORY / f"archeval-{USER}", ignore_errors=True)


def test_an_ordinary_user_gets_the_same_pod(tier: Tier, home: Path) -> None:
    for needed in (PROGRAM.parent, Path(sysconfig.get_path("purelib"))):
        if not ServerUser(USER, USER).can_reach(needed):
            pytest.skip(f"user {USER} cannot reach {str(needed)!r}")
    runtime = python_runtime().folder  # a Python that everybody may execute
    ran = subprocess.run(
        [next(runtime.glob("python/bin/python3.*")), "-B", PROGRAM],
        env={
            "PYTHONPATH": sysconfig.get_path("purelib"),
            "LD_LIBRARY_PATH": str(runtime / "python" / "lib"),
            "ARCHEVAL_CACHE_DIR": str(home / "cache"),
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            VARIABLE: tier,
        },
        cwd=home,
        user=USER,
        group=USER,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    assert seen["uid"] == USER
    assert seen["sandbox"] == tier
    assert seen["limits"] == "process limit and watcher"
    assert seen["answer"] == {"bubblewrap": "1000", "landlock": str(USER)}[tier]
    assert seen["own"] == "0o700True"
    assert set(seen["refused"]) == {"bubblewrap": {"absent"}, "landlock": {"refused"}}[tier], seen["refused"]
    assert seen["memory_bytes"] > 5_000_000
    assert seen["run"] == "0 "
    assert seen["broker"] == "INFO "
    assert "ran more than 32 processes" in seen["bomb"]
    assert "used more than 192 MiB" in seen["hog"]
    assert seen["left"] == []

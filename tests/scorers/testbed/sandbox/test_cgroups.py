"""Control groups: the real ones where this machine lets us make some, and the files of version 2 in a folder."""

import os
import secrets
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scorers.testbed.sandbox.cgroups import ControlGroup, find_hierarchies, remove_leftover_groups, usable_hierarchies
from scorers.testbed.sandbox.limits import MIB

REAL = usable_hierarchies()

needs_groups = pytest.mark.skipif(REAL is None, reason="this machine lets nobody make control groups here")


@contextmanager
def group(name: str) -> Generator[ControlGroup]:
    assert REAL is not None
    made = ControlGroup(REAL, name)
    made.create(memory_bytes=64 * MIB, processes=8, cpus=frozenset({min(os.sched_getaffinity(0))}))
    try:
        yield made
    finally:
        made.remove()


@contextmanager
def program(made: ControlGroup, text: str) -> Generator["subprocess.Popen[str]"]:
    """Start a shell that runs `text` once it is in the group."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", f"read go; {text}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    made.add(process.pid)
    process.stdin.write("go\n")
    process.stdin.flush()
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


@needs_groups
def test_what_is_in_a_group_is_killed_and_the_group_removed() -> None:
    name = f"test-{secrets.token_hex(4)}"
    with group(name) as made, program(made, "sleep 600 & sleep 600") as process:
        assert process.pid in made.processes()
        made.remove()
        assert process.wait(10) == -9
        assert not any(folder.exists() for folder in made.folders)


@needs_groups
def test_the_kernel_refuses_processes_beyond_the_limit() -> None:
    with (
        group(f"test-{secrets.token_hex(4)}") as made,
        program(made, "for i in 1 2 3 4 5 6 7 8 9; do sleep 600 & done; wait"),
    ):
        process_limit_hit(made)
        assert made.killed_for_memory == 0


@needs_groups
def test_the_kernel_kills_beyond_the_memory_limit() -> None:
    with group(f"test-{secrets.token_hex(4)}") as made:
        with program(made, "exec tail /dev/zero") as process:
            assert process.wait(30) == -9
        assert made.killed_for_memory >= 1
        assert made.refused_processes == 0


@needs_groups
def test_leftover_groups_are_removed_by_name_and_no_others() -> None:
    name, other = (secrets.token_hex(4) for _ in range(2))
    with group(f"{name}-0") as left, group(f"{other}-0") as kept, program(left, "sleep 600") as process:
        remove_leftover_groups(name)
        assert process.wait(10) == -9
        assert not any(folder.exists() for folder in left.folders)
        assert all(folder.exists() for folder in kept.folders)


def test_version_2_where_controllers_are_handed_on(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    (tmp_path / "cgroup.subtree_control").write_text("memory pids")
    found = find_hierarchies(tmp_path)
    assert found is not None
    assert found.name == "cgroup v2"
    made = ControlGroup(found, "x")
    assert made.folders == [tmp_path / "archeval-x"]
    made.create(memory_bytes=64 * MIB, processes=8, cpus=None)
    assert (tmp_path / "archeval-x" / "memory.max").read_text() == str(64 * MIB)
    assert (tmp_path / "archeval-x" / "pids.max").read_text() == "8"
    (tmp_path / "archeval-x" / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
    (tmp_path / "archeval-x" / "memory.stat").write_text("anon 100\nfile 1000\nshmem 20\n")
    (tmp_path / "archeval-x" / "pids.events").write_text("max 3\n")
    assert (made.killed_for_memory, made.memory_bytes, made.refused_processes) == (1, 120, 3)


def test_version_2_that_hands_nothing_on_is_no_use(tmp_path: Path) -> None:
    assert find_hierarchies(tmp_path) is None
    (tmp_path / "cgroup.controllers").write_text("cpu")
    (tmp_path / "cgroup.subtree_control").write_text("")
    assert find_hierarchies(tmp_path) is None


def process_limit_hit(made: ControlGroup) -> None:
    for _ in range(200):
        if made.refused_processes:
            return
        subprocess.run(["/bin/sleep", "0.02"], check=True)
    pytest.fail("no process was refused")

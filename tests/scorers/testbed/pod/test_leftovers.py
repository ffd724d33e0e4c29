"""What a pod leaves when the archeval that opened it is killed."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scorers.testbed.sandbox.account import service_user
from scorers.testbed.sweep import sweep
from tests.scorers.testbed.service.remains import Remains

pytestmark = pytest.mark.usefixtures("tier")

HOLDER = Path(__file__).with_name("holder.py")


@contextmanager
def held() -> Generator[tuple["subprocess.Popen[str]", Remains]]:
    """Another archeval that has a service running."""
    remains = Remains()
    process = subprocess.Popen(
        [sys.executable, str(HOLDER), remains.mark], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], 120)[0], "the holder did not open a pod in time"
        remains.folder = Path(json.loads(process.stdout.readline())["folder"])
        yield process, remains
    finally:
        process.communicate(timeout=60)


def wait_until_gone(remains: Remains) -> None:
    give_up, pause = time.monotonic() + 20, threading.Event()
    while remains.processes():
        assert time.monotonic() < give_up, remains.left
        pause.wait(0.02)


def test_a_killed_archeval_takes_its_processes_with_it_and_the_rest_is_swept() -> None:
    with held() as (holder, remains):
        assert len(remains.processes()) >= 2, "the control: the service runs"
        holder.kill()
        holder.wait(30)
        sweep(service_user())
        assert [found for found in remains.left if not found.startswith("process")] == []
        wait_until_gone(remains)


def test_processes_end_without_any_sweep() -> None:
    with held() as (holder, remains):
        holder.kill()
        holder.wait(30)
        wait_until_gone(remains)
        sweep(service_user())
        assert remains.left == []


def test_a_living_pod_is_not_swept() -> None:
    with held() as (_, remains):
        before = remains.left
        sweep(service_user())
        assert remains.left == before
    assert remains.left == []


def test_a_keeper_that_was_stopped_is_ended_by_the_sweep() -> None:
    """A stopped keeper does not notice that its archeval is gone."""
    with held() as (holder, remains):
        assert remains.folder is not None
        keepers = [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdecimal() and _works_in(entry) == remains.folder / "server"
        ]
        assert keepers
        os.kill(min(keepers), signal.SIGSTOP)
        holder.kill()
        holder.wait(30)
        assert remains.processes(), "the control: the service lives on"
        sweep(service_user())
        assert [found for found in remains.left if not found.startswith("process")] == []
        wait_until_gone(remains)


def _works_in(process: Path) -> Path | None:
    try:
        return (process / "cwd").readlink()
    except OSError:
        return None

"""What is left when archeval ends in other ways than by closing its testbeds."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from scorers.testbed.embedded import EmbeddedProvider, EmbeddedTestbed
from scorers.testbed.postmaster import read_status
from scorers.testbed.processes import kill_processes_in, processes_in, remove_segment
from scorers.testbed.server_user import server_user
from scorers.testbed.shutdown import OPEN_TESTBEDS, orderly_exit
from scorers.testbed.sweep import sweep
from tests.scorers.testbed.traces import Holder, kill_and_wait, segments, traces_of


def test_sigterm_is_an_orderly_end() -> None:
    holder = Holder()
    holder.process.send_signal(signal.SIGTERM)
    assert holder.process.wait(30) == 128 + signal.SIGTERM
    assert holder.traces.left == []


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)]
)
def test_a_signal_reaches_a_grade_in_another_thread(number: signal.Signals, status: int) -> None:
    """Its statement would run for ten minutes: the testbed is closed under it."""
    holder = Holder("thread")
    holder.process.send_signal(number)
    assert holder.process.wait(30) == status
    assert holder.traces.left == []


def test_an_ignored_hangup_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with orderly_exit():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_ctrl_c_is_an_orderly_end() -> None:
    holder = Holder()
    holder.process.send_signal(signal.SIGINT)
    assert holder.process.wait(30) != 0
    assert holder.traces.left == []


def test_what_a_killed_archeval_leaves_is_swept_by_the_next_start() -> None:
    holder = Holder()
    holder.process.kill()
    holder.process.wait(30)
    assert f"process {holder.traces.postmaster_pid}" in holder.traces.left, "the control: the server lives on"
    with EmbeddedProvider().open(cluster_bytes=1024**3):
        assert holder.traces.left == []


def test_a_server_killed_after_its_archeval_leaves_a_segment_that_is_swept_too() -> None:
    holder = Holder()
    holder.process.kill()
    holder.process.wait(30)
    kill_and_wait(holder.traces.postmaster_pid)
    sweep(server_user())
    assert holder.traces.left == []


def test_a_living_archeval_is_not_swept() -> None:
    holder = Holder()
    sweep(server_user())
    assert f"process {holder.traces.postmaster_pid}" in holder.traces.left
    assert holder.finish() == 0
    assert holder.traces.left == []


def test_a_testbed_of_this_process_is_not_swept(testbed: EmbeddedTestbed) -> None:
    sweep(server_user())
    testbed.postgres.assert_alive()


def test_two_archevals_open_and_sweep_at_once() -> None:
    holders = [Holder() for _ in range(2)]
    killed = Holder()
    killed.process.kill()
    killed.process.wait(30)
    late = [Holder() for _ in range(2)]
    assert killed.traces.left == []
    assert [holder.finish() for holder in [*holders, *late]] == [0, 0, 0, 0]
    assert [holder.traces.left for holder in [*holders, *late]] == [[], [], [], []]


def test_only_processes_of_the_folder_are_killed(testbed: EmbeddedTestbed, tmp_path: Path) -> None:
    """A process id in a stale `postmaster.pid` may be anybody's by now: only where a process works counts."""
    traces = traces_of(testbed)
    data = Path(traces.folder) / "server" / "data"
    assert traces.postmaster_pid in processes_in(data)
    assert os.getpid() not in processes_in(Path.cwd()), "only programs named postgres count"
    kill_processes_in(tmp_path)
    testbed.postgres.assert_alive()


def test_a_segment_in_use_is_not_removed(testbed: EmbeddedTestbed) -> None:
    traces = traces_of(testbed)
    status = read_status(Path(traces.folder) / "server" / "data")
    assert status is not None
    assert status.segment is not None
    assert status.segment.id == traces.segment_id
    remove_segment(status.segment, server_user().uid)
    assert traces.segment_id in segments()


def test_what_is_killed_has_let_go_of_its_shared_memory() -> None:
    """A dying process loses its program before its memory; whoever looks only for programs sweeps too early."""
    with EmbeddedProvider().open(cluster_bytes=1024**3) as testbed:
        traces = traces_of(testbed)
        database = testbed.postgres.create_database()
        sessions = [testbed.postgres.connect(database, "app_user") for _ in range(8)]
        status = read_status(Path(traces.folder) / "server" / "data")
        assert status is not None
        assert status.segment is not None
        kill_processes_in(Path(traces.folder))
        remove_segment(status.segment, server_user().uid)
        assert traces.segment_id not in segments()
        for session in sessions:
            session.close()


def test_a_segment_of_another_server_with_the_same_id_is_not_removed() -> None:
    with EmbeddedProvider().open(cluster_bytes=1024**3) as testbed:
        traces = traces_of(testbed)
        status = read_status(Path(traces.folder) / "server" / "data")
        assert status is not None
        assert status.segment is not None
        kill_processes_in(Path(traces.folder))
        remove_segment(replace(status.segment, key=status.segment.key + 1), server_user().uid)
        assert traces.segment_id in segments()
    assert traces.left == []


def test_a_fork_does_not_close_its_parents_testbeds() -> None:
    """A forked worker runs the exit handlers too when it ends."""
    with EmbeddedProvider().open(cluster_bytes=1024**3) as testbed:
        child = os.fork()
        if child == 0:
            try:
                OPEN_TESTBEDS.close_all()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        testbed.postgres.assert_alive()

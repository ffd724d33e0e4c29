"""Deadlines of the grader end what a session does, and nothing else."""

import gc
import os
import signal
import threading
import time
from contextlib import closing, suppress

import psycopg
import pytest

from scorers.testbed.deadline import Watchdog
from scorers.testbed.embedded import EmbeddedTestbed
from scorers.testbed.protocol import DeadlineExceeded, Row
from scorers.testbed.server import Server
from tests.scorers.testbed.conftest import Connect

SWALLOW = """
    DO $$ BEGIN LOOP
        BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END;
    END LOOP; END $$
"""


def watched_blocks() -> list[object]:
    """Every block under a deadline that anything in this process remembers."""
    return [found for found in gc.get_objects() if type(found).__name__ == "_Watched"]


def test_a_sleep_that_lifted_its_timeout_is_ended_and_the_session_survives(postgres: Server, connect: Connect) -> None:
    session = connect("app_user")
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded) as caught, postgres.deadline(session, 0.2):
        session.execute("SET statement_timeout = 0; SELECT pg_sleep(60)")
    assert time.monotonic() - began < 5
    assert caught.value.seconds == 0.2
    assert session.execute("SELECT 1").fetchall() == [(1,)]


def test_a_block_in_time_is_not_disturbed_then_or_later(postgres: Server, connect: Connect) -> None:
    session = connect("app_user")
    with postgres.deadline(session, 0.1):
        session.execute("SELECT 1")
    assert session.execute("SELECT pg_sleep(0.4) IS NOT NULL").fetchall() == [(True,)]


def test_a_statement_after_the_deadline_is_never_hit(postgres: Server, connect: Connect) -> None:
    """Deadline and end of the statement fall together, so that cancels arrive as late as they can."""
    session = connect("app_user")
    outcomes: set[str] = set()
    for round_number in range(120):
        deadline_s = 0.006 + (round_number % 12) * 0.0005
        try:
            with postgres.deadline(session, deadline_s):
                session.execute("SELECT pg_sleep(0.008)")
            outcomes.add("in time")
        except DeadlineExceeded:
            outcomes.add("exceeded")
        assert session.execute("SELECT pg_sleep(0.002) IS NOT NULL").fetchall() == [(True,)]
    assert outcomes == {"in time", "exceeded"}


def test_a_statement_that_swallows_cancels_loses_its_session(postgres: Server, connect: Connect) -> None:
    session = connect("app_user")
    session.execute("SET statement_timeout = 0")
    with pytest.raises(DeadlineExceeded), postgres.deadline(session, 0.2):
        session.execute(SWALLOW)
    assert session.closed
    postgres.assert_alive()


def test_errors_in_time_pass_through(postgres: Server, connect: Connect) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), postgres.deadline(connect("app_user"), 5):
        connect("app_user").execute("SELECT 1/0")


def test_the_submissions_own_timeout_is_not_taken_for_the_deadline(postgres: Server, connect: Connect) -> None:
    session = connect("app_user")
    with pytest.raises(psycopg.errors.QueryCanceled), postgres.deadline(session, 30):
        session.execute("SET statement_timeout = 50; SELECT pg_sleep(60)")


def test_an_expired_deadline_counts_even_if_the_statement_ended_well(postgres: Server, connect: Connect) -> None:
    """A statement that catches the cancel and goes on is late all the same."""
    session = connect("app_user")
    with pytest.raises(DeadlineExceeded), postgres.deadline(session, 0.2):
        session.execute("DO $$ BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END $$")
    assert session.execute("SELECT 1").fetchall() == [(1,)]


def test_blocks_long_done_are_forgotten(connect: Connect) -> None:
    watchdog = Watchdog(lambda _pid: None)
    session = connect("app_user")
    others = watched_blocks()
    for _ in range(500):
        with watchdog.deadline(session, 600):
            pass
    with pytest.raises(DeadlineExceeded), watchdog.deadline(session, 0.1):
        session.execute("SELECT pg_sleep(60)")
    held = [found for found in watched_blocks() if not any(found is other for other in others)]
    watchdog.close()
    assert 0 < len(held) < 100


def test_many_sessions_have_deadlines_at_once(postgres: Server, database: str) -> None:
    ended: list[float] = []

    def stall(seconds: float) -> None:
        with closing(postgres.connect(database, "app_user")) as session, suppress(DeadlineExceeded):
            began = time.monotonic()
            try:
                with postgres.deadline(session, seconds):
                    session.execute("SELECT pg_sleep(60)")
            finally:
                ended.append(time.monotonic() - began - seconds)

    threads = [threading.Thread(target=stall, args=(0.9 - 0.1 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(ended) == 8
    assert all(-0.01 < late_s < 3 for late_s in ended)


def test_a_backend_that_hears_nothing_does_not_hold_the_grader(fresh: EmbeddedTestbed) -> None:
    """The last resort: the client's side of the socket is shut. Closing the testbed then ends the backend."""
    session: psycopg.Connection[Row] = fresh.postgres.connect(fresh.postgres.create_database(), "app_user")
    os.kill(session.info.backend_pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded), fresh.postgres.deadline(session, 0.2):
        session.execute("SELECT 1")
    assert time.monotonic() - began < 10
    assert session.closed

"""A service that is late is not yet a service that is wrong."""

import socket
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from scorers.errors import HarnessFault
from scorers.families import GradeJob
from scorers.performance.sides import RunningSide, Who
from scorers.performance.traffic import NO_ANSWER, Request
from scorers.testbed.slot import Slot

ASKED = Request("list", "GET", "/orders")
NOTHING = cast("Any", None)


@pytest.fixture
def mute_port() -> Generator[int]:
    """A port where connections open and nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def side(who: Who, port: int, folder: Path, *, left_s: float = 60.0) -> RunningSide:
    """A side whose service is whatever listens on `port`."""
    job = GradeJob(NOTHING, NOTHING, NOTHING, 0, time.monotonic() + left_s, Slot(folder))
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=0.2)
    return RunningSide(who, "nowhere", NOTHING, NOTHING, client, NOTHING, {}, job)


def fault_of(asked: RunningSide) -> HarnessFault:
    with pytest.raises(HarnessFault) as raised:
        asked.call(ASKED)
    return raised.value


def test_a_late_candidate_is_tried_again_before_it_counts(mute_port: int, tmp_path: Path) -> None:
    fault = fault_of(side("candidate", mute_port, tmp_path))
    assert (fault.kind, fault.attributable) == ("deadline", True)


def test_a_late_baseline_is_the_harness_own_fault(mute_port: int, tmp_path: Path) -> None:
    fault = fault_of(side("baseline", mute_port, tmp_path))
    assert (fault.kind, fault.attributable) == ("given_service", False)


def test_a_refused_connection_is_an_answer_of_the_candidate(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        closed: int = listening.getsockname()[1]
    assert side("candidate", closed, tmp_path).call(ASKED).status == NO_ANSWER


def test_when_the_time_is_up_nothing_more_is_asked(mute_port: int, tmp_path: Path) -> None:
    fault = fault_of(side("candidate", mute_port, tmp_path, left_s=-1))
    assert (fault.kind, fault.attributable) == ("grade_timeout", True)


def test_waiting_to_measure_is_not_part_of_the_grades_time(tmp_path: Path) -> None:
    asked = side("candidate", 1, tmp_path, left_s=0)
    other = Slot(tmp_path)
    with asked.job.slot.working():
        with asked.job.slot.alone():
            pass
        assert asked.job.slot.waited_s > 0
        assert asked.job.left_s > asked.job.deadline_at_s - time.monotonic()
    with other.working():
        assert other.waited_s == 0

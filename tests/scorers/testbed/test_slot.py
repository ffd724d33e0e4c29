"""The measurement slot: many work, one measures."""

import threading
from pathlib import Path

import pytest

from scorers.testbed.slot import Slot

WAIT_S = 20.0


def test_grades_work_beside_each_other(tmp_path: Path) -> None:
    with Slot(tmp_path).working(), Slot(tmp_path).working():
        pass


def test_who_measures_is_alone_and_comes_before_those_who_come_later(tmp_path: Path) -> None:
    order: list[str] = []
    measuring, waiting = threading.Event(), threading.Event()
    first = Slot(tmp_path)

    def measure() -> None:
        slot = Slot(tmp_path)
        with slot.working():
            waiting.set()
            with slot.alone():
                order.append("measures")
                measuring.set()

    with first.working():
        thread = threading.Thread(target=measure)
        thread.start()
        assert waiting.wait(WAIT_S)
        assert not measuring.wait(0.2)
        order.append("worked")
    thread.join(WAIT_S)
    assert order == ["worked", "measures"]


def test_two_who_wait_to_measure_do_not_wait_for_each_other(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=WAIT_S)
    inside: list[int] = []
    most: list[int] = []

    def measure() -> None:
        slot = Slot(tmp_path)
        with slot.working():
            both.wait()
            with slot.alone():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=measure, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert most == [1, 1]


def test_measuring_is_part_of_working(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Slot(tmp_path).alone():
        pass

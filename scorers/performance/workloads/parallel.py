"""Requests at the same time, a thread each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side


def together(side: Side, requests: Sequence[Request]) -> list[Answer]:
    """Send all requests at the same time; their answers in the same order."""
    return in_parallel([partial(side.call, request) for request in requests])


def in_parallel(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Run all calls at the same time."""
    barrier = Barrier(len(calls))

    def wait_and_run(call: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(wait_and_run, calls))

"""Waiting for an answer that may be a little old."""

import time
from collections.abc import Callable

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side

_POLL_S = 0.1


def patiently(side: Side, request: Request, holds: Callable[[Answer], bool], patience_s: float) -> tuple[Answer, float]:
    """Send `request` until `holds`, for at most `patience_s` seconds; return the last answer and how long it took.

    Asked at least once, and once more at the very end of the time.
    """
    began_s = time.monotonic()
    while True:
        asked_s = time.monotonic() - began_s
        answer = side.call(request)
        if holds(answer) or asked_s >= patience_s:
            return answer, asked_s
        time.sleep(max(0.0, min(_POLL_S, patience_s - (time.monotonic() - began_s))))

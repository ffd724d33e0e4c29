"""Waiting until a service says that it is ready."""

import threading
import time
from collections.abc import Callable

import httpx

from scorers.testbed.pod.http import TOTAL

_POLL_S = 0.02
_LONGEST_POLL_S = 0.25
_ANSWER_S = 5.0
_SHOWN = 200


def wait_for_ready(client: httpx.Client, path: str, timeout_s: float, ended: Callable[[], None]) -> str | None:
    """Ask for `path` until it answers 200; return None then, or what it did last when the time is up.

    `ended` is called before each attempt and may raise.
    """
    give_up = time.monotonic() + timeout_s
    pause_s, pause = _POLL_S, threading.Event()
    while True:
        ended()
        seen = _attempt(client, path, max(0.1, min(_ANSWER_S, give_up - time.monotonic())))
        if seen is None:
            return None
        if time.monotonic() >= give_up:
            return seen
        pause.wait(min(pause_s, max(0.0, give_up - time.monotonic())))
        pause_s = min(pause_s * 1.3, _LONGEST_POLL_S)


def _attempt(client: httpx.Client, path: str, timeout_s: float) -> str | None:
    try:
        answer = client.get(path, extensions={TOTAL: timeout_s})
    except httpx.ConnectError:
        return "nothing listens there"
    except httpx.TimeoutException:
        return "it accepts connections and does not answer"
    except httpx.HTTPError as error:
        return f"its answer is not HTTP: {error}"
    except httpx.InvalidURL as error:
        return f"its answer is not HTTP: {error}"
    if answer.status_code == 200:
        return None
    return f"it answers {answer.status_code}: {answer.text[:_SHOWN]}"

"""Keeps every request of a Locust environment as a raw sample."""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

from typing import Any

import gevent
from locust.env import Environment

from loadtests.clock import Alarm, now_s
from loadtests.samples import NO_ANSWER, SampleLog, Samples
from loadtests.session import CONTEXT_BEGAN, CONTEXT_DUE, CONTEXT_LATENCY

TICK_S = 0.01


class Recorder:
    """Listens to Locust's request event. Works for any Locust user; ours bring due times, others count from the send."""

    def __init__(self, environment: Environment, *, timeout_s: float) -> None:
        self.log = SampleLog()
        self.user_errors: list[str] = []
        self.timeout_s = timeout_s
        environment.events.request.add_listener(self._on_request)
        environment.events.user_error.add_listener(self._on_error)

    def taken(self, origin_s: float) -> Samples:
        """The samples since the last call, counted from `origin_s`."""
        log, self.log = self.log, SampleLog()
        return log.samples(origin_s)

    def _on_request(
        self,
        *,
        name: str,
        response_time: float,
        response_length: int,
        response: Any,
        context: dict[str, Any],
        exception: BaseException | None,
        **_: Any,
    ) -> None:
        latency_s = context.get(CONTEXT_LATENCY, response_time / 1000)
        due_s = context.get(CONTEXT_DUE, now_s() - latency_s)
        status = int(getattr(response, "status_code", NO_ANSWER) or NO_ANSWER)
        if exception is not None and status < 400:
            status = NO_ANSWER  # cut off, hung up, timed out, or refused by the user class as no valid answer
        if status == NO_ANSWER:
            latency_s = max(latency_s, self.timeout_s)
        self.log.add(
            name,
            due_s=due_s,
            late_s=context.get(CONTEXT_BEGAN, due_s) - due_s,
            latency_s=latency_s,
            status=status,
            size=int(response_length or 0),
        )

    def _on_error(self, *, exception: BaseException, **_: Any) -> None:
        self.user_errors.append(f"{type(exception).__name__}: {exception}")


class Ticker:
    """Measures how late the generator's event loop is: a greenlet that means to wake every 10 ms."""

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []
        self._greenlet = gevent.spawn(self._run)

    def late_s(self, since_s: float, until_s: float) -> list[float]:
        """The lateness of the ticks that were due between the two moments of `now_s`."""
        return [late_s for due_s, late_s in self._late if since_s <= due_s < until_s]

    def stop(self) -> None:
        """Stop ticking."""
        self._greenlet.kill()

    def _run(self) -> None:
        alarm = Alarm()
        try:
            due_s = now_s()
            while True:
                # Ticks that were missed altogether are counted too, each as late as it is: a loop that was blocked for a
                # second was late for a second's worth of answers, not for one.
                due_s += TICK_S
                alarm.wait_until(due_s)
                self._late.append((due_s, now_s() - due_s))
        finally:
            alarm.close()

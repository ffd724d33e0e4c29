"""The HTTP session of archeval's users: latencies from due times, and a time limit that holds for the whole request."""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

from typing import Any

import gevent
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment

from loadtests.clock import now_s

CONTEXT_DUE = "due_s"
CONTEXT_BEGAN = "began_s"
CONTEXT_LATENCY = "latency_s"


class _FromDue:
    """Stands before Locust's request event, so that Locust's own statistics count from the due time too."""

    def __init__(self, environment: Environment) -> None:
        self._event = environment.events.request

    def fire(self, **meta: Any) -> None:
        """Pass a request on with the time from due to answered."""
        context: dict[str, Any] = meta["context"]
        late_s: float = context[CONTEXT_BEGAN] - context[CONTEXT_DUE]
        meta["response_time"] += late_s * 1000
        context[CONTEXT_LATENCY] = meta["response_time"] / 1000
        self._event.fire(**meta)


class DueSession(FastHttpSession):
    """A FastHttpSession whose requests are given up `timeout_s` after they were due, wherever they hang.

    It follows no redirects (they count as answers, and where they lead is nobody's to load), keeps no cookies (arrivals
    are strangers to each other), and asks for bodies uncompressed.
    """

    def __init__(self, environment: Environment, *, timeout_s: float, user: Any, host: str, client_pool: Any) -> None:
        super().__init__(
            base_url=host,
            request_event=_FromDue(environment),
            user=user,
            client_pool=client_pool,
            max_redirects=0,
            max_retries=0,
            headers={"Accept-Encoding": "identity"},
            connection_timeout=timeout_s,
            network_timeout=timeout_s,
        )
        self.timeout_s = timeout_s
        self.client.cookiejar = None
        self._user = user

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
        """Send one request; see Locust's documentation. One that hangs is reported as failed, without an answer."""
        began_s = now_s()
        due_s = self._user.take_due()
        if due_s is None:
            due_s = began_s
        context: dict[str, Any] = options.pop("context", {}) | {CONTEXT_DUE: due_s, CONTEXT_BEGAN: began_s}
        headers: dict[str, str] = {"Accept-Encoding": "identity"} | (options.pop("headers", None) or {})
        left_s = self.timeout_s - (began_s - due_s)
        limit = gevent.Timeout.start_new(max(left_s, 0.001))
        try:
            return super().request(method, url, *args, context=context, headers=headers, **options)
        finally:
            limit.close()

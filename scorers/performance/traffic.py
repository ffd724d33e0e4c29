"""Requests to a service, and what came back, in a form that can be compared and shown."""

import json
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

NO_ANSWER = 0
"""Status of a request that got no HTTP answer."""

SHOWN_CHARACTERS = 600

HEADERS = {"User-Agent": "shop-web/3.2", "Accept": "*/*", "Accept-Encoding": "identity"}
"""Sent by the grader's client and by the load generator alike, so that a service cannot tell which of them asks."""


@dataclass(frozen=True)
class Request:
    """One HTTP request. `json` is the body's value, None for no body."""

    endpoint: str
    method: str
    path: str
    json: Any = None

    @property
    def label(self) -> str:
        """`GET /v1/…` with the body, for people."""
        body = "" if self.json is None else " " + json.dumps(self.json, ensure_ascii=False)
        return f"{self.method} {self.path}{body}"[:SHOWN_CHARACTERS]

    def as_load(self) -> dict[str, Any]:
        """The form that load generators read."""
        return {
            "endpoint": self.endpoint,
            "method": self.method,
            "path": self.path,
            "json": self.json,
            "headers": HEADERS,
        }


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: its status and the value of its JSON body (or what there was instead)."""

    status: int
    body: Any
    seconds: float = field(default=0.0, compare=False)
    late: bool = False
    """There was no answer in time, which is all that is known."""

    @property
    def fields(self) -> dict[str, Any]:
        """The body, if it is a JSON object; else nothing."""
        body: Any = self.body
        return cast("dict[str, Any]", body) if isinstance(body, dict) else {}

    @property
    def label(self) -> str:
        """Status and body, cut, for people."""
        return f"{self.status} {json.dumps(self.body, ensure_ascii=False, default=str)}"[:SHOWN_CHARACTERS]


def send(client: httpx.Client, request: Request) -> Answer:
    """Send `request`. A broken connection, a timeout or a garbled answer is an Answer too, with what went wrong."""
    try:
        response = client.request(request.method, request.path, json=request.json)
    except httpx.TimeoutException as error:
        return Answer(NO_ANSWER, f"no answer in time: {type(error).__name__}: {error}", late=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # an address may hold a cursor that the service made up
        return Answer(NO_ANSWER, f"no answer: {type(error).__name__}: {error}")
    seconds = response.elapsed.total_seconds()
    if response.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return Answer(response.status_code, f"not JSON: {response.text[:200]!r}", seconds)
    try:
        return Answer(response.status_code, response.json(), seconds)
    except (ValueError, RecursionError):
        return Answer(response.status_code, f"broken JSON: {response.text[:200]!r}", seconds)


def canonical(value: Any) -> str:
    """A text that is equal for equal JSON values only (1 and 1.0 and true are three values)."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1, default=str)

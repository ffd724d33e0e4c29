"""A user class for requests that are given as data: the grader draws the mix, the generator sends it in order."""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

from typing import Any

from locust import task

from loadtests.open_loop import OpenLoopUser


class RequestListUser(OpenLoopUser):
    """Sends `parameters["requests"]`: arrival i sends request i, from the top again when they run out.

    Each is `{"endpoint": name, "method": "GET", "path": "/…", "json": …, "headers": {…}}`; the last two may be absent.
    `parameters["first"]` (0) is the request that arrival 0 sends.
    """

    default_parameters = {"requests": [{"endpoint": "/", "method": "GET", "path": "/"}]}

    @task
    def send(self) -> None:
        """Send the arrival's request."""
        assert self.parameters is not None
        requests: list[dict[str, Any]] = self.parameters["requests"]
        one = requests[(self.number + int(self.parameters.get("first", 0))) % len(requests)]
        self.client.request(
            one["method"], one["path"], name=one["endpoint"], json=one.get("json"), headers=one.get("headers")
        )

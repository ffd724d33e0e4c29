"""The load of the scenario `hot_counter` on a service of your own: `archeval load --scenario hot_counter --host …`.

The grader does not use this class: it draws a list of requests and sends it with `RequestListUser`. The mix is the same.
"""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

import json
from typing import Any

from locust import task

from loadtests.open_loop import OpenLoopUser

HOTTEST = 0.7
"""Share of what is asked of campaigns that goes to the first one."""


class HotCounterUser(OpenLoopUser):
    """Somebody who gives to a campaign, most likely to the one that everybody speaks of.

    `parameters` say what the service stores: ids of campaigns, of pledges and of supporters begin at 1. Every tenth
    campaign may be closed; it gets no pledges.
    """

    default_parameters = {"campaigns": 598, "pledges": 200_000, "supporters": 30_000}

    @task(45)
    def add_pledge(self) -> None:
        """A new pledge."""
        self._pledge()

    @task(35)
    def campaign(self) -> None:
        """A campaign with its counters."""
        self.client.get(f"/v1/campaigns/{self._campaign()}", name="campaign")

    @task(12)
    def page(self) -> None:
        """The latest pledges of the campaign everybody gives to."""
        self.client.get("/v1/campaigns/1/pledges", name="pledges_page")

    @task(5)
    def pledge(self) -> None:
        """One pledge."""
        self.client.get(f"/v1/pledges/{self._drawn('pledges')}", name="pledge")

    @task(3)
    def withdraw(self) -> None:
        """A new pledge that is withdrawn again: any other one may be withdrawn already."""
        pledge = self._pledge().get("id")
        if pledge is not None:
            self.client.post(f"/v1/pledges/{pledge}/withdraw", name="withdraw")

    def _pledge(self) -> dict[str, Any]:
        amount = self.rng.randint(1, 200) * 100
        asked = {
            "supporter_id": self._drawn("supporters"),
            "amount_minor": amount,
            "key": f"{self.rng.getrandbits(96):x}".zfill(24),
        }
        answer = self.client.post(f"/v1/campaigns/{self._campaign()}/pledges", name="add_pledge", json=asked)
        try:
            found = json.loads(answer.content or b"null")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _campaign(self) -> int:
        if self.rng.random() < HOTTEST:
            return 1
        drawn = self._drawn("campaigns")
        return drawn if drawn % 10 else drawn - 1

    def _drawn(self, kind: str) -> int:
        assert self.parameters is not None
        return self.rng.randint(1, int(self.parameters[kind]))

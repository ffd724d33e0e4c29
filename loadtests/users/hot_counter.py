"""The load of the scenario `hot_counter` on a service of your own: `archeval load --scenario hot_counter --host …`.

The grader does not use this class: it draws a list of requests and sends it with `RequestListUser`. The mix is the same.
"""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

from typing import Any

from locust import task

from loadtests.users.json_user import JsonUser

HOTTEST = 0.7
"""Share of what is asked of campaigns that goes to the first one."""


class HotCounterUser(JsonUser):
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
        self.client.get(f"/v1/pledges/{self.drawn('pledges')}", name="pledge")

    @task(3)
    def withdraw(self) -> None:
        """A new pledge that is withdrawn again: any other one may be withdrawn already."""
        pledge = self._pledge().get("id")
        if pledge is not None:
            self.client.post(f"/v1/pledges/{pledge}/withdraw", name="withdraw")

    def _pledge(self) -> dict[str, Any]:
        amount = self.rng.randint(1, 200) * 100
        asked = {
            "supporter_id": self.drawn("supporters"),
            "amount_minor": amount,
            "key": f"{self.rng.getrandbits(96):x}".zfill(24),
        }
        return self.ask("POST", f"/v1/campaigns/{self._campaign()}/pledges", "add_pledge", asked)

    def _campaign(self) -> int:
        if self.rng.random() < HOTTEST:
            return 1
        drawn = self.drawn("campaigns")
        return drawn if drawn % 10 else drawn - 1

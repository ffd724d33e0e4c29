"""The load of the scenario `search_and_report` on a service of your own: `archeval load --scenario search_and_report …`.

The grader does not use this class: it draws a list of requests and sends it with `RequestListUser`. The mix is the same.
"""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

from typing import Any
from urllib.parse import quote

from locust import task

from loadtests.users.json_user import JsonUser

SYLLABLES = ("ba", "ke", "ri", "to", "lu", "ma", "ne", "pi", "so", "du", "fa", "ge", "hi", "jo", "ku", "la")
VOCABULARY = 600


class SearchAndReportUser(JsonUser):
    """Somebody at a help desk who searches, reads, and now and then writes.

    `parameters` say what the service stores: ids of teams, of tickets and of agents begin at 1.
    """

    default_parameters = {"teams": 8, "tickets": 64_000, "agents": 40}

    @task(40)
    def search(self) -> None:
        """The newest tickets that a word is in."""
        self.client.get(f"{self._tickets()}?q={self._word()}", name="search")

    @task(10)
    def deep_page(self) -> None:
        """A page further back: the second one, since cursors are the service's own."""
        path = f"{self._tickets()}?limit=20&q={self._word()}"
        cursor = self.ask("GET", path, "search").get("next_cursor")
        if cursor:
            self.client.get(f"{path}&cursor={quote(str(cursor))}", name="search_deep")

    @task(16)
    def newest(self) -> None:
        """The newest tickets of a team."""
        self.client.get(self._tickets() + self.rng.choice(["", "?status=open"]), name="tickets")

    @task(18)
    def details(self) -> None:
        """One ticket."""
        self.client.get(f"/v1/tickets/{self.drawn('tickets')}", name="ticket")

    @task(8)
    def report(self) -> None:
        """Some months of a team."""
        year, first, last = self.rng.choice([2023, 2024]), self.rng.randint(1, 6), self.rng.randint(7, 12)
        span = f"from={year}-{first:02d}-01&to={year}-{last:02d}-28"
        self.client.get(f"/v1/teams/{self.drawn('teams')}/report?{span}", name="report")

    @task(4)
    def create_ticket(self) -> None:
        """A new ticket."""
        self._create()

    @task(4)
    def add_entry(self) -> None:
        """Work for a new ticket: any other one may be closed."""
        ticket = self._create().get("id")
        if ticket is not None:
            body = {"agent_id": self.drawn("agents"), "minutes": 5}
            self.client.post(f"/v1/tickets/{ticket}/entries", name="add_entry", json=body)

    def _create(self) -> dict[str, Any]:
        body = " ".join(self._word() for _ in range(8))
        return self.ask("POST", self._tickets(), "create_ticket", {"subject": f"New {self._word()}", "body": body})

    def _tickets(self) -> str:
        return f"/v1/teams/{self.drawn('teams')}/tickets"

    def _word(self) -> str:
        number = self.rng.randrange(VOCABULARY)
        return "".join(SYLLABLES[number // power % 16] for power in (1, 16, 256))

"""Users of the kind that a scenario brings along. Imported by the generator's process only."""

from locust import task

from loadtests.open_loop import OpenLoopUser


class Shopper(OpenLoopUser):
    """Looks, and now and then goes on a journey of two requests."""

    @task(3)
    def look(self) -> None:
        self.client.get("/fine", name="look")

    @task(1)
    def journey(self) -> None:
        self.client.get("/slow", name="slow")
        self.client.get("/fine", name="then")


class Drawer(OpenLoopUser):
    """Asks for what it draws."""

    @task
    def draw(self) -> None:
        self.client.get("/fine", name=str(self.rng.randrange(1000)))

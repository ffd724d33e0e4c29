"""The base of archeval's Locust users: requests go out when they are due, whatever became of the ones before.

A closed loop waits for an answer before it asks again, so a stall makes it send less and shows in a handful of requests
("coordinated omission"). Here each arrival has a due time and a greenlet of its own, and its latency counts from when
it was due.
"""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import gevent
from gevent import Greenlet
from gevent.pool import Group
from locust import FastHttpUser
from locust.env import Environment
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_STOPPING

from loadtests import command_line
from loadtests.clock import Alarm, now_s
from loadtests.connections import SteadyClients
from loadtests.session import DueSession


class Arrival(Greenlet):
    """One arrival: a task that was due at `due_s`, with a number and a random generator of its own."""

    def __init__(
        self, task: Callable[..., None], user: "OpenLoopUser", *, number: int, due_s: float, seed: str
    ) -> None:
        super().__init__(task, user)
        self.number = number
        self.due_s: float | None = due_s
        self._seed = seed
        self._rng: random.Random | None = None

    @property
    def rng(self) -> random.Random:
        """Seeded by the user's seed and the number; made when first asked for, as seeding takes its time."""
        if self._rng is None:
            self._rng = random.Random(f"{self._seed}/{self.number}")
        return self._rng


class OpenLoopUser(FastHttpUser):
    """A source of arrivals. Subclass it and mark methods with `@task(weight)`: they are the mix of requests.

    A task sends one request by `self.client`, or a short journey of several; only the first of a journey counts from the
    due time. It draws by `self.rng` and finds what it needs in `self.parameters`. In a plan one such user sends all; by
    the plain `locust` command each user adds `arrivals_per_s`, so the number of users sets the rate.
    With `paced = False` (the profile `users`) it is an ordinary Locust user in a closed loop.
    """

    abstract = True
    default_parameters: ClassVar[dict[str, Any]] = {}
    """What `parameters` are where neither a plan nor the command line gives any."""
    parameters: dict[str, Any] | None = None
    paced: bool = True
    arrivals_per_s: float = 1.0
    timeout_s: float = 10.0
    seed: int = 0
    concurrency = 1000
    give_up_late_s: float = 2.0
    """A generator that starts an arrival of its schedule so late has lost the race and stops."""
    gave_up: ClassVar[bool] = False
    schedule_s: Sequence[float] | None = None
    """Due times on `now_s`. None: Poisson arrivals at `arrivals_per_s` until the user is stopped."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        assert self.host is not None  # Locust's own constructor has refused None
        self.parameters = self.default_parameters | (self.parameters or {})
        pool = SteadyClients(
            concurrency=self.concurrency, connection_timeout=self.timeout_s, network_timeout=self.timeout_s
        )
        self.client = DueSession(environment, timeout_s=self.timeout_s, user=self, host=self.host, client_pool=pool)
        self._seed = f"{self.seed}/{getattr(environment.runner, 'worker_index', 0)}/{next(_births)}"
        self._own_rng = random.Random(self._seed)
        self._sending = Group()
        self._mix: list[Any] = list(self.tasks)
        if self.paced:
            self.tasks = [_send_all]

    @property
    def rng(self) -> random.Random:
        """The current arrival's generator: its draws do not depend on what others did meanwhile."""
        current = gevent.getcurrent()
        return current.rng if isinstance(current, Arrival) else self._own_rng

    @property
    def number(self) -> int:
        """The current arrival's number, from 0; in a closed loop 0."""
        current = gevent.getcurrent()
        return current.number if isinstance(current, Arrival) else 0

    def take_due(self) -> float | None:
        """When the request that begins now was due, for the first of an arrival; None for all others."""
        current = gevent.getcurrent()
        if not isinstance(current, Arrival):
            return None
        due_s, current.due_s = current.due_s, None
        return due_s

    def send_all(self) -> None:
        """Start every arrival when it is due, then wait for the last answers, and be done."""
        alarm = Alarm()
        try:
            for number, due_s in enumerate(self._due_times()):
                alarm.wait_until(due_s)
                if self.schedule_s is not None and now_s() - due_s > self.give_up_late_s:
                    type(self).gave_up = True
                    raise StopUser  # on_stop drops what is under way
                self._start(number, due_s)
            self._sending.join()
        finally:
            alarm.close()
        raise StopUser

    def on_stop(self) -> None:
        """Drop what is under way."""
        self._sending.kill(block=False)

    def _due_times(self) -> Iterator[float]:
        return iter(self.schedule_s) if self.schedule_s is not None else self._poisson()

    def _poisson(self) -> Iterator[float]:
        due_s = now_s()
        while self._state != LOCUST_STATE_STOPPING:  # Locust's --stop-timeout gives the last answers time to come
            due_s += self._own_rng.expovariate(self.arrivals_per_s)
            yield due_s

    def _start(self, number: int, due_s: float) -> None:
        task: Callable[..., None] = self._mix[0] if len(self._mix) == 1 else self._own_rng.choice(self._mix)
        arrival = Arrival(task, self, number=number, due_s=due_s, seed=self._seed)
        arrival.link_exception(self._failed)
        self._sending.add(arrival)
        arrival.start()

    def _failed(self, arrival: Greenlet) -> None:
        """A task raised: the user class's fault, which Locust lists under exceptions."""
        error = arrival.exception
        trace = error.__traceback__ if error is not None else None
        self.environment.events.user_error.fire(user_instance=self, exception=error, tb=trace)


_births = itertools.count()


def _send_all(user: OpenLoopUser) -> None:
    user.send_all()


command_line.install(OpenLoopUser)

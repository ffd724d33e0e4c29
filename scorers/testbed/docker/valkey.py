"""A Valkey of its own for every grade, in a container."""

from collections.abc import Generator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.docker.engine import Image, OwnContainer
from scorers.testbed.docker.images import VALKEY_VARIABLE, image_named
from scorers.testbed.network import free_port
from scorers.testbed.server_user import ServerUser
from scorers.testbed.valkey.own import OwnValkey, answers
from scorers.testbed.valkey.protocol import ValkeyRole
from scorers.testbed.valkey.settings import ValkeySettings, server_settings

_PORT = 6379


class DockerValkey(OwnValkey):
    """See ValkeyServer and OwnProcess. Made by `open_docker_valkey`."""

    def __init__(self, user: ServerUser, settings: ValkeySettings) -> None:
        super().__init__()
        self._host_port = free_port()
        options = chain.from_iterable(
            (f"--{name}", value.strip('"')) for name, value in server_settings(settings).items()
        )
        users = chain.from_iterable(("--user", *one.split()) for one in self._users())
        image = Image(
            kind="valkey",
            name=image_named(VALKEY_VARIABLE),
            variable=VALKEY_VARIABLE,
            port=_PORT,
            host_port=self._host_port,
            # Without protected mode, for clients come through the engine's network; each needs a password.
            command=["valkey-server", *options, "--protected-mode", "no", *users],
        )
        self._container = OwnContainer(image, user, lambda: answers(self._address("admin")))

    @property
    def socket_folder(self) -> Path | None:
        """None: it listens on TCP."""
        return None

    @property
    def pid(self) -> int:
        """The process id of the server on this machine."""
        return self._container.pid

    def url(self, *, socket_folder: Path | None = None) -> str:  # noqa: ARG002 - there is no socket to look for
        """Return the submission's REDIS_URL, by way of this machine's loopback."""
        return self._address("app")

    def kill(self) -> None:
        """End the server with SIGKILL."""
        self._container.kill()

    def restart(self) -> None:
        """Start it again, empty, at the same address and with the same users."""
        self._container.restart()

    def close(self) -> None:
        """Remove the container. May be called again."""
        self._container.close()

    def _address(self, role: ValkeyRole) -> str:
        return f"redis://{self._login(role)}@127.0.0.1:{self._host_port}/0"

    def _gone(self, what: str) -> HarnessFault:
        return self._container.gone(what)


@contextmanager
def open_docker_valkey(user: ServerUser, settings: ValkeySettings | None = None) -> Generator[DockerValkey]:
    """Start a container, and remove it after the block. Raises InputError without an engine, else HarnessFault."""
    server = DockerValkey(user, settings or ValkeySettings())
    try:
        server.learn()
        yield server
    finally:
        server.close()

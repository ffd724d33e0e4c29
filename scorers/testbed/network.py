"""Where a server of the testbed listens and its clients live: this machine's loopback, or the network of a pod."""

import secrets
import socket
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scorers.errors import HarnessFault
from scorers.testbed.server_user import ProcessUser, ServerUser

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Joining:
    """How a program gets into a network as its user: to be given to `subprocess.Popen`."""

    prefix: tuple[str, ...]
    """What its command line begins with."""
    descriptors: tuple[int, ...]
    """Descriptors that must be passed on."""
    environment: Mapping[str, str]
    """What the prefix itself needs in the environment."""
    process_user: ProcessUser
    """The user that `Popen` changes to; empty where the prefix does that, which needs the caller's rights before."""


class Network(Protocol):
    """A loopback interface, its own or shared."""

    @property
    def apart(self) -> bool:
        """Only programs of one grade are in it, so that who takes a port there is one of them."""
        ...

    def free_port(self) -> int:
        """Return a port of its 127.0.0.1 that nobody listens on now. Somebody else may take it before it is used."""
        ...

    def new_socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """Return a new socket of it, not yet bound or connected."""
        ...

    def connect(self, port: int, timeout_s: float) -> socket.socket:
        """Return a TCP connection to `port` on its 127.0.0.1. Raises OSError as `connect` does."""
        ...

    def joining(self, user: ServerUser) -> AbstractContextManager[Joining]:
        """Give, within the block, what a trusted program of the harness needs to run in it as `user`.

        It sees the host's files. The descriptors are closed after the block.
        """
        ...

    def show(self, port: int) -> None:
        """Let what listens at `port` of this machine's loopback be reached at the same port of this one."""
        ...


class ThisMachine:
    """See Network: this machine's own loopback."""

    apart = False

    def free_port(self) -> int:
        """See Network."""
        return free_port()

    def new_socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """See Network."""
        return socket.socket(family, kind)

    def connect(self, port: int, timeout_s: float) -> socket.socket:
        """See Network."""
        return socket.create_connection((LOOPBACK, port), timeout_s)

    @contextmanager
    def joining(self, user: ServerUser) -> Generator[Joining]:
        """See Network."""
        yield Joining((), (), {}, user.process_user)

    def show(self, port: int) -> None:
        """See Network: it is there already."""


THIS_MACHINE = ThisMachine()

_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST_PORT = 20_000
_USUAL_HIGHEST_PORT = 32_768
_TRIES = 200

_LOOPBACK_HEX = f"{int.from_bytes(socket.inet_aton(LOOPBACK), sys.byteorder):08X}"
_LISTENING = "0A"
"""How /proc/net/tcp writes them."""


def free_port(new_socket: Callable[[], socket.socket] = socket.socket) -> int:
    """Return a TCP port that nobody has now, of this machine's loopback or of that where `new_socket` makes sockets.

    Raises HarnessFault (kind `port_taken`) when none is free.
    """
    for port in candidate_ports():
        with new_socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise no_free_port()


def candidate_ports() -> Iterator[int]:
    """Draw ports below those that the system gives to connections.

    One of those could be taken by a client between two starts of a server; a client that asks for a server which is
    down could even be given the server's own port, and be connected to itself.
    """
    highest = _highest_port()
    for _ in range(_TRIES):
        yield _LOWEST_PORT + secrets.randbelow(highest - _LOWEST_PORT)


def no_free_port() -> HarnessFault:
    """Return the fault to raise when none of the candidates is free."""
    return HarnessFault(
        f"no port between {_LOWEST_PORT} and {_highest_port()} is free on the loopback; end what takes them all",
        kind="port_taken",
    )


def require_free(network: Network, port: int, what: str) -> None:
    """Raise HarnessFault (kind `port_taken`) when somebody else has the port, so that a server cannot listen there."""
    with network.new_socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen()
        except OSError as error:
            raise port_taken(network, port, what) from error


def port_taken(network: Network, port: int, what: str) -> HarnessFault:
    """Return the fault to raise when somebody else has a server's port: in a network apart, only the submission can."""
    return HarnessFault(
        f"somebody else has {LOOPBACK}:{port}, where {what} is to run; try again",
        kind="port_taken",
        attributable=network.apart,
    )


def listens(pid: int, port: int) -> bool:
    """Whether process `pid` itself listens at `port` of its network's 127.0.0.1, and not somebody else.

    True where this cannot be seen, as on a /proc that hides other processes.
    """
    try:
        sockets = set(_descriptors(pid))
        rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    except PermissionError:
        return True
    except OSError:
        return False
    place = f"{_LOOPBACK_HEX}:{port:04X}"
    return any(f"socket:[{row[9]}]" in sockets for row in rows if (row[1], row[3]) == (place, _LISTENING))


def _descriptors(pid: int) -> Iterator[str]:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # a server closes connections all the time
            yield link.readlink().name


def _highest_port() -> int:
    try:
        lowest_given = int(_PORT_RANGE.read_text().split()[0])
    except (OSError, ValueError):
        return _USUAL_HIGHEST_PORT
    # A pod's network has the usual range, whatever the machine's own is.
    return min(lowest_given, _USUAL_HIGHEST_PORT) if lowest_given > _LOWEST_PORT + _TRIES else _USUAL_HIGHEST_PORT

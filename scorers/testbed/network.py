"""Where a server of the testbed listens and its clients live: this machine's loopback, or the network of a pod."""

import socket
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
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


def free_port() -> int:
    """Return a port of this machine's loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(network: Network, port: int, what: str) -> None:
    """Raise HarnessFault (kind `port_taken`) when somebody listens on the port already."""
    try:
        network.connect(port, 1.0).close()
    except OSError:
        return
    raise HarnessFault(
        f"somebody else listens on {LOOPBACK}:{port}, where {what} is to run; try again",
        kind="port_taken",
        attributable=network.apart,
    )

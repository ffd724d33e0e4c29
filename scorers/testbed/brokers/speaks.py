"""Whether something that speaks a broker's protocol answers at an address."""

import secrets
import socket
import struct
from collections.abc import Callable

from scorers.testbed.network import Network

Link = Callable[[float], socket.socket]
"""Opens a connection, within so many seconds. Raises OSError."""

ANSWER_S = 5.0
_API_VERSIONS = 18
_LONGEST_ANSWER = 65536


def split_address(address: str, *, default_port: int) -> tuple[str, int]:
    """Return host and port of `host:port`. Raises ValueError."""
    host, colon, port = address.strip().rpartition(":")
    return (host.strip("[]"), int(port)) if colon else (address.strip(), default_port)


def tcp(host: str, port: int) -> Link:
    """Return the way to a server that this machine reaches."""
    return lambda timeout_s: socket.create_connection((host, port), timeout_s)


def within(network: Network, port: int) -> Link:
    """Return the way to a server on the loopback of `network`."""
    return lambda timeout_s: network.connect(port, timeout_s)


def speaks_kafka(link_to: Link, timeout_s: float = ANSWER_S) -> bool:
    """Whether the server there answers Kafka's ApiVersions request, which no broker asks a login for."""
    number = secrets.randbelow(2**31)
    client = b"archeval"
    request = struct.pack(">hhih", _API_VERSIONS, 0, number, len(client)) + client
    try:
        with link_to(timeout_s) as link:
            link.settimeout(timeout_s)
            link.sendall(struct.pack(">i", len(request)) + request)
            (length,) = struct.unpack(">i", _exactly(link, 4))
            if not 6 <= length <= _LONGEST_ANSWER:
                return False
            answered, error = struct.unpack(">ih", _exactly(link, 6))
    except (OSError, struct.error):
        return False
    return answered == number and error == 0


def speaks_nats(link_to: Link, timeout_s: float = ANSWER_S) -> bool:
    """Whether the server there greets as NATS does."""
    try:
        with link_to(timeout_s) as link:
            link.settimeout(timeout_s)
            return _exactly(link, 5) == b"INFO "
    except OSError:
        return False


def _exactly(link: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        more = link.recv(count - len(got))
        if not more:
            raise ConnectionError("the server hung up")
        got += more
    return got

"""Loopback ports for brokers, and whether something that speaks the right protocol answers there.

A broker listens on this machine's loopback; a pod's relay shows it to a service at the same port, so that the address
which the broker advertises is right on both sides.
"""

import secrets
import socket
import struct

from scorers.errors import HarnessFault

ANSWER_S = 5.0
_API_VERSIONS = 18
_LONGEST_ANSWER = 65536


def free_port() -> int:
    """Return a loopback port that nobody listens on now. Somebody else may take it before it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def split_address(address: str, *, default_port: int) -> tuple[str, int]:
    """Return host and port of `host:port`. Raises ValueError."""
    host, colon, port = address.strip().rpartition(":")
    return (host.strip("[]"), int(port)) if colon else (address.strip(), default_port)


def speaks_kafka(host: str, port: int, timeout_s: float = ANSWER_S) -> bool:
    """Whether the server at `port` answers Kafka's ApiVersions request, which no broker asks a login for."""
    number = secrets.randbelow(2**31)
    client = b"archeval"
    request = struct.pack(">hhih", _API_VERSIONS, 0, number, len(client)) + client
    try:
        with socket.create_connection((host, port), timeout_s) as link:
            link.settimeout(timeout_s)
            link.sendall(struct.pack(">i", len(request)) + request)
            (length,) = struct.unpack(">i", _exactly(link, 4))
            if not 6 <= length <= _LONGEST_ANSWER:
                return False
            answered, error = struct.unpack(">ih", _exactly(link, 6))
    except (OSError, struct.error):
        return False
    return answered == number and error == 0


def speaks_nats(host: str, port: int, timeout_s: float = ANSWER_S) -> bool:
    """Whether the server at `port` greets as NATS does."""
    try:
        with socket.create_connection((host, port), timeout_s) as link:
            link.settimeout(timeout_s)
            return _exactly(link, 5) == b"INFO "
    except OSError:
        return False


def require_free(port: int, what: str) -> None:
    """Raise HarnessFault (kind `port_taken`) when somebody listens on the loopback port already."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise HarnessFault(
                f"somebody else listens on 127.0.0.1:{port}, where {what} is to run; try again", kind="port_taken"
            )


def _exactly(link: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        more = link.recv(count - len(got))
        if not more:
            raise ConnectionError("the server hung up")
        got += more
    return got

"""A few requests to a server of the generator's own, before a plan begins.

The first requests of a process import modules, start the resolver's threads and fill caches, which blocks its loop for
some 50 ms. Those milliseconds are not the service's, and a plan may have no warm-up.
"""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from typing import Any

import gevent.socket
from gevent.server import StreamServer
from locust.env import Environment

from loadtests.connections import SteadyClients
from loadtests.session import DueSession

REQUESTS = 20
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class _Nobody:
    """As much of a user as a session needs."""

    def take_due(self) -> None:
        """Nothing is due."""

    def context(self) -> dict[str, Any]:
        """Nothing to say."""
        return {}


def rehearse() -> None:
    """Send and receive on loopback; leaves nothing but a warm interpreter."""
    server = StreamServer(("127.0.0.1", 0), _answer)
    server.start()
    clients = SteadyClients(concurrency=2, connection_timeout=5, network_timeout=5)
    host = f"http://127.0.0.1:{server.server_port}"
    session = DueSession(Environment(), timeout_s=5, user=_Nobody(), host=host, client_pool=clients)
    for _ in range(REQUESTS):
        session.request("GET", "/", name="rehearsal")
        session.request("POST", "/", name="rehearsal", json={})
    clients.close()
    server.stop(timeout=1)


def _answer(connection: gevent.socket.socket, _address: Any) -> None:
    while connection.recv(4096):
        connection.sendall(ANSWER)

"""Keep-alive connections for Locust's FastHttpUser, made fit for measuring.

geventhttpclient's own pool asks `select()` whether a connection lives (slow under gevent, and wrong for descriptors
above 1023), resolves the name for each connection, leaves Nagle's algorithm on, and repeats a request as often as the
pool is large when the service hangs up on it, which would hide a broken service. Here a connection is tested by a peek,
and a request is repeated once at most and only if its method is idempotent, as browsers do when a kept connection was
closed just then.
"""

import socket
from typing import Any, cast

import gevent.socket
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.connectionpool import ConnectionPool

MAX_ANSWER_BYTES = 8 * 2**20
"""Head and body of one answer. A service that sends more is cut off, lest it fill the generator's memory."""


class CappedSocket(gevent.socket.socket):
    """A socket that fails when an answer is too large."""

    left_bytes = MAX_ANSWER_BYTES

    def recv(self, *args: Any) -> bytes:
        """Receive, and count. Raises ConnectionAbortedError."""
        data = super().recv(*args)
        self.left_bytes -= len(data)
        if self.left_bytes < 0:
            raise ConnectionAbortedError(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
        return data


class SteadyPool(ConnectionPool):
    """Connections to one plain HTTP host."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.size = 0  # read by the client only: attempts are size + 1; the semaphore has the real size already
        self._addresses: Any = None

    def get_socket(self) -> gevent.socket.socket:
        """A connection, new or kept, with the whole allowance."""
        sock = cast(CappedSocket, super().get_socket())
        sock.left_bytes = MAX_ANSWER_BYTES
        return sock

    def _create_tcp_socket(self, family: int, socktype: int, protocol: int) -> gevent.socket.socket:
        return CappedSocket(family, socktype, protocol)

    def _resolve(self) -> Any:
        if self._addresses is None:
            self._addresses = super()._resolve()
        return self._addresses

    def after_connect(self, sock: gevent.socket.socket) -> None:
        """Send small requests at once."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _is_socket_alive(self, sock: gevent.socket.socket | None) -> bool:
        if sock is None or sock.fileno() < 0:
            return False
        plain: Any = getattr(sock, "_sock")  # noqa: B009  (gevent's own recv would wait)
        try:
            plain.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False  # readable while idle: closed by the service, or out of step


class SteadyClient(HTTPClient):
    """An HTTP client on a SteadyPool; with TLS, geventhttpclient's own."""

    def __init__(self, host: str, port: int | None = None, **options: Any) -> None:
        super().__init__(host, port, **options)  # pyright: ignore[reportUnknownMemberType]
        if not self.ssl:
            old = self._connection_pool
            self._connection_pool = SteadyPool(
                host,
                self.port,
                host,
                self.port,
                size=old.size,
                connection_timeout=old.connection_timeout,
                network_timeout=old.network_timeout,
            )


class SteadyClients(HTTPClientPool):
    """The clients of all hosts; there is one."""

    def get_client(self, url: Any) -> HTTPClient:
        """Return the client for the host of `url`, made at first use."""
        key = url.host, url.port
        if key not in self.clients:
            self.clients[key] = SteadyClient.from_url(url, **self.client_args)
        return self.clients[key]

"""An HTTP client whose connections are made in the pod, and that no answer can hold up or fill up."""

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx

from scorers.testbed.pod.client import is_readable

TOTAL_S = 30.0
TOTAL = "total_s"
"""The request extension that gives one request less time than its client gives all."""

BODY_BYTES = 16 * 1024**2
_CONNECTIONS = 64

Connect = Callable[[int, float], Any]


def pod_client(
    connect: Connect, port: int, *, total_s: float = TOTAL_S, body_bytes: int = BODY_BYTES, **options: Any
) -> httpx.Client:
    """Return the client that Pod.http describes; `connect` is Pod.connect."""
    transport = PodTransport(connect, port, total_s=total_s, body_bytes=body_bytes)
    settings: dict[str, Any] = {
        "base_url": f"http://127.0.0.1:{port}",
        "timeout": httpx.Timeout(total_s),
        "trust_env": False,
        "headers": {"Accept-Encoding": "identity", "User-Agent": "archeval"},
        "follow_redirects": False,
    }
    return httpx.Client(transport=transport, **(settings | options))


class PodTransport(httpx.HTTPTransport):
    """HTTP/1.1 to one port of the pod. One request with its answer takes at most `total_s`."""

    def __init__(self, connect: Connect, port: int, *, total_s: float, body_bytes: int) -> None:
        super().__init__(trust_env=False)
        self._total_s = total_s
        self._body_bytes = body_bytes
        self._deadline = _Deadline()
        self._pool = httpcore.ConnectionPool(
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=5.0,
            network_backend=_Backend(connect, port, self._deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`. Raises httpx.TransportError."""
        total_s = min(self._total_s, request.extensions.get(TOTAL, self._total_s))
        self._deadline.at = time.monotonic() + total_s
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise httpx.RemoteProtocolError(
                "the answer is compressed, which the client did not accept: it may unfold to any size", request=request
            )
        return httpx.Response(
            status_code=response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream, request, self._deadline, self._deadline.at, self._body_bytes),
            extensions=response.extensions,
        )


class _Deadline(threading.local):
    """When the request that this thread has under way must have ended."""

    at: float = float("inf")

    def remaining_s(self, timeout_s: float | None) -> float:
        """Return how long to wait at most. Raises httpcore.ReadTimeout when the time is up."""
        left_s = self.at - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("the answer took too long in all")
        return left_s if timeout_s is None else min(left_s, timeout_s)


class _Bounded(httpx.SyncByteStream):
    """A body that ends in time and within bounds. Each chunk sets this thread's deadline to that of its own request."""

    def __init__(
        self, stream: httpx.SyncByteStream, request: httpx.Request, deadline: _Deadline, at: float, most_bytes: int
    ) -> None:
        self._stream = stream
        self._request = request
        self._deadline = deadline
        self._at = at
        self._most_bytes = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        chunks = iter(self._stream)
        while True:
            self._deadline.at = self._at
            chunk = next(chunks, None)
            if chunk is None:
                return
            received += len(chunk)
            if received > self._most_bytes:
                raise httpx.ReadError(f"the answer is larger than {self._most_bytes} bytes", request=self._request)
            yield chunk

    def close(self) -> None:
        self._stream.close()


class _Backend(httpcore.NetworkBackend):
    def __init__(self, connect: Connect, port: int, deadline: _Deadline) -> None:
        self._connect = connect
        self._port = port
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        if port != self._port:  # a redirect that somebody chose to follow, say
            raise httpcore.ConnectError(f"this client reaches port {self._port} of the pod only, not {host}:{port}")
        try:
            return _Stream(self._connect(port, self._deadline.remaining_s(timeout)), self._deadline)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


class _Stream(httpcore.NetworkStream):
    def __init__(self, connection: Any, deadline: _Deadline) -> None:
        self._socket = connection
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._socket.settimeout(self._deadline.remaining_s(timeout))
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            while buffer:
                self._socket.settimeout(self._deadline.remaining_s(timeout))
                buffer = buffer[self._socket.send(buffer) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002
        server_hostname: str | None = None,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("services in a pod speak plain HTTP")

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # how httpcore finds out that an idle connection was closed
            return is_readable(self._socket, 0)
        return self._socket if info == "socket" else None

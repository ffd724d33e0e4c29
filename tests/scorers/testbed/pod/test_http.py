"""The graders' HTTP client against servers that mean no good. The servers run here, on sockets of the pod."""

import gzip
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from socket import socket

import httpx
import pytest

from scorers.testbed.pod.opening import open_pod
from scorers.testbed.pod.protocol import Pod

PAUSE = threading.Event()


@pytest.fixture(scope="module")
def pod() -> Iterator[Pod]:
    with open_pod() as opened:
        yield opened


@contextmanager
def server(pod: Pod, serve: Callable[[socket], None]) -> Generator[int]:
    """Serve one connection after another with `serve` on a port of the pod."""
    with pod.new_socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=_accept, args=(listener, serve), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(2)
            thread.join(10)


def _accept(listener: socket, serve: Callable[[socket], None]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            connection.settimeout(10)
            serve(connection)


def once(answer: bytes) -> Callable[[socket], None]:
    def serve(connection: socket) -> None:
        connection.recv(10_000)
        connection.sendall(answer)

    return serve


def test_an_answer_is_an_answer(pod: Pod) -> None:
    requests: list[bytes] = []

    def serve(connection: socket) -> None:
        for _ in range(2):
            requests.append(connection.recv(10_000))
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi")

    with server(pod, serve) as port, pod.http(port, headers={"X-Given": "1"}) as client:
        answers = [client.post("/things?x=1", json={"a": 1}) for _ in range(2)]
    assert [(answer.status_code, answer.text, answer.headers["x-a"]) for answer in answers] == [(201, "hi", "b")] * 2
    assert requests[0].startswith(b"POST /things?x=1 HTTP/1.1\r\n")
    assert b"X-Given: 1" in requests[0]


def test_a_closed_idle_connection_is_replaced(pod: Pod) -> None:
    with server(pod, once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")) as port, pod.http(port) as client:
        for _ in range(3):
            assert client.get("/").text == "hi"
            PAUSE.wait(0.05)


def test_redirects_are_not_followed(pod: Pod) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"
    with server(pod, once(answer)) as port, pod.http(port) as client:
        assert client.get("/").status_code == 302


def test_a_followed_redirect_leads_nowhere_else(pod: Pod) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    with (
        server(pod, once(answer)) as port,
        pod.http(port, follow_redirects=True) as client,
        pytest.raises(httpx.ConnectError, match="reaches port"),
    ):
        client.get("/")


def test_a_body_without_end_is_cut(pod: Pod) -> None:
    def serve(connection: socket) -> None:
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with (
        server(pod, serve) as port,
        pod.http(port, body_bytes=1_000_000) as client,
        pytest.raises(httpx.ReadError, match="larger than 1000000 bytes"),
    ):
        client.get("/")


@pytest.mark.parametrize(
    "begin", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-A: "]
)
def test_a_dripping_answer_ends_in_time(begin: bytes, pod: Pod) -> None:
    def serve(connection: socket) -> None:
        connection.recv(10_000)
        connection.sendall(begin)
        while True:
            connection.sendall(b"x")
            PAUSE.wait(0.01)

    began = time.monotonic()
    with server(pod, serve) as port, pod.http(port, total_s=0.5) as client, pytest.raises(httpx.TransportError):
        client.get("/")
    assert 0.4 < time.monotonic() - began < 5


def test_a_body_that_unfolds_is_refused(pod: Pod) -> None:
    body = gzip.compress(b"\0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with (
        server(pod, once(head + body)) as port,
        pod.http(port) as client,
        pytest.raises(httpx.RemoteProtocolError, match="compressed"),
    ):
        client.get("/")


def test_threads_have_deadlines_of_their_own(pod: Pod) -> None:
    def serve(connection: socket) -> None:
        if b"/slow" in connection.recv(10_000):
            PAUSE.wait(0.6)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")

    seen: list[str] = []
    with server(pod, serve) as port, pod.http(port, total_s=0.3) as client:

        def slow() -> None:
            try:
                client.get("/slow")
            except httpx.TransportError:
                seen.append("too slow")

        thread = threading.Thread(target=slow)
        thread.start()
        thread.join()
    with server(pod, serve) as port, pod.http(port, total_s=5) as client:
        assert client.get("/slow").text == "hi"
    assert seen == ["too slow"]


def test_an_ordinary_answer_is_not_taken_for_a_bad_one(pod: Pod) -> None:
    """The control: a large body within the bounds."""
    body = b"x" * 900_000
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with server(pod, once(head + body)) as port, pod.http(port, body_bytes=1_000_000) as client:
        assert client.get("/").content == body

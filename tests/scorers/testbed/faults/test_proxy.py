"""Connections that are refused, delayed, stalled and cut, and work as before afterwards."""

import socket
import socketserver
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from scorers.errors import HarnessFault
from scorers.testbed.faults.proxy import (
    Cut,
    Delayed,
    FaultProxy,
    Refused,
    Stalled,
    open_proxy,
    tcp_listener,
    unix_listener,
)
from scorers.testbed.faults.recovery import recovery_s


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionResetError):
            while data := self.request.recv(65536):
                self.request.sendall(data)


class Upstream(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@pytest.fixture(scope="module")
def upstream() -> Iterator[tuple[str, int]]:
    with Upstream(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        host, port = server.server_address[:2]
        yield str(host), int(port)
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(upstream: tuple[str, int]) -> Iterator[FaultProxy]:
    with open_proxy(upstream) as opened:
        yield opened


@contextmanager
def linked(proxy: FaultProxy, timeout_s: float = 2.0) -> Generator[socket.socket]:
    """A connection through the proxy."""
    address = proxy.address
    link = socket.socket(socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET)
    with link:
        link.settimeout(timeout_s)
        link.connect(str(address) if isinstance(address, Path) else address)
        yield link


def echo_ms(link: socket.socket, data: bytes = b"x") -> float:
    """Send, wait for all of it to come back, and return how long that took."""
    began = time.monotonic()
    link.sendall(data)
    got = b""
    while len(got) < len(data):
        more = link.recv(65536)
        if not more:
            raise ConnectionError("hung up")
        got += more
    assert got == data
    return (time.monotonic() - began) * 1000


def works(proxy: FaultProxy) -> bool:
    with linked(proxy) as link:
        return echo_ms(link) > 0


def test_without_a_fault_it_passes_everything_on(proxy: FaultProxy) -> None:
    with linked(proxy) as link:
        echo_ms(link, bytes(range(256)) * 400)
        assert sorted(echo_ms(link) for _ in range(20))[10] < 20, "no delay of small packets"
        assert proxy.connections == 1


def test_an_end_is_passed_on(proxy: FaultProxy) -> None:
    with linked(proxy) as link:
        echo_ms(link)
        link.shutdown(socket.SHUT_WR)
        assert link.recv(1) == b""


def test_refused_connections_are_refused_and_open_ones_cut(proxy: FaultProxy) -> None:
    with linked(proxy) as before:
        echo_ms(before)
        with Refused(proxy).injected():
            with pytest.raises(ConnectionRefusedError), linked(proxy):
                pass
            with pytest.raises(OSError, match=r"reset|hung up"):
                echo_ms(before)
        assert recovery_s(lambda: works(proxy), timeout_s=5) < 2


def test_a_delay_goes_both_ways(proxy: FaultProxy) -> None:
    with linked(proxy) as link:
        with Delayed(proxy, delay_s=0.1).injected():
            assert 195 < echo_ms(link) < 1500
        assert echo_ms(link) < 100


def test_a_stalled_connection_stays_open_and_silent(proxy: FaultProxy) -> None:
    with linked(proxy, timeout_s=0.3) as link:
        echo_ms(link)
        with Stalled(proxy).injected():
            with pytest.raises(TimeoutError):
                echo_ms(link, b"late")
            with linked(proxy, timeout_s=0.2) as newcomer, pytest.raises(TimeoutError):
                echo_ms(newcomer)
        link.settimeout(2)
        assert link.recv(4) == b"late", "what was sent meanwhile arrives"


def test_cut_connections_are_reset_and_new_ones_work(proxy: FaultProxy) -> None:
    with linked(proxy) as before:
        echo_ms(before)
        with Cut(proxy).injected():
            with pytest.raises(OSError, match=r"reset|hung up"):
                echo_ms(before)
            assert works(proxy)


@pytest.mark.parametrize("fault", [Refused, Stalled, Cut])
def test_every_fault_is_undone_whatever_happens(proxy: FaultProxy, fault: type[Refused | Stalled | Cut]) -> None:
    with pytest.raises(KeyError), fault(proxy).injected():
        raise KeyError
    assert works(proxy)


def test_unix_sockets_on_both_sides(tmp_path: Path, upstream: tuple[str, int]) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    with (
        open_proxy(upstream, listen=unix_listener(inner)) as first,
        open_proxy(inner, listen=unix_listener(outer)) as second,
    ):
        assert works(second)
        with Refused(second).injected(), pytest.raises(ConnectionRefusedError), linked(second):
            pass
        assert works(second)
        assert first.address == inner


def test_a_server_that_is_gone_looks_gone_through_it() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with (
            open_proxy(nobody.getsockname()) as proxy,
            pytest.raises(OSError, match=r"reset|hung"),  # while connecting, or with the first bytes
            linked(proxy) as link,
        ):
            echo_ms(link)


def test_a_taken_address_is_an_error(upstream: tuple[str, int]) -> None:
    with pytest.raises(OSError, match="in use"), open_proxy(upstream, listen=tcp_listener(upstream[1])):
        pass


def test_afterwards_nobody_listens_and_no_thread_is_left(upstream: tuple[str, int]) -> None:
    with open_proxy(upstream) as proxy:
        address = proxy.address
        assert works(proxy)
    assert not [thread for thread in threading.enumerate() if thread.name == "archeval-proxy"]
    assert isinstance(address, tuple)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(address, 1):
        pass
    proxy.close()
    with pytest.raises(HarnessFault):
        FaultProxy(upstream, tcp_listener()).address  # noqa: B018

"""A proxy between a client and a server that can refuse, delay, stall and cut connections.

It runs an asyncio loop in a thread of its own. As long as no fault is injected it passes bytes on as they come, without
Nagle's delay. It costs time of its own all the same, so nothing that is timed goes through it.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scorers.errors import HarnessFault

Address = tuple[str, int] | Path
"""A TCP address, or the path of a unix socket."""

Upstream = Address | Callable[[], socket.socket]
"""Where the server is, or what connects to it, as for one in a pod: `lambda: pod.connect(port, 5)`."""

Mode = Literal["pass", "delay", "stall", "refuse"]

_CHUNK_BYTES = 65536
_LIFECYCLE_S = 10.0
_BACKLOG = 128


class FaultProxy:
    """Passes connections on to `upstream`. Made listening by `open_proxy`; the faults below inject into it."""

    def __init__(self, upstream: Upstream, listen: Callable[[], socket.socket]) -> None:
        """`listen` returns a bound socket, the same address each time: it is called again after a refusal."""
        self.upstream = upstream
        self._listen = listen
        self._mode: Mode = "pass"
        self._delay_s = 0.0
        self._flowing = asyncio.Event()
        self._address: Address | None = None
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="archeval-proxy", daemon=True)

    def start(self) -> None:
        """Begin to listen. Raises OSError when the address is taken."""
        self._thread.start()
        self._flowing.set()
        self._call(self._open())

    def close(self) -> None:
        """Cut what is open and stop listening. May be called again."""
        if not self._thread.is_alive():
            return
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LIFECYCLE_S)
        self._loop.close()

    @property
    def address(self) -> Address:
        """Where clients connect to; the same while nobody listens there."""
        if self._address is None:
            raise HarnessFault("the fault proxy was not started", kind="testbed_closed")
        return self._address

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._links)

    def set_mode(self, mode: Mode, *, delay_s: float = 0.0) -> None:
        """Change what happens to connections from now on. For the faults, which also change it back."""
        self._call(self._change(mode, delay_s))

    def cut(self) -> int:
        """Reset every open connection on both sides; return how many there were."""
        return self._call(self._cut())

    def _call(self, work: Coroutine[None, None, int]) -> int:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(_LIFECYCLE_S)
        except TimeoutError as error:
            raise HarnessFault("the fault proxy's thread does not answer", kind="proxy_stuck") from error

    async def _open(self) -> int:
        if self._server is None:
            bound = self._listen()
            name = bound.getsockname()
            self._address = Path(name) if isinstance(name, str) else (name[0], name[1])
            if bound.family == socket.AF_UNIX:
                self._server = await asyncio.start_unix_server(self._accepted, sock=bound, backlog=_BACKLOG)
            else:
                self._server = await asyncio.start_server(self._accepted, sock=bound, backlog=_BACKLOG)
        return 0

    async def _shut(self) -> int:
        if self._server is not None:
            self._server.close()
            self._server = None
        return await self._cut()

    async def _end(self) -> int:
        await self._shut()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        return len(rest)

    async def _change(self, mode: Mode, delay_s: float) -> int:
        self._mode, self._delay_s = mode, delay_s
        if mode == "stall":
            self._flowing.clear()
        else:
            self._flowing.set()
        return await (self._shut() if mode == "refuse" else self._open())

    async def _cut(self) -> int:
        links = list(self._links)
        for link in links:
            link.reset()
        return len(links)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await self._connected()
        except OSError:  # as if the server itself had hung up
            _reset(writer)
            return
        link = _Link(writer, there[1])
        self._links.add(link)
        try:
            await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))
        except OSError:
            link.reset()
        finally:
            self._links.discard(link)
            link.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.upstream, Path):
            return await asyncio.open_unix_connection(str(self.upstream))
        if callable(self.upstream):
            link = await asyncio.to_thread(self.upstream)
            link.setblocking(False)
            return await asyncio.open_connection(sock=link)
        return await asyncio.open_connection(*self.upstream)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK_BYTES):
            if self._mode == "delay":
                await asyncio.sleep(self._delay_s)
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


class _Link:
    """Both sides of one connection."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self._writers = writers
        for writer in writers:
            link = writer.get_extra_info("socket")
            if link.family != socket.AF_UNIX:
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def reset(self) -> None:
        for writer in self._writers:
            _reset(writer)

    def close(self) -> None:
        for writer in self._writers:
            writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection so that the other side sees a reset where TCP can do that, and else an end."""
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextmanager
def open_proxy(upstream: Upstream, *, listen: Callable[[], socket.socket] | None = None) -> Generator[FaultProxy]:
    """Start a proxy for `upstream`, and end it after the block.

    `listen` returns a bound socket, such as one of a pod's network (`Pod.new_socket`); see `tcp_listener` and
    `unix_listener`. By default a free port of this machine's loopback.
    """
    proxy = FaultProxy(upstream, listen or tcp_listener())
    try:
        proxy.start()
        yield proxy
    finally:
        proxy.close()


def tcp_listener(port: int = 0, make: Callable[[], socket.socket] = socket.socket) -> Callable[[], socket.socket]:
    """Return what binds sockets made by `make` to `port` of 127.0.0.1; 0 takes a free one, and keeps it."""
    kept = [port]

    def bind() -> socket.socket:
        bound = make()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", kept[0]))
        kept[0] = bound.getsockname()[1]
        return bound

    return bind


def unix_listener(path: Path, *, mode: int = 0o777) -> Callable[[], socket.socket]:
    """Return what binds sockets to `path`, which is replaced if it is there."""

    def bind() -> socket.socket:
        path.unlink(missing_ok=True)
        bound = socket.socket(socket.AF_UNIX)
        bound.bind(str(path))
        path.chmod(mode)
        return bound

    return bind


@dataclass(frozen=True)
class Refused:
    """Nobody listens, and what was open is cut: the server seems to be down."""

    proxy: FaultProxy
    name: str = "connections_refused"

    @contextmanager
    def injected(self) -> Generator[None]:
        """See Fault."""
        with _mode(self.proxy, "refuse"):
            yield


@dataclass(frozen=True)
class Delayed:
    """What is sent arrives `delay_s` later, in both directions: a round trip takes twice as long."""

    proxy: FaultProxy
    delay_s: float
    name: str = "connections_delayed"

    @contextmanager
    def injected(self) -> Generator[None]:
        """See Fault."""
        with _mode(self.proxy, "delay", delay_s=self.delay_s):
            yield


@dataclass(frozen=True)
class Stalled:
    """Connections open and stay open, and nothing arrives: the network drops every packet."""

    proxy: FaultProxy
    name: str = "connections_stalled"

    @contextmanager
    def injected(self) -> Generator[None]:
        """See Fault. What was sent meanwhile arrives afterwards."""
        with _mode(self.proxy, "stall"):
            yield


@dataclass(frozen=True)
class Cut:
    """Every open connection is reset when the block begins; new ones work."""

    proxy: FaultProxy
    name: str = "connections_cut"

    @contextmanager
    def injected(self) -> Generator[None]:
        """See Fault."""
        self.proxy.cut()
        yield


@contextmanager
def _mode(proxy: FaultProxy, mode: Mode, *, delay_s: float = 0.0) -> Generator[None]:
    try:
        proxy.set_mode(mode, delay_s=delay_s)
        yield
    finally:
        proxy.set_mode("pass")

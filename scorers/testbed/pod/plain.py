"""A pod without a sandbox, for machines that allow none, and for submissions that ship with archeval only.

Its network is the machine's own loopback. Limits are watched, not enforced.
"""

import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from scorers.errors import HarnessFault
from scorers.testbed.network import LOOPBACK, THIS_MACHINE, Joining, free_port
from scorers.testbed.pod.http import pod_client
from scorers.testbed.pod.plain_room import PlainRoom
from scorers.testbed.pod.protocol import Finished, Tier
from scorers.testbed.pod.relays import Relays
from scorers.testbed.pod.running import run_here
from scorers.testbed.runtime.node_modules import node_modules
from scorers.testbed.runtime.shown import RuntimeName
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.server_user import ServerUser
from scorers.testbed.shutdown import OPEN_TESTBEDS


class PlainPod:
    """See Pod."""

    apart = False

    def __init__(self, *, sockets: Mapping[str, Path]) -> None:
        self._sockets = dict(sockets)
        self._folder = Path(tempfile.mkdtemp(prefix="archeval-pod-"))
        self._relays = Relays()
        self._rooms: list[PlainRoom] = []
        self._lifecycle = threading.RLock()
        self._ticket = OPEN_TESTBEDS.add(self.close)

    @property
    def folder(self) -> Path:
        """See Pod."""
        return self._folder

    @property
    def tier(self) -> Tier:
        """See Pod."""
        return "none"

    @property
    def description(self) -> dict[str, str]:
        """See Pod."""
        return {"sandbox": self.tier, "limits": "watcher"}

    def new_socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """See Pod."""
        return socket.socket(family, kind)

    def free_port(self) -> int:
        """See Network."""
        return free_port()

    def joining(self, user: ServerUser) -> AbstractContextManager[Joining]:
        """See Network."""
        return THIS_MACHINE.joining(user)

    def show(self, port: int) -> None:
        """See Network: it is there already."""

    def connect(self, port: int, timeout_s: float) -> socket.socket:
        """See Pod."""
        connection = socket.create_connection((LOOPBACK, port), timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def http(self, port: int, **options: Any) -> httpx.Client:
        """See Pod."""
        return pod_client(self.connect, port, **options)

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        cpus: frozenset[int] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        """See Pod."""
        return run_here(argv, timeout_s=timeout_s, cpus=cpus, env=env)

    def socket_folder(self, name: str) -> Path:
        """See Pod."""
        return self._sockets[name]

    @contextmanager
    def open_room(self, limits: ServiceLimits, runtime: RuntimeName | None) -> Generator[PlainRoom]:
        """See Pod. The whole environment of archeval is there to import."""
        environment = _environment(runtime)
        room = PlainRoom(Path(tempfile.mkdtemp(dir=self._folder)), free_port(), limits, environment)
        self._rooms.append(room)
        try:
            yield room
        finally:
            room.close()

    def relay_in(self, port: int, target: Path) -> None:
        """See Pod."""
        self._relays.to_unix_socket(self.new_socket(), port, target)

    def relay_out(self, port: int, host: str, host_port: int) -> None:
        """See Pod."""
        self._relays.to_host(self.new_socket(), port, host, host_port)

    def close(self) -> None:
        """End everything in the pod and remove its folder. May be called again."""
        with self._lifecycle:
            for room in self._rooms:
                room.close()
            self._relays.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            OPEN_TESTBEDS.discard(self._ticket)


def _environment(runtime: RuntimeName | None) -> dict[str, str]:
    folders = [Path(sys.executable).parent, Path("/usr/bin"), Path("/bin")]
    if runtime != "node":
        return {"PATH": os.pathsep.join(map(str, folders)), "PYTHONUNBUFFERED": "1"}
    node = shutil.which("node")
    if node is None:
        raise HarnessFault("the service wants Node.js; install Node.js 20 or newer", kind="runtime_missing")
    # Modules are looked for in this folder where none of the service's own has them.
    return {"PATH": os.pathsep.join(map(str, [Path(node).parent, *folders])), "NODE_PATH": str(node_modules())}

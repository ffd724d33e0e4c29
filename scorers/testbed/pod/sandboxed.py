"""A pod whose services run in bubblewrap's sandbox."""

import itertools
import os
import socket
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from scorers.errors import HarnessFault
from scorers.testbed.network import LOOPBACK, Joining, free_port
from scorers.testbed.pod.client import KeeperClient
from scorers.testbed.pod.http import pod_client
from scorers.testbed.pod.passage import let_pass
from scorers.testbed.pod.protocol import Finished, Tier
from scorers.testbed.pod.relays import Relays
from scorers.testbed.pod.room import SandboxedRoom
from scorers.testbed.pod.running import joining_network, run_in_network
from scorers.testbed.runtime.shown import NOTHING, Runtime, RuntimeName
from scorers.testbed.runtime.shown import runtime as runtime_named
from scorers.testbed.runtime.system import system_view
from scorers.testbed.sandbox.account import service_user
from scorers.testbed.sandbox.bubblewrap import SandboxView
from scorers.testbed.sandbox.cgroups import ControlGroup, usable_hierarchies
from scorers.testbed.sandbox.limits import MIB, ServiceLimits
from scorers.testbed.server_user import ServerUser
from scorers.testbed.shutdown import OPEN_TESTBEDS
from scorers.testbed.storage import HeldFolder, choose_storage, make_folder

_FIRST_PORT = 8080
_OWN_BYTES = MIB
"""For the few files that the pod itself shows; every room has memory of its own."""

_ETC = {
    "passwd": "service:x:1000:1000:service:/tmp:/bin/sh\n",
    "group": "service:x:1000:\n",
    "hosts": "127.0.0.1 localhost service\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "resolv.conf": "",
}


class SandboxedPod:
    """See Pod. `close` ends all that is in it; nothing is left."""

    apart = True

    def __init__(self, bwrap: Path, *, sockets: Mapping[str, Path]) -> None:
        self._bwrap = bwrap
        self._user = service_user()
        self._lifecycle = threading.RLock()
        self._numbers = itertools.count()
        self._keeper: KeeperClient | None = None
        self._held: HeldFolder | None = None
        self._relays: Relays | None = None
        self._rooms: list[SandboxedRoom] = []
        self._shown_ports: set[int] = set()
        self._hierarchies = usable_hierarchies()
        self._shown = {f"/run/{name}": let_pass(folder, self._user) for name, folder in sockets.items()}
        self._ticket = OPEN_TESTBEDS.add(self.close)
        try:
            self._open()
        except OSError as error:
            self.close()
            raise HarnessFault(
                f"cannot set up a pod for user {self._user.uid}: {error}; run archeval as an ordinary user, or as a root "
                "whose user namespace has all 65536 users",
                kind="sandbox_unavailable",
            ) from error
        except BaseException:
            self.close()
            raise

    @property
    def folder(self) -> Path:
        """See Pod."""
        if self._held is None:
            raise HarnessFault("this pod is closed", kind="testbed_closed")
        return self._held.folder.sockets

    @property
    def tier(self) -> Tier:
        """See Pod."""
        return "bubblewrap"

    @property
    def description(self) -> dict[str, str]:
        """See Pod."""
        kept = self._hierarchies.name if self._hierarchies else "process limit and watcher"
        return {"sandbox": self.tier, "limits": kept}

    def new_socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """See Pod."""
        return self._kept().new_socket(family, kind)

    def connect(self, port: int, timeout_s: float) -> socket.socket:
        """See Pod."""
        connection = self.new_socket()
        try:
            connection.settimeout(timeout_s)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect((LOOPBACK, port))
        except BaseException:
            connection.close()
            raise
        return connection

    def free_port(self) -> int:
        """See Network."""
        return free_port(self.new_socket)

    def joining(self, user: ServerUser) -> AbstractContextManager[Joining]:
        """See Network."""
        return joining_network(self._kept().pid, user)

    def show(self, port: int) -> None:
        """See Network."""
        with self._lifecycle:
            if port not in self._shown_ports:
                self.relay_out(port, LOOPBACK, port)
                self._shown_ports.add(port)

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
        return run_in_network(self._kept().pid, argv, timeout_s=timeout_s, cpus=cpus, env=env)

    def socket_folder(self, name: str) -> Path:
        """See Pod."""
        place = f"/run/{name}"
        if place not in self._shown:
            raise ValueError(f"this pod was opened without a socket folder {name!r}")
        return Path(place)

    @contextmanager
    def open_room(self, limits: ServiceLimits, runtime: RuntimeName | None) -> Generator[SandboxedRoom]:
        """See Pod."""
        room = self._new_room(limits, NOTHING if runtime is None else runtime_named(runtime))
        try:
            yield room
        finally:
            with self._lifecycle:
                room.close()
                if room in self._rooms:
                    self._rooms.remove(room)

    def relay_in(self, port: int, target: Path) -> None:
        """See Pod."""
        self._relayed().to_unix_socket(self.new_socket(), port, target)

    def relay_out(self, port: int, host: str, host_port: int) -> None:
        """See Pod."""
        self._relayed().to_host(self.new_socket(), port, host, host_port)

    def close(self) -> None:
        """End everything in the pod and remove its folder. May be called again, also by another thread."""
        with self._lifecycle:
            while self._rooms:
                self._rooms.pop().close()
            if self._relays is not None:
                self._relays.close()
                self._relays = None
            if self._keeper is not None:
                self._keeper.close()
                self._keeper = None
            if self._held is not None:
                self._held.remove()
                self._held = None
            OPEN_TESTBEDS.discard(self._ticket)

    def _open(self) -> None:
        with self._lifecycle:
            self._held = make_folder(choose_storage(self._user, 0), self._user)
            work = self._held.folder.server / "w"
            work.mkdir(mode=0o700)
            if self._user.is_other:
                os.chown(work, self._user.uid, self._user.gid)
            self._keeper = KeeperClient(self._user, work, _OWN_BYTES)
            self._keeper.write_files(work / "etc", _ETC)

    def _new_room(self, limits: ServiceLimits, runtime: Runtime) -> SandboxedRoom:
        with self._lifecycle:
            keeper, number = self._kept(), next(self._numbers)
            work = self.folder.parent / "w"
            name = f"{self.folder.parent.parent.name}-{number}"

            def view(folder: Path, tmp_bytes: int) -> SandboxView:
                return SandboxView(
                    system_view(),
                    app=folder,
                    read_only={**self._shown, **runtime.shown},
                    etc=tuple(work / "etc" / file for file in _ETC),
                    tmp_bytes=tmp_bytes,
                )

            room = SandboxedRoom(
                keeper,
                bwrap=self._bwrap,
                view=view,
                folder=work / f"room{number}",
                port=_FIRST_PORT + number,
                environment=runtime.environment,
                limits=limits,
                group=ControlGroup(self._hierarchies, name) if self._hierarchies else None,
            )
            self._rooms.append(room)
            return room

    def _kept(self) -> KeeperClient:
        if self._keeper is None:
            raise HarnessFault("this pod is closed", kind="testbed_closed")
        return self._keeper

    def _relayed(self) -> Relays:
        with self._lifecycle:
            self._kept()
            if self._relays is None:
                self._relays = Relays()
            return self._relays

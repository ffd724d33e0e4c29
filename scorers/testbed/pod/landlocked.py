"""A pod whose services run in Landlock's walls, for machines that close user namespaces.

Its network is the machine's own loopback, of which a service may listen at its own port and connect to the pod's. It has
neither a file system nor a process table of its own: see `NOTES`.
"""

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
from scorers.testbed.network import LOOPBACK, THIS_MACHINE, Joining
from scorers.testbed.pod.http import pod_client
from scorers.testbed.pod.landlocked_room import LandlockedRoom
from scorers.testbed.pod.landlocked_runtime import PlacedRuntime, place_runtime
from scorers.testbed.pod.passage import let_pass
from scorers.testbed.pod.ports import HeldPort, NotedSocket, hold_port
from scorers.testbed.pod.protocol import Finished, Tier
from scorers.testbed.pod.relays import Relays
from scorers.testbed.pod.running import run_here
from scorers.testbed.runtime.shown import RuntimeName
from scorers.testbed.runtime.shown import runtime as runtime_named
from scorers.testbed.sandbox.account import service_user
from scorers.testbed.sandbox.cgroups import ControlGroup, usable_hierarchies
from scorers.testbed.sandbox.landlock.view import system_paths
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.server_user import ServerUser
from scorers.testbed.shutdown import OPEN_TESTBEDS
from scorers.testbed.storage import LEAST_MEMORY_BYTES, RESERVE_BYTES, HeldFolder, Storage, make_folder, storages

NOTES = (
    "the machine's own loopback, where only the pod's ports can be connected to; no /dev/shm, and for /tmp a folder "
    "(TMPDIR); stored files are measured, not held to a size; that other files exist can be seen, not what is in them"
)
"""What a service has less of, or more, than in a sandbox with namespaces."""


class LandlockedPod:
    """See Pod. `close` ends all that is in it; nothing is left."""

    apart = False

    def __init__(self, *, sockets: Mapping[str, Path]) -> None:
        self._user = service_user()
        self._lifecycle = threading.RLock()
        self._numbers = itertools.count()
        self._hierarchies = usable_hierarchies()
        self._sockets = {name: let_pass(folder, self._user) for name, folder in sockets.items()}
        self._storage = _choose_storage(self._user)
        self._ports: dict[int, int] = {}
        self._held_ports: list[HeldPort] = []
        self._relays = Relays()
        self._rooms: list[LandlockedRoom] = []
        self._held: HeldFolder | None = None
        self._ticket = OPEN_TESTBEDS.add(self.close)
        try:
            self._held = make_folder(self._storage, self._user)
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
        return self._kept().folder.sockets

    @property
    def tier(self) -> Tier:
        """See Pod."""
        return "landlock"

    @property
    def description(self) -> dict[str, str]:
        """See Pod."""
        kept = self._hierarchies.name if self._hierarchies else "process limit"
        return {"sandbox": self.tier, "limits": f"{kept} and watcher", "sandbox notes": NOTES}

    def new_socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """See Pod. Services may connect to what it is bound to."""
        self._kept()
        return NotedSocket(family, kind, lambda port: self._lead(port, port))

    def connect(self, port: int, timeout_s: float) -> socket.socket:
        """See Pod."""
        connection = socket.create_connection((LOOPBACK, self._ports.get(port, port)), timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def free_port(self) -> int:
        """See Network. Services may connect to it."""
        with self._lifecycle:
            self._kept()
            held = hold_port()
            self._held_ports.append(held)
            self._lead(held.number, held.number)
            return held.number

    def joining(self, user: ServerUser) -> AbstractContextManager[Joining]:
        """See Network."""
        return THIS_MACHINE.joining(user)

    def show(self, port: int) -> None:
        """See Network. Services may connect to it."""
        self._kept()
        self._lead(port, port)

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
        if name not in self._sockets:
            raise ValueError(f"this pod was opened without a socket folder {name!r}")
        return self._sockets[name]

    @contextmanager
    def open_room(self, limits: ServiceLimits, runtime: RuntimeName | None) -> Generator[LandlockedRoom]:
        """See Pod."""
        room = self._new_room(limits, runtime)
        try:
            yield room
        finally:
            with self._lifecycle:
                room.close()
                if room in self._rooms:
                    self._rooms.remove(room)

    def relay_in(self, port: int, target: Path) -> None:
        """See Pod. The relay listens at a port that no other pod has; services are led there."""
        with self._lifecycle:
            relay = self._port_for(port)
            self._relays.to_unix_socket(socket.socket(), relay, target)
            self._lead(port, relay)

    def relay_out(self, port: int, host: str, host_port: int) -> None:
        """See Pod. To what is on this loopback already, services are led without a relay."""
        with self._lifecycle:
            if host == LOOPBACK:
                self._assert_free(port)
                self._lead(port, host_port)
                return
            relay = self._port_for(port)
            self._relays.to_host(socket.socket(), relay, host, host_port)
            self._lead(port, relay)

    def close(self) -> None:
        """End everything in the pod and remove its folder. May be called again, also by another thread."""
        with self._lifecycle:
            while self._rooms:
                self._rooms.pop().close()
            self._relays.close()
            while self._held_ports:
                self._held_ports.pop().close()
            if self._held is not None:
                self._held.remove()
                self._held = None
            OPEN_TESTBEDS.discard(self._ticket)

    def _new_room(self, limits: ServiceLimits, runtime: RuntimeName | None) -> LandlockedRoom:
        with self._lifecycle:
            held, number = self._kept(), next(self._numbers)
            shown = PlacedRuntime()
            if runtime is not None:
                shown = place_runtime(runtime_named(runtime), held.folder.server)
            port = hold_port()
            room = LandlockedRoom(
                held.folder.server / f"room{number}",
                user=self._user,
                above=held.folder.server,
                port=port,
                ports=lambda: self._ports,
                paths={**system_paths(), **shown.paths},
                socket_folders=[str(folder) for folder in self._sockets.values()],
                environment=shown.environment,
                limits=limits,
                group=ControlGroup(self._hierarchies, f"{held.folder.path.name}-{number}")
                if self._hierarchies
                else None,
                memory_backed=self._storage.memory_backed,
            )
            self._rooms.append(room)
            self._lead(port.number, port.number)
            return room

    def _lead(self, port: int, real_port: int) -> None:
        """Let all services of the pod connect to `port` from now on, which is `real_port` of the machine's loopback."""
        with self._lifecycle:
            self._ports[port] = real_port
            for room in self._rooms:
                room.allow(self._ports)

    def _port_for(self, port: int) -> int:
        self._assert_free(port)
        held = hold_port()
        self._held_ports.append(held)
        return held.number

    def _assert_free(self, port: int) -> None:
        if port in self._ports:
            raise HarnessFault(f"port {port} of the pod is taken: it leads somewhere already", kind="port_taken")

    def _kept(self) -> HeldFolder:
        if self._held is None:
            raise HarnessFault("this pod is closed", kind="testbed_closed")
        return self._held


def _choose_storage(user: ServerUser) -> Storage:
    """Return the best storage that a service can run programs of its own from. Raises HarnessFault (kind `no_space`)."""
    for storage in storages():
        least_bytes = LEAST_MEMORY_BYTES if storage.memory_backed else RESERVE_BYTES
        if storage.usable(user) and storage.free_bytes >= least_bytes and not _forbids_programs(storage.parent):
            return storage
    looked_at = ", ".join(str(storage.parent) for storage in storages())
    raise HarnessFault(
        f"no room for a pod in {looked_at}: usable by user {user.uid}, with {RESERVE_BYTES >> 20} MiB free and not mounted "
        "`noexec`; set TMPDIR to such a folder",
        kind="no_space",
    )


def _forbids_programs(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_NOEXEC)

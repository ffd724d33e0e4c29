"""Containers for one grade through testcontainers, on an engine of this machine.

Every container is labelled with a testbed folder whose lock the grade holds. A container whose folder is gone is a
leftover and removed at the next start, so no helper container is needed that would have to be pulled first.
"""

# The engine's library is typed in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import docker
from docker.errors import DockerException, NotFound
from requests.exceptions import RequestException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from scorers.errors import HarnessFault, InputError
from scorers.evidence import clean
from scorers.testbed.server_user import ServerUser
from scorers.testbed.shutdown import OPEN_TESTBEDS
from scorers.testbed.storage import HeldFolder, choose_storage, make_folder
from scorers.testbed.sweep import remove_leftover

LABEL = "archeval.testbed"
"""The label that names a container's testbed folder."""

START_S = 120.0
_POLL_S = 0.05
_STOP_S = 5
_MEMORY = "2g"
_PROCESSES = 512


@dataclass(frozen=True)
class Image:
    """A server's image and how to run it."""

    kind: str
    name: str
    variable: str
    """The environment variable by which a user chooses another image."""
    port: int
    """The port the server listens on, inside."""
    host_port: int
    """The port of this machine's loopback that leads to it."""
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


class OwnContainer:
    """See OwnProcess. A container of one grade; `close` removes it with what it stored."""

    def __init__(self, image: Image, user: ServerUser, ready: Callable[[], bool]) -> None:
        self._image = image
        self._user = user
        self._ready = ready
        self._lifecycle = threading.RLock()
        self._held: HeldFolder | None = None
        self._container: DockerContainer | None = None
        require_engine()
        self._ticket = OPEN_TESTBEDS.add(self.close)
        with self._lifecycle:
            try:
                self._held = make_folder(choose_storage(user, 0), user)
                self._container = self._run(self._held.folder.path)
                self._wait_until_ready()
            except BaseException:
                self.close()
                raise

    @property
    def pid(self) -> int:
        """The id on this machine of the container's first process. Raises HarnessFault (kind 'server_down')."""
        wrapped = self._wrapped()
        try:
            wrapped.reload()
        except (DockerException, RequestException) as error:
            raise self.gone(str(error)) from error
        found = int(wrapped.attrs["State"]["Pid"])
        if not found:
            raise HarnessFault(f"{self._image.kind} is not running in its container", kind="server_down")
        return found

    def kill(self) -> None:
        """End the server with SIGKILL and wait until it is gone. A server that is gone stays gone."""
        with self._lifecycle:
            wrapped = self._wrapped()
            wrapped.reload()
            if wrapped.status == "running":
                wrapped.kill()
            wrapped.wait(timeout=_STOP_S * 2)

    def restart(self) -> None:
        """Start it again at the same address with what it stored on disk, and wait until it is ready."""
        with self._lifecycle:
            try:
                self._wrapped().restart(timeout=_STOP_S)
            except (DockerException, RequestException) as error:
                raise self.gone(f"it does not start again: {error}") from error
            self._wait_until_ready()

    def close(self) -> None:
        """Remove the container and its folder. May be called again."""
        with self._lifecycle:
            if self._container is not None:
                self._remove(self._container)
                self._container = None
            if self._held is not None:
                remove_leftover(self._held, self._user)
            OPEN_TESTBEDS.discard(self._ticket)

    def gone(self, what: str) -> HarnessFault:
        """Return the fault to raise when the server does not work, with the end of its log."""
        log = self._log_tail()
        return HarnessFault(
            f"{self._image.kind} in its container is gone: {what}" + (f"; its log ends:\n{log}" if log else ""),
            kind=f"{self._image.kind}_gone",
            attributable=True,
        )

    def _run(self, folder: Path) -> DockerContainer:
        # Its reaper is an image of its own to pull; labels and locks do the same here.
        testcontainers_config.ryuk_disabled = True
        try:
            container = DockerContainer(
                self._image.name,
                labels={LABEL: str(folder)},
                mem_limit=_MEMORY,
                pids_limit=_PROCESSES,
            ).with_command(list(self._image.command))
            for name, value in self._image.environment.items():
                container.with_env(name, value)
            # testcontainers itself would publish on all of the machine's addresses.
            ports = cast("dict[str, Any]", container.ports)
            ports[f"{self._image.port}/tcp"] = ("127.0.0.1", self._image.host_port)
            return container.start()
        except (DockerException, RequestException) as error:
            raise HarnessFault(
                f"the image {self._image.name!r} does not run: {error}; `docker pull {self._image.name}`, or name another "
                f"one in {self._image.variable}",
                kind="testbed_unavailable",
            ) from error

    def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + START_S
        while not self._ready():
            wrapped = self._wrapped()
            wrapped.reload()
            if wrapped.status in {"exited", "dead"}:
                raise HarnessFault(
                    f"{self._image.kind} ended while it started; its log ends:\n{self._log_tail()}",
                    kind="testbed_unavailable",
                )
            if time.monotonic() > give_up:
                raise HarnessFault(
                    f"{self._image.kind} was not ready after {START_S:g} s; its log ends:\n{self._log_tail()}",
                    kind="testbed_unavailable",
                )
            time.sleep(_POLL_S)

    def _wrapped(self) -> Any:
        if self._container is None:
            raise HarnessFault(f"this {self._image.kind} container is closed", kind="testbed_closed")
        return self._container.get_wrapped_container()

    def _remove(self, container: DockerContainer) -> None:
        try:
            container.stop(force=True, delete_volume=True)
        except NotFound:
            return
        except (DockerException, RequestException) as error:
            raise HarnessFault(
                f"cannot remove the container of {self._image.kind}: {error}; `docker rm -f` it", kind="cleanup_failed"
            ) from error

    def _log_tail(self, limit_bytes: int = 2000) -> str:
        try:
            printed: bytes = self._wrapped().logs(tail=40)
        except (HarnessFault, DockerException, RequestException):
            return ""
        return clean(printed[-limit_bytes:].decode(errors="replace").strip())


def require_engine() -> str:
    """Return the version of the container engine. Raises InputError when there is none on this machine."""
    host = os.environ.get("DOCKER_HOST", "")
    if host and not host.startswith("unix://"):
        raise InputError(
            f"DOCKER_HOST is {host!r}, and the docker testbed needs an engine on this machine: its servers' ports are "
            "published on the loopback only; set DOCKER_HOST=unix:///path/of/docker.sock"
        )
    try:
        client = docker.from_env(timeout=30)
    except DockerException as error:
        raise _no_engine(host, error) from error
    try:
        return str(client.version()["Version"])
    except (DockerException, RequestException) as error:
        raise _no_engine(host, error) from error
    finally:
        client.close()


def sweep_containers() -> int:
    """Remove the containers whose testbed is gone; return how many there were. Call it after the folders' sweep."""
    client = docker.from_env(timeout=30)
    try:
        found = client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
        leftovers = [one for one in found if not Path(one.labels[LABEL]).exists() and _is_ours(one.labels[LABEL])]
        for container in leftovers:
            container.remove(force=True, v=True)
        return len(leftovers)
    except NotFound:
        return 0
    except (DockerException, RequestException) as error:
        raise HarnessFault(
            f"cannot remove leftover containers: {error}; `docker ps -a --filter label={LABEL}`", kind="cleanup_failed"
        ) from error
    finally:
        client.close()


def _is_ours(folder: str) -> bool:
    """Another user of this machine may use the same engine, and have folders that this one cannot see."""
    return Path(folder).parent.name == f"archeval-{os.geteuid()}"


def _no_engine(host: str, error: Exception) -> InputError:
    where = host or "the usual place"
    return InputError(
        f"no container engine answers at {where}: {error}; install and start Docker (Debian: docker.io), put this user "
        "into the group docker, or set DOCKER_HOST; without an engine there is `--testbed embedded`"
    )

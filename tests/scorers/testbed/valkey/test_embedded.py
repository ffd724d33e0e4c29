"""The grade's own Valkey: what the submission may do, what the grader sees, and what is left."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis
from redis.exceptions import NoPermissionError

from scorers.errors import HarnessFault
from scorers.testbed.server_user import server_user
from scorers.testbed.sweep import sweep
from scorers.testbed.valkey.client import ask, open_client
from scorers.testbed.valkey.embedded import SOCKET_NAME, EmbeddedValkey, open_embedded_valkey
from scorers.testbed.valkey.protocol import ValkeyClient
from scorers.testbed.valkey.settings import ValkeySettings
from tests.scorers.testbed.traces import kill_and_wait, server_processes


@pytest.fixture
def app(valkey: EmbeddedValkey) -> Iterator[ValkeyClient]:
    with closing(valkey.connect("app")) as client:
        yield client


@pytest.mark.parametrize(
    "command",
    [
        "SET key value EX 60",
        "KEYS *",
        "INFO",
        "FLUSHDB",
        "XADD stream * field value",
        "EVAL return(1) 0",
        "CLIENT SETNAME service",
        "SELECT 3",
    ],
)
def test_the_submission_may_do_what_applications_do(app: ValkeyClient, command: str) -> None:
    ask(app, *command.split())


@pytest.mark.parametrize(
    "command",
    [
        "CONFIG SET maxmemory 0",
        "CONFIG GET requirepass",
        "SHUTDOWN NOSAVE",
        "DEBUG JMAP",
        "ACL LIST",
        "ACL SETUSER default on nopass ~* +@all",
        "FLUSHALL",
        "SWAPDB 0 1",
        "MODULE LOAD /x.so",
        "MONITOR",
        "CLIENT KILL TYPE normal",
        "CLIENT PAUSE 1000",
        "REPLICAOF 127.0.0.1 1",
        "SAVE",
        "MIGRATE 127.0.0.1 1 key 0 1",
        "CONFIG RESETSTAT",
    ],
)
def test_the_submission_may_not_touch_the_server(app: ValkeyClient, command: str) -> None:
    with pytest.raises((NoPermissionError, redis.ResponseError), match=r"no permissions|not allowed"):
        ask(app, *command.split())


def test_a_script_of_the_submission_may_no_more(app: ValkeyClient) -> None:
    with pytest.raises(redis.ResponseError, match=r"not allowed|permissions"):
        ask(app, "EVAL", "return redis.call('CONFIG', 'SET', 'maxmemory', '0')", "0")


@pytest.mark.parametrize("login", ["", "app:wrong@", "archeval_admin:@", ":guess@"])
def test_nobody_gets_in_without_a_password(valkey: EmbeddedValkey, login: str) -> None:
    path = valkey.socket_folder / SOCKET_NAME
    with (
        closing(open_client(f"unix://{login}{path}")) as client,
        pytest.raises(redis.RedisError, match=r"already authenticated|invalid username-password"),
    ):
        ask(client, "GET", "key")


def test_the_url_follows_the_folder_it_is_seen_in(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    seen_in = tmp_path / "run"
    seen_in.symlink_to(valkey.socket_folder)
    assert [entry.name for entry in valkey.socket_folder.iterdir()] == [SOCKET_NAME]
    with closing(open_client(valkey.url(socket_folder=seen_in))) as client:
        assert ask(client, "ACL", "WHOAMI") == b"app"
    assert str(valkey.socket_folder) not in valkey.url(socket_folder=seen_in)


def test_the_counters_are_the_servers_own(valkey: EmbeddedValkey, app: ValkeyClient) -> None:
    before = valkey.stats()
    assert before.keys == 0
    ask(app, "SET", "here", "1")
    for key in ("here", "here", "here", "not here"):
        ask(app, "GET", key)
    seen = valkey.stats().since(before)
    assert (seen.keyspace_hits, seen.keyspace_misses, seen.keys, seen.hit_ratio) == (3, 1, 1, 0.75)
    assert before.since(before).hit_ratio is None
    assert seen.commands >= 5


def test_dropping_the_cache_empties_all_databases(valkey: EmbeddedValkey, app: ValkeyClient) -> None:
    ask(app, "SET", "key", "0")
    ask(app, "SELECT", "5")
    ask(app, "SET", "key", "5")
    assert valkey.stats().keys == 2
    valkey.drop_cache()
    assert valkey.stats().keys == 0
    assert ask(app, "GET", "key") is None


def test_memory_is_bounded_as_the_settings_say() -> None:
    settings = ValkeySettings(maxmemory_bytes=4 * 1024**2, maxmemory_policy="allkeys-lru")
    block = "x" * 100_000
    with open_embedded_valkey(server_user(), settings) as evicting, closing(evicting.connect("app")) as client:
        for number in range(100):
            ask(client, "SET", f"key {number}", block)
        assert evicting.stats().evicted_keys > 0
        assert evicting.stats().used_memory_bytes < 5 * 1024**2
    with open_embedded_valkey(server_user(), ValkeySettings(maxmemory_bytes=4 * 1024**2)) as refusing:
        with closing(refusing.connect("app")) as client, pytest.raises(redis.OutOfMemoryError):
            _ = [ask(client, "SET", f"key {number}", block) for number in range(100)]
        assert refusing.stats().evicted_keys == 0


def test_it_listens_on_no_port(valkey: EmbeddedValkey) -> None:
    with closing(valkey.connect("admin")) as client:
        assert ask(client, "CONFIG", "GET", "port") == {b"port": b"0"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_does_not_run_it(valkey: EmbeddedValkey) -> None:
    assert Path(f"/proc/{valkey.pid}").stat().st_uid == server_user().uid != 0


def test_no_password_is_on_the_command_line_or_in_a_file(valkey: EmbeddedValkey) -> None:
    password = valkey.url().split(":")[2].partition("@")[0]
    assert password not in Path(f"/proc/{valkey.pid}/cmdline").read_text()
    folder = valkey.socket_folder.parent.parent
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files, "the control: there is a log at least"
    assert not [path for path in files if password in path.read_text(errors="replace")]


def test_a_killed_server_is_gone_until_it_is_restarted(fresh: EmbeddedValkey) -> None:
    with closing(fresh.connect("app")) as client:
        ask(client, "SET", "key", "1")
    first = fresh.pid
    fresh.kill()
    with pytest.raises(HarnessFault, match="signal 9") as down:
        _ = fresh.pid
    assert down.value.kind == "server_down"
    with pytest.raises(HarnessFault, match="valkey is gone") as gone:
        fresh.assert_alive()
    assert (gone.value.kind, gone.value.attributable) == ("valkey_gone", True)
    with pytest.raises(HarnessFault):
        fresh.stats()
    fresh.restart()
    fresh.assert_alive()
    assert fresh.pid != first
    with closing(fresh.connect("app")) as client:
        assert ask(client, "GET", "key") is None, "a cache keeps nothing over a restart"


def test_a_living_server_can_be_restarted(fresh: EmbeddedValkey) -> None:
    first = fresh.pid
    fresh.restart()
    assert fresh.pid != first
    fresh.assert_alive()


def test_nothing_is_left_after_the_block() -> None:
    with open_embedded_valkey(server_user()) as server:
        folder = server.socket_folder.parent.parent
        assert server_processes(str(folder)), "the control: there is a process"
    assert not folder.exists()
    assert not server_processes(str(folder))
    server.close()
    with pytest.raises(HarnessFault, match="closed"):
        _ = server.socket_folder


def test_a_server_that_dies_leaves_a_block_in_order() -> None:
    with open_embedded_valkey(server_user()) as server:
        folder = server.socket_folder.parent.parent
        kill_and_wait(server.pid)
    assert not folder.exists()


def test_a_sweep_spares_it_as_long_as_it_is_held(valkey: EmbeddedValkey) -> None:
    sweep(server_user())
    valkey.assert_alive()


def test_a_program_that_cannot_start_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scorers.testbed.valkey.embedded._wheels_program", lambda: Path("/bin/false"))
    with pytest.raises(HarnessFault, match="status 1") as caught, open_embedded_valkey(server_user()):
        pass
    assert caught.value.kind == "testbed_unavailable"

"""A Valkey of the user's own: another embedded server plays it."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
import redis

from scorers.errors import HarnessFault, InputError
from scorers.testbed.valkey.client import ask, open_client
from scorers.testbed.valkey.embedded import SOCKET_NAME, EmbeddedValkey
from scorers.testbed.valkey.external import URL_VARIABLE, ExternalValkey, open_external_valkey
from scorers.testbed.valkey.protocol import ValkeyClient


def url_of(server: EmbeddedValkey, database: int) -> str:
    """Return the URL of an administrator with a password that needs quoting."""
    with closing(server.connect("admin")) as client:
        ask(client, "ACL", "SETUSER", "boss", "on", ">p/w@d", "~*", "&*", "+@all")
    return f"unix://boss:p%2Fw%40d@{server.socket_folder / SOCKET_NAME}?db={database}"


@pytest.fixture
def url(valkey: EmbeddedValkey) -> str:
    return url_of(valkey, 9)


@pytest.fixture
def owner(url: str) -> Iterator[ValkeyClient]:
    """The user to whom the server belongs, in the database for archeval."""
    with closing(open_client(url)) as client:
        yield client


def users(owner: ValkeyClient) -> set[str]:
    return {name.decode() for name in ask(owner, "ACL", "USERS")}


def test_a_grade_has_a_database_and_leaves_it_empty(url: str, owner: ValkeyClient) -> None:
    before = users(owner)
    with open_external_valkey(url) as server:
        with closing(server.connect("app")) as app:
            ask(app, "SET", "key", "1")
            assert ask(app, "ACL", "WHOAMI") == b"archeval_app_9"
        assert server.stats().keys == 1
        assert ask(owner, "GET", "key") == b"1", "the control: it is this database"
        server.drop_cache()
        assert server.stats().keys == 0
        with closing(server.connect("app")) as app:
            ask(app, "SET", "left", "1")
        server.assert_alive()
        assert not server.features.own_server
    assert ask(owner, "DBSIZE") == 0
    assert users(owner) == before


def test_the_submission_reaches_no_other_database(url: str, valkey: EmbeddedValkey) -> None:
    with closing(valkey.connect("admin")) as elsewhere:
        ask(elsewhere, "SET", "others", "kept")
        with open_external_valkey(url) as server, closing(server.connect("app")) as app:
            for command in ("SELECT 0", "FLUSHALL", "SWAPDB 0 9", "COPY a b DB 0", "FUNCTION FLUSH", "CONFIG GET *"):
                with pytest.raises(redis.ResponseError, match=r"[Pp]ermission"):
                    ask(app, *command.split())
        assert ask(elsewhere, "GET", "others") == b"kept"


def test_keys_of_others_are_not_touched(url: str, owner: ValkeyClient) -> None:
    ask(owner, "SET", "mine", "1")
    with pytest.raises(InputError, match="not archeval's"), open_external_valkey(url):
        pass
    assert ask(owner, "GET", "mine") == b"1"


def test_what_a_killed_archeval_left_is_removed(url: str, owner: ValkeyClient) -> None:
    ask(owner, "ACL", "SETUSER", "archeval_app_9", "on", "nopass", "~*", "+@all")
    ask(owner, "SET", "left", "1")
    with open_external_valkey(url) as server:
        assert server.stats().keys == 0
    assert "archeval_app_9" not in users(owner)


def test_one_grade_at_a_time_has_the_database(url: str) -> None:
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(open_external_valkey(url))
        with pytest.raises(HarnessFault, match="has held database 9") as busy:
            ExternalValkey(url, wait_s=0.2)
        assert busy.value.kind == "testbed_busy"
        waiting = threading.Thread(target=lambda: second.enter_context(open_external_valkey(url)))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        first.close()
        waiting.join(10)
        assert not waiting.is_alive()


def test_two_databases_do_not_wait_for_each_other(url: str, valkey: EmbeddedValkey) -> None:
    with open_external_valkey(url), open_external_valkey(url_of(valkey, 8)) as other:
        other.assert_alive()


def test_a_user_without_powers_will_not_do(url: str, owner: ValkeyClient, valkey: EmbeddedValkey) -> None:
    ask(owner, "ACL", "SETUSER", "plain", "on", ">plain", "~*", "&*", "+@all", "-acl|setuser")
    plain = f"unix://plain:plain@{valkey.socket_folder / SOCKET_NAME}?db=9"
    with pytest.raises(InputError, match="may not make users"), open_external_valkey(plain):
        pass


def test_a_server_that_is_not_there_is_a_fault(fresh: EmbeddedValkey) -> None:
    url = url_of(fresh, 9)
    with open_external_valkey(url) as server:
        fresh.kill()
        with pytest.raises(HarnessFault, match="does not answer") as gone:
            server.assert_alive()
        assert (gone.value.kind, gone.value.attributable) == ("valkey_gone", True)
    with pytest.raises(HarnessFault, match=URL_VARIABLE) as unreachable, open_external_valkey(url):
        pass
    assert not unreachable.value.attributable


def test_a_url_is_needed(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    with pytest.raises(InputError, match=URL_VARIABLE), open_external_valkey():
        pass
    with pytest.raises(InputError, match="cannot be understood"), open_external_valkey("localhost"):
        pass
    monkeypatch.setenv(URL_VARIABLE, url)
    with open_external_valkey() as server:
        assert server.socket_folder is None

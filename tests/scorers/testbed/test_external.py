"""The external provider, against a server that an embedded testbed lends as somebody's own."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from scorers.errors import HarnessFault, InputError
from scorers.testbed.embedded import EmbeddedTestbed
from scorers.testbed.external import DSN_VARIABLE, ExternalProvider
from scorers.testbed.protocol import DeadlineExceeded, Row
from scorers.testbed.server import DATABASE_PREFIX
from tests.scorers.testbed.conftest import GIB
from tests.scorers.testbed.traces import kill_and_wait, traces_of

Admin = psycopg.Connection[Row]


@pytest.fixture
def dsn(fresh: EmbeddedTestbed) -> str:
    endpoint = fresh.postgres.endpoint
    admin = endpoint.logins["admin"]
    return make_conninfo("", **endpoint.parameters, user=admin.user, password=admin.password, dbname="postgres")


@pytest.fixture
def admin(dsn: str) -> Iterator[Admin]:
    with closing(psycopg.connect(dsn, autocommit=True)) as session:
        yield session


def _databases(admin: Admin) -> set[str]:
    return {name for (name,) in admin.execute("SELECT datname FROM pg_database")}


def _roles(admin: Admin) -> set[str]:
    return {name for (name,) in admin.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'")}


def test_a_plain_dsn_with_a_password_is_enough(dsn: str) -> None:
    parameters = conninfo_to_dict(dsn)
    bare = {name: parameters[name] for name in ("host", "port", "user", "password", "dbname") if name in parameters}
    with ExternalProvider(make_conninfo("", **bare)).open(cluster_bytes=GIB) as testbed:
        testbed.postgres.assert_alive()


def test_a_grade_has_databases_and_roles_and_leaves_none(dsn: str, admin: Admin) -> None:
    before = _databases(admin)
    with ExternalProvider(dsn).open(cluster_bytes=GIB) as testbed:
        postgres = testbed.postgres
        assert not postgres.features.own_cluster
        assert postgres.features.statement_statistics
        name = postgres.create_database()
        with closing(postgres.connect(name, "app_owner")) as owner:
            owner.execute("CREATE TABLE t (id int); GRANT SELECT ON t TO app_user; INSERT INTO t VALUES (1)")
        clone = postgres.create_database(template=name)
        with closing(postgres.connect(clone, "app_user")) as user, closing(postgres.connect(clone, "reader")) as reader:
            assert user.execute("SELECT id FROM t").fetchall() == reader.execute("SELECT id FROM public.t").fetchall()
            with pytest.raises(DeadlineExceeded), postgres.deadline(user, 0.1):
                user.execute("SELECT pg_sleep(60)")
            assert user.execute("SHOW jit").fetchall() == [("off",)]
            assert user.execute("SELECT upper('é'), 'Z' < 'a'").fetchall() == [("É", True)]
        postgres.assert_alive()
        assert {name, clone} < _databases(admin)
    assert _databases(admin) == before
    assert _roles(admin) == {"archeval_admin"}


def test_leftovers_of_a_killed_grade_are_dropped_by_the_next_and_nothing_else(dsn: str, admin: Admin) -> None:
    admin.execute("CREATE DATABASE somebodys")
    admin.execute(f"CREATE DATABASE {DATABASE_PREFIX}lookalike".encode())  # the superuser's, so not a testbed's
    admin.execute(f"CREATE DATABASE {DATABASE_PREFIX}stale OWNER app_owner".encode())
    with ExternalProvider(dsn).open(cluster_bytes=GIB):
        found = _databases(admin)
    assert {"somebodys", f"{DATABASE_PREFIX}lookalike"} < found
    assert f"{DATABASE_PREFIX}stale" not in found


def test_somebody_elses_role_is_not_taken(dsn: str, admin: Admin) -> None:
    admin.execute("COMMENT ON ROLE app_user IS 'of the shop'")
    with pytest.raises(InputError, match="COMMENT ON ROLE app_user"), ExternalProvider(dsn).open(cluster_bytes=GIB):
        pass
    assert "app_user" in _roles(admin)


def test_one_grade_at_a_time(dsn: str) -> None:
    order: list[str] = []
    second_done = threading.Event()

    def second() -> None:
        with ExternalProvider(dsn).open(cluster_bytes=GIB):
            order.append("second opens")
        second_done.set()

    with ExternalProvider(dsn).open(cluster_bytes=GIB) as testbed:
        waiting = threading.Thread(target=second)
        waiting.start()
        with closing(testbed.postgres.connect("postgres", "admin")) as session:
            blocked = "SELECT count(*) FROM pg_locks, pg_sleep(0.02) WHERE locktype = 'advisory' AND NOT granted"
            while session.execute(blocked).fetchall() == [(0,)]:
                assert not second_done.is_set()
        order.append("first closes")
    assert second_done.wait(30)
    waiting.join(30)
    assert order == ["first closes", "second opens"]


def test_the_quota_holds_there_too(dsn: str) -> None:
    with ExternalProvider(dsn).open(cluster_bytes=64 * 1024**2) as testbed:
        database = testbed.postgres.create_database()
        with pytest.raises(psycopg.OperationalError):
            testbed.postgres.connect(database, "app_owner").execute(
                "CREATE TABLE hoard AS SELECT repeat(md5(n::text), 60) AS body FROM (SELECT generate_series(1, 50000000) AS n) AS endless"
            )
        with pytest.raises(HarnessFault, match="64 MiB") as caught:
            testbed.postgres.assert_alive()
        assert caught.value.kind == "disk_quota"


def test_a_server_that_goes_away_is_a_fault(dsn: str, fresh: EmbeddedTestbed) -> None:
    with ExternalProvider(dsn).open(cluster_bytes=GIB) as testbed:
        kill_and_wait(traces_of(fresh).postmaster_pid)
        with pytest.raises(HarnessFault) as caught:
            testbed.postgres.assert_alive()
        assert caught.value.kind == "postgres_gone"
    with pytest.raises(HarnessFault, match=DSN_VARIABLE) as refused, ExternalProvider(dsn).open(cluster_bytes=GIB):
        pass
    assert refused.value.kind == "testbed_unavailable"
    assert not refused.value.attributable


def test_an_ordinary_user_will_not_do(dsn: str, admin: Admin) -> None:
    admin.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'; GRANT CONNECT ON DATABASE postgres TO plain")
    plain = make_conninfo(dsn, user="plain", password="plain")
    with pytest.raises(InputError, match="superuser"), ExternalProvider(plain).open(cluster_bytes=GIB):
        pass


def test_a_server_that_trusts_will_not_do(dsn: str, admin: Admin) -> None:
    rules = admin.execute("SHOW hba_file").fetchall()[0][0]
    Path(rules).write_text("local all archeval_admin scram-sha-256\nlocal all all trust\n")
    admin.execute("SELECT pg_reload_conf()")
    with pytest.raises(InputError, match="never `trust`"), ExternalProvider(dsn).open(cluster_bytes=GIB):
        pass


def test_a_dsn_is_needed(monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    monkeypatch.delenv(DSN_VARIABLE, raising=False)
    with pytest.raises(InputError, match=DSN_VARIABLE):
        ExternalProvider()
    with pytest.raises(InputError, match="cannot be understood"):
        ExternalProvider("port")
    monkeypatch.setenv(DSN_VARIABLE, dsn)
    with ExternalProvider().open(cluster_bytes=GIB) as testbed:
        assert testbed.description["provider"] == "external"

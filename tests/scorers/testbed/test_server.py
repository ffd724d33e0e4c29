"""Databases and sessions of a testbed."""

import threading
from contextlib import closing

import psycopg
import pytest

from scorers.errors import HarnessFault
from scorers.testbed import server
from scorers.testbed.protocol import Role, Row
from scorers.testbed.server import Server
from tests.scorers.testbed.conftest import Connect


def test_a_clone_has_what_its_template_had_and_goes_its_own_way(
    postgres: Server, database: str, owner: psycopg.Connection[Row]
) -> None:
    owner.execute(
        "CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item VALUES (1); GRANT SELECT ON item TO app_user"
    )
    clone = postgres.create_database(template=database)
    with closing(postgres.connect(clone, "app_owner")) as session:
        session.execute("INSERT INTO item VALUES (2)")
    with (
        closing(postgres.connect(database, "app_user")) as original,
        closing(postgres.connect(clone, "app_user")) as copy,
    ):
        assert original.execute("SELECT id FROM item").fetchall() == [(1,)]
        assert copy.execute("SELECT id FROM item ORDER BY id").fetchall() == [(1,), (2,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            copy.execute("INSERT INTO item VALUES (3)")
    postgres.drop_database(clone)


def test_cloning_ends_the_submissions_sessions_in_the_template(
    postgres: Server, database: str, connect: Connect
) -> None:
    lingering = [connect("app_owner"), connect("app_user")]
    lingering[0].execute("BEGIN; CREATE TABLE unfinished (id int)")
    clone = postgres.create_database(template=database)
    for session in lingering:
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    with closing(postgres.connect(clone, "reader")) as reader:
        assert reader.execute("SELECT to_regclass('public.unfinished')").fetchall() == [(None,)]
    postgres.drop_database(clone)


def test_a_session_of_the_grader_in_the_template_is_named(
    postgres: Server, database: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_QUIET_S", 0.1)
    reader = connect("reader")
    with pytest.raises(HarnessFault, match="archeval_reader") as caught:
        postgres.create_database(template=database)
    assert caught.value.kind == "database_busy"
    assert reader.execute("SELECT 1").fetchall() == [(1,)]


def test_only_databases_of_the_testbed_are_touched(postgres: Server) -> None:
    with pytest.raises(ValueError, match="not a database of this testbed"):
        postgres.drop_database("postgres")
    with pytest.raises(ValueError, match="not a database of this testbed"):
        postgres.create_database(template="template1")


def test_a_dropped_database_is_gone_whatever_its_owner_did(postgres: Server) -> None:
    name = postgres.create_database()
    session = postgres.connect(name, "app_owner")
    session.execute(f"ALTER DATABASE {name} IS_TEMPLATE true".encode())
    session.execute("BEGIN; CREATE TABLE held (id int)")
    postgres.drop_database(name)
    with closing(postgres.connect("postgres", "admin")) as admin:
        assert admin.execute("SELECT datname FROM pg_database WHERE datname = $1", [name]).fetchall() == []


@pytest.mark.parametrize(
    "lock_out",
    [
        "ALTER DATABASE {} CONNECTION LIMIT 0",
        "ALTER DATABASE {} ALLOW_CONNECTIONS false",
        "REVOKE ALL ON DATABASE {} FROM PUBLIC, archeval_reader, app_user CASCADE",
    ],
)
def test_an_owner_can_lock_out_itself_but_not_the_grader(postgres: Server, database: str, lock_out: str) -> None:
    elsewhere = postgres.create_database()
    with closing(postgres.connect(elsewhere, "app_owner")) as owner:
        owner.execute(lock_out.format(database).encode())
    postgres.drop_database(elsewhere)
    with pytest.raises(psycopg.OperationalError):
        postgres.connect(database, "app_user")
    roles: tuple[Role, ...] = ("reader", "admin")
    for role in roles:
        with closing(postgres.connect(database, role)) as session:
            assert session.execute("SELECT current_database()").fetchall() == [(database,)]


def test_databases_are_closed_to_the_public(postgres: Server, database: str, connect: Connect) -> None:
    rights = connect("admin").execute(
        "SELECT has_database_privilege('public', $1, 'CONNECT'), has_database_privilege('public', $1, 'TEMPORARY'),"
        " pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1",
        [database],
    )
    assert rights.fetchall() == [(False, False, "app_owner")]
    schema = connect("admin").execute("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'")
    assert schema.fetchall() == [("pg_database_owner",)]


def test_threads_may_share_a_server(postgres: Server) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(3):
                name = postgres.create_database()
                with closing(postgres.connect(name, "app_owner")) as session:
                    session.execute("CREATE TABLE t (id int)")
                postgres.drop_database(postgres.create_database(template=name))
                postgres.drop_database(name)
        except (psycopg.Error, HarnessFault) as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []

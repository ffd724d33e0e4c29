"""What the roles of a submission may not do, and what they may."""

from contextlib import closing

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from scorers.testbed.accounts import SUBMISSION_ROLES, Login, fresh_password
from scorers.testbed.protocol import Row
from scorers.testbed.server import Server
from scorers.testbed.session import Endpoint, open_session
from tests.scorers.testbed.conftest import Connect

FORBIDDEN = [
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/archeval-test'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "LOAD 'auto_explain'",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "CREATE ROLE intruder SUPERUSER",
    "CREATE DATABASE mine",
    "ALTER ROLE app_user BYPASSRLS",
    "ALTER ROLE archeval_admin PASSWORD 'x'",
    "GRANT pg_read_server_files TO app_user",
    "SET ROLE archeval_admin",
    "SET temp_file_limit = -1",
    "SET pg_stat_statements.track = 'none'",
    "SET session_preload_libraries = 'auto_explain'",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION file_fdw",
    "CREATE EVENT TRIGGER trap ON ddl_command_start EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
    "CREATE FUNCTION code() RETURNS int LANGUAGE c AS 'x', 'y'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'archeval_admin'",
    "SELECT rolpassword FROM pg_authid",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_owner_of_the_database_has_no_power_over_the_server(owner: psycopg.Connection[Row], statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        owner.execute(statement.encode())


def test_the_owner_can_do_what_migrations_need(owner: psycopg.Connection[Row], connect: Connect) -> None:
    owner.execute(
        "CREATE EXTENSION citext; CREATE EXTENSION btree_gist; CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('a')"
    )
    owner.execute("CREATE TABLE app.note (id bigint PRIMARY KEY, body citext); GRANT USAGE ON SCHEMA app TO app_user")
    owner.execute("ALTER TABLE app.note ENABLE ROW LEVEL SECURITY; GRANT SELECT ON app.note TO app_user")
    owner.execute("CREATE POLICY everything ON app.note USING (id > 1); INSERT INTO app.note VALUES (1, 'x'), (2, 'y')")

    assert connect("app_user").execute("SELECT id FROM app.note").fetchall() == [(2,)]
    assert connect("reader").execute("SELECT count(*) FROM app.note").fetchall() == [(2,)]


def test_app_user_owns_nothing_and_cannot_create_in_public(connect: Connect) -> None:
    user = connect("app_user")
    with pytest.raises(InsufficientPrivilege):
        user.execute("CREATE TABLE mine (id int)")
    user.execute("CREATE TEMPORARY TABLE scratch (id int)")


def test_the_reader_reads_everything_and_changes_nothing(owner: psycopg.Connection[Row], connect: Connect) -> None:
    owner.execute("CREATE TABLE secret (id int); REVOKE ALL ON secret FROM PUBLIC; INSERT INTO secret VALUES (7)")
    reader = connect("reader")
    assert reader.execute("SELECT id FROM public.secret").fetchall() == [(7,)]
    with pytest.raises(InsufficientPrivilege):
        reader.execute("DELETE FROM public.secret")


@pytest.mark.parametrize("role", ["app_owner", "app_user", "reader", "admin"])
def test_a_wrong_password_is_refused(postgres: Server, database: str, role: str) -> None:
    right = postgres.endpoint.logins
    wrong = {name: Login(login.user, fresh_password()) for name, login in right.items()}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        open_session(Endpoint(postgres.endpoint.parameters, wrong), database, role)  # pyright: ignore[reportArgumentType]


def test_no_way_in_but_scram_over_the_socket(connect: Connect) -> None:
    rules = connect("admin").execute("SELECT type, database, user_name, auth_method FROM pg_hba_file_rules").fetchall()
    assert rules == [("local", ["all"], ["all"], "scram-sha-256")]
    assert connect("admin").execute("SHOW listen_addresses").fetchall() == [("",)]


@pytest.mark.parametrize("maintenance", ["postgres", "template1"])
def test_the_submission_cannot_enter_databases_that_are_not_its_own(postgres: Server, maintenance: str) -> None:
    for role in ("app_owner", "app_user"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            open_session(postgres.endpoint, maintenance, role)


def test_passwords_differ_between_roles_and_never_show(postgres: Server) -> None:
    logins = postgres.endpoint.logins.values()
    assert len({login.password for login in logins}) == 4
    assert not any(login.password in repr(postgres.endpoint) for login in logins)


def test_no_password_reaches_the_statistics(postgres: Server) -> None:
    with closing(postgres.connect("postgres", "admin")) as admin:
        recorded = str(admin.execute("SELECT string_agg(query, ' ') FROM public.pg_stat_statements").fetchall())
    assert not any(login.password in recorded for login in postgres.endpoint.logins.values())


def test_defaults_hold_the_submission_back(connect: Connect) -> None:
    for role in SUBMISSION_ROLES:
        session = connect(role)
        shown = [
            session.execute(f"SHOW {name}".encode()).fetchall()[0][0]
            for name in ("statement_timeout", "lock_timeout", "temp_file_limit")
        ]
        assert shown == ["1min", "1min", "256MB"]
    limits = connect("admin").execute("SELECT rolname, rolconnlimit FROM pg_roles WHERE rolconnlimit > 0 ORDER BY 1")
    assert limits.fetchall() == [("app_owner", 12), ("app_user", 52), ("archeval_reader", 12)]


def test_statistics_are_kept_for_nested_statements(owner: psycopg.Connection[Row], postgres: Server) -> None:
    owner.execute("DO $$ BEGIN PERFORM 4242 + 1 AS nested_marker; END $$")
    with closing(postgres.connect("postgres", "admin")) as admin:
        nested = admin.execute(
            "SELECT toplevel FROM public.pg_stat_statements WHERE query LIKE '%nested_marker' ORDER BY calls DESC LIMIT 1"
        )
        assert nested.fetchall() == [(False,)]


def test_collations_do_not_depend_on_the_machine(connect: Connect) -> None:
    names = {name for (name,) in connect("admin").execute("SELECT collname FROM pg_collation")}
    assert names == {"default", "C", "POSIX", "ucs_basic", "pg_c_utf8", "pg_unicode_fast", "unicode"}
    ordered = connect("app_user").execute("SELECT upper('straße é'), 'Z' < 'a', 'é' > 'z'").fetchall()
    assert ordered == [("STRAßE É", True, True)]

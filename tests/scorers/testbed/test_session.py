"""A database owner's settings, and the user's environment, do not reach the grader's sessions."""

from contextlib import closing
from dataclasses import replace

import psycopg
import pytest

from scorers.testbed.protocol import Role, Row
from scorers.testbed.server import Server
from scorers.testbed.session import ignore_libpq_environment, open_session
from tests.scorers.testbed.conftest import Connect

HOSTILE = {
    "role": "app_owner",
    "search_path": "public",
    "statement_timeout": "1",
    "lock_timeout": "1",
    "transaction_timeout": "1",
    "idle_session_timeout": "1",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "transaction_read_only": "on",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Tokyo",
    "client_encoding": "LATIN1",
    "client_min_messages": "error",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "quote_all_identifiers": "on",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "xmlbinary": "hex",
    "xmloption": "document",
    "array_nulls": "off",
    "row_security": "off",
    "enable_seqscan": "off",
    "enable_indexscan": "off",
    "work_mem": "64kB",
    "jit": "on",
    "plan_cache_mode": "force_generic_plan",
    "local_preload_libraries": "trap",
    "default_tablespace": "pg_global",
    "default_table_access_method": "nothing",
    "transform_null_equals": "on",
    "debug_parallel_query": "on",
    "exit_on_error": "on",
    "gin_fuzzy_search_limit": "1",
    "restrict_nonsystem_relation_kind": "view",
}


@pytest.fixture
def hostile_database(postgres: Server, database: str, owner: psycopg.Connection[Row]) -> str:
    owner.execute("CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'trap' $$")
    for name, value in HOSTILE.items():
        owner.execute(f"ALTER DATABASE {database} SET {name} = '{value}'".encode())
    return database


def _settings(session: psycopg.Connection[Row]) -> dict[str, str]:
    rows = session.execute("SELECT name, setting FROM pg_catalog.pg_settings WHERE name <> 'application_name'")
    return dict(rows.fetchall())


@pytest.mark.parametrize("role", ["admin", "reader"])
def test_a_hostile_database_does_not_change_the_graders_sessions(
    postgres: Server, hostile_database: str, role: Role
) -> None:
    innocent = postgres.create_database()
    with closing(postgres.connect(innocent, role)) as session:
        wanted = _settings(session)
    with closing(postgres.connect(hostile_database, role)) as session:
        found = _settings(session)
        users = session.execute(
            "SELECT current_user::text, session_user::text, current_setting('search_path')"
        ).fetchall()
    postgres.drop_database(innocent)

    assert found == wanted
    login = postgres.endpoint.logins[role].user
    assert users == [(login, login, "pg_catalog")]


def test_without_pins_the_same_settings_would_take_over_the_administrator(
    postgres: Server, database: str, owner: psycopg.Connection[Row]
) -> None:
    """The control: were such settings without effect, the test above would prove nothing."""
    for name in ("role", "search_path", "DateStyle", "standard_conforming_strings"):
        owner.execute(f"ALTER DATABASE {database} SET {name} = '{HOSTILE[name]}'".encode())
    with closing(open_session(replace(postgres.endpoint, pins={}), database, "admin")) as session:
        found = _settings(session)
        assert session.execute("SELECT current_user::text").fetchall() == [("app_owner",)]
    assert {name: found[name] for name in ("search_path", "DateStyle", "standard_conforming_strings")} == {
        "search_path": "public",
        "DateStyle": "SQL, DMY",
        "standard_conforming_strings": "off",
    }


def test_settings_of_the_submissions_roles_stay_with_them(
    database: str, connect: Connect, owner: psycopg.Connection[Row]
) -> None:
    owner.execute("ALTER ROLE app_owner SET search_path = 'trap'")
    owner.execute("ALTER ROLE app_owner IN DATABASE " + database + " SET statement_timeout = '7s'")  # pyright: ignore
    try:
        assert connect("app_owner").execute("SHOW search_path").fetchall() == [("trap",)]
        assert connect("app_owner").execute("SHOW statement_timeout").fetchall() == [("7s",)]
        for role in ("reader", "admin"):
            assert connect(role).execute("SHOW search_path").fetchall() == [("pg_catalog",)]
            assert connect(role).execute("SHOW statement_timeout").fetchall() == [("0",)]
    finally:
        owner.execute("ALTER ROLE app_owner RESET search_path")


def test_every_setting_that_an_owner_may_change_is_pinned(postgres: Server, connect: Connect) -> None:
    """Settings an ordinary user may set, in the server's own words; a new release's are found here too."""
    changeable = {
        name
        for (name,) in connect("admin").execute("SELECT name FROM pg_settings WHERE context = 'user'").fetchall()
        if name not in {"transaction_isolation", "transaction_deferrable", "application_name", "client_encoding"}
    }
    assert changeable - set(postgres.endpoint.pins) == set()


def test_sessions_are_raw_and_autocommit(connect: Connect) -> None:
    session = connect("app_user")
    assert session.autocommit
    assert session.prepare_threshold is None
    assert session.execute("SELECT $1::int + 1, '50%'", [41]).fetchall() == [(42, "50%")]
    assert session.execute("SELECT current_setting('client_encoding')").fetchall() == [("UTF8",)]


def test_the_users_environment_is_ignored(postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=trap")
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    monkeypatch.setenv("PGPASSWORD", "wrong")
    ignore_libpq_environment()
    with closing(postgres.connect(database, "app_user")) as session:
        assert session.execute("SELECT current_setting('TimeZone'), current_setting('search_path')").fetchall() == [
            ("UTC", '"$user", public')
        ]

"""Catalog snapshots on a real server: what counts as a difference, what does not, and that nothing is overlooked."""

import re
import time
from collections.abc import Generator

import pytest

from scorers.database_schema.catalog.coverage import CATALOGS_LEFT_OUT
from scorers.database_schema.catalog.difference import INVALID_INDEX, difference, render
from scorers.database_schema.catalog.queries import CatalogQuery
from scorers.database_schema.catalog.snapshot import OBJECT_QUERIES
from scorers.database_schema.catalog.surroundings import NOTE_QUERIES, ROLE_QUERIES
from scorers.testbed.protocol import Role
from tests.scorers.database_schema.catalog_cases import ADMIN_CASES, EQUAL_CASES, OWNER_CASES, PREPARATION, Case
from tests.scorers.database_schema.catalog_server import CatalogServer, open_catalog_server

ALL_QUERIES: tuple[CatalogQuery, ...] = (*OBJECT_QUERIES, *ROLE_QUERIES, *NOTE_QUERIES)


@pytest.fixture(scope="module")
def server() -> Generator[CatalogServer]:
    with open_catalog_server() as opened:
        yield opened


def _there_and_back(server: CatalogServer, case: Case, role: Role) -> None:
    said, change, back = case
    with server.database() as database:
        database.run(PREPARATION)
        before = database.look()
        database.run(change, role)
        changes = difference(before, database.look())
        assert said in render(changes)
        assert "hidden" not in render(changes)
        database.run(back, role)
        assert render(difference(before, database.look())) == ""


@pytest.mark.parametrize("case", OWNER_CASES, ids=lambda case: case[1][:60])
def test_what_an_owner_does_is_a_difference_until_it_is_taken_back(server: CatalogServer, case: Case) -> None:
    _there_and_back(server, case, "app_owner")


@pytest.mark.parametrize("case", ADMIN_CASES, ids=lambda case: case[1][:60])
def test_what_a_superuser_does_is_a_difference_until_it_is_taken_back(server: CatalogServer, case: Case) -> None:
    _there_and_back(server, case, "admin")


@pytest.mark.parametrize("script", EQUAL_CASES.values(), ids=EQUAL_CASES.keys())
def test_what_comes_to_the_same_is_no_difference(server: CatalogServer, script: str) -> None:
    with server.database() as database:
        before = database.look()
        database.run(script)
        assert render(difference(before, database.look())) == ""


def test_a_changed_password_is_seen_and_not_shown(server: CatalogServer) -> None:
    with server.database() as database:
        before = database.look()
        database.run("ALTER ROLE archeval_reader PASSWORD 'swordfish'", "admin")
        shown = render(difference(before, database.look()))
    assert "role archeval_reader" in shown
    assert "password_digest" in shown
    assert "SCRAM" not in shown
    assert "swordfish" not in shown


def test_an_invalid_index_is_called_by_its_name(server: CatalogServer) -> None:
    with server.database() as database:
        before = database.look()
        database.run("CREATE INDEX event_what ON ONLY app.event (what)")
        shown = render(difference(before, database.look()))
    assert "+ index app.event_what" in shown
    assert INVALID_INDEX in shown


def test_temporary_objects_and_members_of_extensions_are_not_objects_of_the_schema(server: CatalogServer) -> None:
    with server.database() as database:
        before = database.look()
        with database.postgres.connect(database.name, "app_owner") as connection:
            connection.execute(b"CREATE TEMP TABLE t (id int PRIMARY KEY, CHECK (id > 0)); COMMENT ON TABLE t IS 'x'")
            connection.execute(b"CREATE EXTENSION hstore SCHEMA app")
            changes = difference(before, database.look())
    assert [(change.kind, change.identity) for change in changes] == [("extension", "hstore")]


def test_names_are_qualified_whatever_the_search_path_was(server: CatalogServer) -> None:
    view = "CREATE VIEW app.more AS SELECT app.twice(size) AS n FROM app.child"
    with server.database() as database:
        database.run(view)
        expected = database.look()
        database.run(f"DROP VIEW app.more; SET search_path TO app; {view.replace('app.', '')}")
        assert difference(expected, database.look()) == []
        definition = str(expected.objects["view", "app.more"].attributes["definition"])
    assert "app.child" in definition
    assert "app.twice" in definition


def test_the_parts_of_a_missing_table_are_counted_not_listed(server: CatalogServer) -> None:
    with server.database() as database:
        before = database.look()
        database.run("DROP TABLE app.child CASCADE")
        shown = render(difference(before, database.look()))
    assert "- table app.child" in shown
    assert "child_parent_index" not in shown
    assert re.search(r"with \d+ columns", shown)


def test_a_long_rendering_is_cut_and_says_so(server: CatalogServer) -> None:
    with server.database() as database:
        before = database.look()
        database.run("".join(f"CREATE SCHEMA s{n};" for n in range(30)))
        shown = render(difference(before, database.look()), limit_lines=10)
    assert len(shown.splitlines()) == 11
    assert "and 20 more lines" in shown


def test_hostile_names_stay_in_their_place(server: CatalogServer) -> None:
    with server.database() as database:
        before = database.look()
        database.run(
            'CREATE TABLE app."x on pg_temp_1.y%s $1" ("a; DROP TABLE" int CONSTRAINT "c on pg_toast.x" UNIQUE)'
        )
        kinds = {change.kind for change in difference(before, database.look())}
    assert kinds == {"table", "table column", "table constraint", "index"}


def test_a_snapshot_is_quick(server: CatalogServer) -> None:
    """Thirty migrations take some hundred snapshots; the bound leaves room for a busy machine."""
    with server.database() as database:
        database.look()
        started_s = time.monotonic()
        for _ in range(5):
            database.look()
    assert (time.monotonic() - started_s) / 5 < 0.5


def test_every_catalog_of_this_server_is_read_or_left_out_for_a_reason(server: CatalogServer) -> None:
    read = {catalog for query in ALL_QUERIES for catalog in query.catalogs}
    known = read | set(CATALOGS_LEFT_OUT) | {"pg_depend"}
    assert set(_catalog_columns(server)) == known
    assert not read & set(CATALOGS_LEFT_OUT)


def test_every_column_of_a_catalog_is_read_or_left_out_for_a_reason(server: CatalogServer) -> None:
    columns = _catalog_columns(server)
    overlooked: list[str] = []
    for query in ALL_QUERIES:
        words = set(re.findall(r"\w+", query.sql))
        for catalog in query.catalogs:
            missing = columns[catalog] - words - set(query.left_out) - {"oid", "classid", "objid", "objsubid"}
            overlooked += [f"{catalog}.{column}" for column in sorted(missing)]
    assert overlooked == []


def test_no_reason_is_given_for_a_column_that_is_not_there(server: CatalogServer) -> None:
    columns = _catalog_columns(server)
    for query in ALL_QUERIES:
        there = {column for catalog in query.catalogs for column in columns[catalog]} | {"oid"}
        assert set(query.left_out) <= there, query.catalogs


def _catalog_columns(server: CatalogServer) -> dict[str, set[str]]:
    """The columns of all tables in pg_catalog, except those that only speak of the whole cluster's storage."""
    query = b"""
        SELECT c.relname, array_agg(a.attname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 GROUP BY 1"""
    with server.postgres.connect(server.template, "admin") as connection:
        return {str(name): set(names) for name, names in connection.execute(query).fetchall()}

"""Real servers for the tests: one testbed for those that only use it, fresh ones for those that break it."""

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from scorers.testbed.embedded import EmbeddedProvider, EmbeddedTestbed
from scorers.testbed.protocol import Role, Row
from scorers.testbed.server import Server

GIB = 1024**3

Connect = Callable[[Role], psycopg.Connection[Row]]


@pytest.fixture(scope="session")
def testbed() -> Iterator[EmbeddedTestbed]:
    with EmbeddedProvider().open(cluster_bytes=GIB) as opened:
        yield opened


@pytest.fixture
def postgres(testbed: EmbeddedTestbed) -> Server:
    return testbed.postgres


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    name = postgres.create_database()
    yield name
    postgres.drop_database(name)


@pytest.fixture
def connect(postgres: Server, database: str) -> Iterator[Connect]:
    """Open sessions in `database` that the test need not close."""
    opened: list[psycopg.Connection[Row]] = []

    def open_as(role: Role) -> psycopg.Connection[Row]:
        session = postgres.connect(database, role)
        opened.append(session)
        return session

    yield open_as
    for session in opened:
        session.close()


@pytest.fixture
def owner(postgres: Server, database: str) -> Iterator[psycopg.Connection[Row]]:
    with closing(postgres.connect(database, "app_owner")) as session:
        yield session


@pytest.fixture
def fresh() -> Iterator[EmbeddedTestbed]:
    """A testbed that the test may break."""
    with EmbeddedProvider().open(cluster_bytes=GIB) as opened:
        yield opened

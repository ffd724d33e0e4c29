"""Sessions of the grader's own, and the deadlines on them."""

from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager

import psycopg

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.tenancy.rows import Limit, set_text_settings
from scorers.testbed.protocol import Row


def limit_of(bench: SchemaBench, connection: psycopg.Connection[Row]) -> Limit:
    """A maker of deadlines for `connection`."""

    def limit() -> AbstractContextManager[None]:
        return bench.postgres.deadline(connection, min(bench.statement_s, bench.remaining_s()))

    return limit


@contextmanager
def open_reader(bench: SchemaBench, database: str) -> Generator[psycopg.Connection[Row]]:
    """A session of `reader` that writes values as all others do."""
    with closing(bench.postgres.connect(database, "reader")) as reader:
        set_text_settings(reader)
        yield reader

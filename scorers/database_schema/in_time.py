"""Statements of the submission that do not end in time.

On a busy machine a sound submission can be late, so lateness is a fault that is tried again on a fresh testbed; only
the same lateness twice, where the reference is in time, counts against the submission (see `scorers.grading`).
"""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg

from scorers.errors import HarnessFault
from scorers.testbed.protocol import DeadlineExceeded, PostgresServer, Row

DEADLINE = "deadline"
"""Kind of the fault."""


@contextmanager
def in_time(
    postgres: PostgresServer, connection: psycopg.Connection[Row], seconds: float, *, what: str
) -> Generator[None]:
    """Give the block's statements on `connection` `seconds`.

    Raises HarnessFault(kind 'deadline', attributable) that names `what` when they take longer, also when the server's
    own statement timeout ended them (SQLSTATE 57014).
    """
    try:
        with postgres.deadline(connection, seconds):
            yield
    except DeadlineExceeded as error:
        raise HarnessFault(f"{what} {error}", kind=DEADLINE, attributable=True) from error
    except psycopg.errors.QueryCanceled as error:
        raise HarnessFault(f"{what} was cancelled: {error}", kind=DEADLINE, attributable=True) from error

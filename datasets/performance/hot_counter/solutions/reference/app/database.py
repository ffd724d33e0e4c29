import os

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

# Each statement is a transaction of its own; none is open while something else is waited for.
pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=4,
    max_size=10,
    open=False,
    kwargs={"row_factory": dict_row, "autocommit": True},
)

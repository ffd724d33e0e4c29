import os

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool


def configure(connection: Connection) -> None:
    """Once per connection. What a search costs depends on its text, so every execution is planned with its values;
    compiling a plan or spreading it over processes costs more than it gains where two cores serve everybody."""
    connection.execute(
        "SELECT set_config('plan_cache_mode', 'force_custom_plan', false), set_config('jit', 'off', false),"
        " set_config('max_parallel_workers_per_gather', '0', false)"
    )


# Autocommit: a request that is one statement is one round trip. Whoever needs more opens a transaction().
pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=10,
    max_size=10,
    open=False,
    configure=configure,
    kwargs={"row_factory": dict_row, "autocommit": True},
)

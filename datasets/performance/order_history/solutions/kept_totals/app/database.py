import os

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

pool = AsyncConnectionPool(
    os.environ["DATABASE_URL"], min_size=4, max_size=12, open=False, kwargs={"row_factory": dict_row}
)

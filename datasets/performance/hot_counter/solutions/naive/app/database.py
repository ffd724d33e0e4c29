import os

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=10, max_size=30, open=False, kwargs={"row_factory": dict_row})

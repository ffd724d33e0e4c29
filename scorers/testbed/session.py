"""Opening sessions on a PostgreSQL server, safe from what a submission has set on its database or roles."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import RawCursor
from psycopg.conninfo import make_conninfo

from scorers.testbed.accounts import Login
from scorers.testbed.protocol import Role, Row

CONNECT_TIMEOUT_S = 15

MAINTENANCE_DATABASE = "postgres"
"""Where the admin creates databases and reads pg_stat_statements; never a submission's."""

_ENVIRONMENT = ("PGOPTIONS", "PGTZ", "PGDATESTYLE", "PGGEQO", "PGCLIENTENCODING", "PGAPPNAME", "PGTARGETSESSIONATTRS")
"""Variables that make libpq change what a session is, whatever the caller asked for."""

_CLEAN_SETTINGS = """
    SELECT name, setting FROM pg_catalog.pg_settings
    WHERE context = 'user' AND name NOT LIKE 'transaction\\_%' AND name NOT IN ('client_encoding', 'application_name')
"""

_GRADER_SETTINGS = {
    # A role set on the database would turn the superuser's session into the submission's.
    "role": "none",
    "search_path": "pg_catalog",
    # A lock that the submission left behind must not hold up the grader for ever.
    "lock_timeout": "30s",
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "default_transaction_read_only": "off",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "transaction_read_only": "off",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "row_security": "on",
    "local_preload_libraries": "",
}


@dataclass(frozen=True)
class Endpoint:
    """How to reach one server: libpq parameters, the logins of the roles, and the settings the grader's sessions pin."""

    parameters: Mapping[str, str]
    logins: Mapping[Role, Login]
    admin_parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """What only the administrator's sessions have, such as a client certificate."""
    pins: Mapping[str, str] = field(default_factory=lambda: dict(_GRADER_SETTINGS))


def read_pins(connection: psycopg.Connection[Row]) -> Mapping[str, str]:
    """Return the settings that sessions of `admin` and `reader` pin, from a session no submission can have touched.

    All that an ordinary user may set is in it, for a database owner may set each of them for the whole database
    (`ALTER DATABASE … SET`). Startup options win over that.
    """
    clean = {str(name): str(setting) for name, setting in connection.execute(_CLEAN_SETTINGS)}
    return {**clean, **_GRADER_SETTINGS}


def open_session(endpoint: Endpoint, database: str, role: Role) -> psycopg.Connection[Row]:
    """Open a session as PostgresServer.connect describes it. Raises psycopg.OperationalError."""
    login = endpoint.logins[role]
    parameters: dict[str, str | int] = {
        **endpoint.parameters,
        **(endpoint.admin_parameters if role == "admin" else {}),
        "dbname": database,
        "user": login.user,
        **({"password": login.password} if login.password else {}),
        "application_name": f"archeval {role}",
        "client_encoding": "utf8",
        "connect_timeout": CONNECT_TIMEOUT_S,
        "options": " ".join(_options(endpoint, role)),
    }
    return psycopg.Connection.connect(
        make_conninfo("", **parameters), autocommit=True, prepare_threshold=None, cursor_factory=RawCursor
    )


def ignore_libpq_environment() -> None:
    """Remove the environment variables through which libpq would change every session behind the grader's back."""
    for name in _ENVIRONMENT:
        os.environ.pop(name, None)


def _options(endpoint: Endpoint, role: Role) -> Iterator[str]:
    # The application's sessions are as the submission made them, but for the encoding the grader's protocol needs.
    pins = endpoint.pins if role in {"admin", "reader"} else {"client_encoding": "utf8"}
    for name, value in pins.items():
        escaped = value.replace("\\", "\\\\").replace(" ", "\\ ")
        yield f"-c {name}={escaped}"

"""The roles of a testbed: who they are, what holds them back, and their passwords.

Every provider makes the same roles with the same settings, so that a submission meets the same server everywhere.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from psycopg import sql

from scorers.testbed.protocol import Role

ADMIN = "archeval_admin"
APP_OWNER = "app_owner"
APP_USER = "app_user"
READER = "archeval_reader"

ROLE_MARK = "archeval testbed role"
"""The comment by which a role on a user's own server is known to be archeval's to change."""

SUBMISSION_ROLES = (APP_OWNER, APP_USER)
"""The roles that code of a submission runs as."""

UNPRIVILEGED_ROLES = (APP_OWNER, APP_USER, READER)

NO_POWERS = sql.SQL("NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT")

CONNECTION_LIMITS = {APP_OWNER: 12, APP_USER: 52, READER: 12}
"""Prompts promise a service 36 connections; the rest is for the slow service beside it and for the grader's programs."""

SUBMISSION_SETTINGS = {
    "statement_timeout": "60s",
    "lock_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "temp_file_limit": "256MB",
}
"""Defaults of the submission's roles. A session may lift all but the last, so graders keep deadlines of their own."""

GRADER_ITERATIONS = 1
"""Stretching protects weak passwords; these have 192 random bits, so sessions of the grader skip the 4 ms it costs."""

SUBMISSION_ITERATIONS = 4096
"""What PostgreSQL itself uses; drivers a submission's service brings along may refuse fewer."""


@dataclass(frozen=True)
class Login:
    """A PostgreSQL user name with its password, which no representation shows."""

    user: str
    password: str = field(repr=False)


def fresh_logins(admin: Login) -> Mapping[Role, Login]:
    """Return `admin` and new random passwords for the three other roles."""
    return {
        "admin": admin,
        "reader": Login(READER, fresh_password()),
        "app_owner": Login(APP_OWNER, fresh_password()),
        "app_user": Login(APP_USER, fresh_password()),
    }


def fresh_password() -> str:
    """Return a random password of 192 bits that needs no quoting anywhere."""
    return secrets.token_urlsafe(24)


def scram_verifier(password: str, iterations: int) -> str:
    """Return what PostgreSQL stores for `password` (RFC 5803), so that the password itself never reaches the server."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored_key = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    server_key = _hmac(salted, b"Server Key")
    return f"SCRAM-SHA-256${iterations}:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"


def shape_role(role: str) -> list[sql.Composed]:
    """Return the statements that give the existing role `role` exactly the powers and settings it has in a testbed."""
    name = sql.Identifier(role)
    bypass = sql.SQL("BYPASSRLS" if role == READER else "NOBYPASSRLS")
    limit = sql.Literal(CONNECTION_LIMITS[role])
    statements = [
        sql.SQL("ALTER ROLE {} RESET ALL").format(name),
        sql.SQL("COMMENT ON ROLE {} IS {}").format(name, sql.Literal(ROLE_MARK)),
        sql.SQL("ALTER ROLE {} LOGIN {} {} CONNECTION LIMIT {}").format(name, NO_POWERS, bypass, limit),
    ]
    if role == READER:
        statements.append(sql.SQL("GRANT pg_read_all_data TO {}").format(name))
    else:
        statements.extend(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(name, sql.Identifier(setting), sql.Literal(value))
            for setting, value in SUBMISSION_SETTINGS.items()
        )
    return statements


def set_password(login: Login) -> sql.Composed:
    """Return the statement that gives the role of `login` its password."""
    iterations = SUBMISSION_ITERATIONS if login.user in SUBMISSION_ROLES else GRADER_ITERATIONS
    verifier = scram_verifier(login.password, iterations)
    return sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login.user), sql.Literal(verifier))


def shape_database(database: str) -> list[sql.Composed]:
    """Return the statements that let only the testbed's roles into `database`."""
    name = sql.Identifier(database)
    return [
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, _names(SUBMISSION_ROLES)),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(READER)),
    ]


def _names(roles: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(role) for role in roles)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

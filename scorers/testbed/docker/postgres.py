"""A PostgreSQL of its own for every grade, in a container, set up like the embedded one."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import chain

import psycopg

from scorers.errors import HarnessFault
from scorers.testbed import accounts
from scorers.testbed.docker.engine import Image, OwnContainer
from scorers.testbed.docker.images import POSTGRES_VARIABLE, image_named
from scorers.testbed.external import ExternalPostgres
from scorers.testbed.network import free_port
from scorers.testbed.server_user import ServerUser
from scorers.testbed.session import MAINTENANCE_DATABASE, Endpoint, open_session

_PORT = 5432

_SETTINGS = {
    "max_connections": "90",
    "password_encryption": "scram-sha-256",
    # What a grade stores lives no longer than the grade.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Counts of buffers and tuples must come out the same every time.
    "autovacuum": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "synchronize_seqscans": "off",
    "shared_buffers": "64MB",
    "shared_preload_libraries": "pg_stat_statements",
    "compute_query_id": "on",
    "pg_stat_statements.track": "all",
    "pg_stat_statements.max": "10000",
    "track_functions": "all",
    "timezone": "UTC",
    "log_min_messages": "error",
}


class DockerPostgres:
    """The container with the grade's PostgreSQL, and what graders may ask of it (`part.postgres`)."""

    def __init__(self, user: ServerUser, cluster_bytes: int) -> None:
        self._endpoint = _endpoint(free_port())
        admin = self._endpoint.logins["admin"]
        image = Image(
            kind="postgres",
            name=image_named(POSTGRES_VARIABLE),
            variable=POSTGRES_VARIABLE,
            port=_PORT,
            host_port=int(self._endpoint.parameters["port"]),
            command=["postgres", *chain.from_iterable(("-c", f"{name}={value}") for name, value in _SETTINGS.items())],
            environment={"POSTGRES_USER": admin.user, "POSTGRES_PASSWORD": admin.password},
        )
        self._container = OwnContainer(image, user, self._ready)
        try:
            self.part = self._part(cluster_bytes)
        except BaseException:
            self._container.close()
            raise

    @property
    def pid(self) -> int:
        """The id on this machine of the server's main process."""
        return self._container.pid

    def kill(self) -> None:
        """End the server with SIGKILL."""
        self._container.kill()

    def restart(self) -> None:
        """Start it again with what it stored."""
        self._container.restart()

    def close(self) -> None:
        """Remove the container. May be called again."""
        self.part.close()
        self._container.close()

    def _part(self, cluster_bytes: int) -> ExternalPostgres:
        try:
            with closing(open_session(replace(self._endpoint, pins={}), MAINTENANCE_DATABASE, "admin")) as session:
                session.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public")
        except psycopg.Error as error:
            raise HarnessFault(
                f"the PostgreSQL in the container has no pg_stat_statements: {error}; name another image in "
                f"{POSTGRES_VARIABLE}",
                kind="testbed_unavailable",
            ) from error
        return ExternalPostgres(self._endpoint, cluster_bytes, own_cluster=True)

    def _ready(self) -> bool:
        try:
            with closing(open_session(replace(self._endpoint, pins={}), MAINTENANCE_DATABASE, "admin")):
                return True
        except psycopg.Error:
            return False


def _endpoint(port: int) -> Endpoint:
    admin = accounts.Login(accounts.ADMIN, accounts.fresh_password())
    parameters = {"host": "127.0.0.1", "port": str(port), "require_auth": "scram-sha-256", "sslmode": "disable"}
    return Endpoint(parameters, accounts.fresh_logins(admin))


@contextmanager
def open_docker_postgres(user: ServerUser, cluster_bytes: int) -> Generator[DockerPostgres]:
    """Start a container, and remove it after the block. Raises InputError without an engine, else HarnessFault."""
    server = DockerPostgres(user, cluster_bytes)
    try:
        yield server
    finally:
        server.close()

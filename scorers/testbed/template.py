"""The data directory that every testbed's cluster is a copy of, made once per machine and version of PostgreSQL."""

import hashlib
import os
import secrets
import subprocess
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from scorers.errors import HarnessFault
from scorers.testbed import accounts
from scorers.testbed.accounts import Login
from scorers.testbed.binaries import Installation
from scorers.testbed.folders import cache_folder, copy_tree, locked, owned_folder, remove_tree
from scorers.testbed.postmaster import PORT, Postmaster
from scorers.testbed.protocol import Row
from scorers.testbed.server_user import ServerUser
from scorers.testbed.session import MAINTENANCE_DATABASE, Endpoint, open_session
from scorers.testbed.storage import RESERVE_BYTES, TestbedFolder, choose_storage, make_folder

_INITDB_OPTIONS = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--auth=scram-sha-256",
    f"--username={accounts.ADMIN}",
    "--wal-segsize=4",
    "--no-data-checksums",
    "--no-sync",
    "--no-instructions",
    "--set=dynamic_shared_memory_type=mmap",
)

_UNSHARE = "/usr/bin/unshare"
"""initdb, and nothing else here, insists that its user has a name. A container's user may have none; in a user
namespace of its own it is `nobody`, and its files stay its own."""

_HBA = "local all all scram-sha-256\n"

_SETTINGS = """\
listen_addresses = ''
unix_socket_permissions = 0777          # the folder it lies in keeps others out
max_connections = 90
password_encryption = scram-sha-256
restart_after_crash = off               # a crash is to be seen, not mended
# What a grade stores lives no longer than the grade.
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_replication_slots = 0
min_wal_size = 16MB
max_wal_size = 256MB
checkpoint_timeout = 1h
# Counts of buffers and tuples must come out the same every time.
autovacuum = off
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
synchronize_seqscans = off
shared_buffers = 64MB
huge_pages = off
dynamic_shared_memory_type = mmap       # files in the data directory, which goes away with it
max_worker_processes = 4
io_method = sync                        # no worker processes to start, and reads happen where they are asked for
max_logical_replication_workers = 0
shared_preload_libraries = 'pg_stat_statements'
compute_query_id = on
pg_stat_statements.track = all
pg_stat_statements.max = 10000
pg_stat_statements.save = off
track_functions = all
track_io_timing = off
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, mdy'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.english'
log_min_messages = error
log_line_prefix = '%m [%p] %q%u@%d '
"""


@dataclass(frozen=True)
class ClusterTemplate:
    """A data directory to copy, and the password its superuser has until the copy's owner sets another."""

    folder: Path

    @property
    def data(self) -> Path:
        """The data directory; it belongs to the server's user."""
        return self.folder / "data"

    @property
    def admin(self) -> Login:
        """The superuser's login in a fresh copy."""
        return Login(accounts.ADMIN, (self.folder / "password").read_text())


def cluster_template(installation: Installation, user: ServerUser) -> ClusterTemplate:
    """Return the template for `installation`, made now if this machine has none yet. Safe against other processes."""
    recipe = "\n".join(
        [_SETTINGS, _HBA, *_INITDB_OPTIONS, *(str(statement) for statement in _preparation()), str(user.uid)]
    )
    name = f"cluster-{installation.version}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    # Only this user may enter: the template's password lies beside it.
    cache = owned_folder(cache_folder() / "clusters", 0o700, remedy="remove it")
    template = ClusterTemplate(cache / name)
    with locked(cache / f"{name}.lock"):
        if not template.folder.exists():
            _make(template, installation, user)
    return template


def _make(template: ClusterTemplate, installation: Installation, user: ServerUser) -> None:
    held = make_folder(choose_storage(user, RESERVE_BYTES), user)
    fresh = template.folder.with_name(f".{template.folder.name}-{secrets.token_hex(4)}")
    admin = Login(accounts.ADMIN, accounts.fresh_password())
    try:
        _initialise(held.folder, installation, user, admin)
        _prepare(held.folder, installation, user, admin)
        fresh.mkdir(mode=0o700)
        (fresh / "password").write_text(admin.password)
        copy_tree(held.folder.data, fresh / "data")
        fresh.rename(template.folder)
    finally:
        remove_tree(fresh)
        held.remove()


def _initialise(folder: TestbedFolder, installation: Installation, user: ServerUser, admin: Login) -> None:
    password = folder.server / "password"
    password.touch(mode=0o600)
    password.write_text(admin.password)
    if user.is_other:
        os.chown(password, user.uid, user.gid)
    command = [installation.program("initdb"), *_INITDB_OPTIONS, f"--pgdata={folder.data}", f"--pwfile={password}"]
    if not user.has_name:
        command = [_UNSHARE, "--user", "--map-user=65534", "--map-group=65534", "--", *command]
    try:
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=installation.environment,
            cwd=folder.server,
            **user.process_user,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise HarnessFault(
            f"cannot run initdb as user {user.uid}: {error}; see `archeval doctor`", kind="testbed_unavailable"
        ) from error
    if ran.returncode != 0:
        raise HarnessFault(
            f"{command[0]!r} failed with status {ran.returncode} as user {user.uid}: {ran.stderr.strip()[-1000:]}"
            + ("" if user.has_name else f"; give user {user.uid} a line in /etc/passwd, which initdb looks for"),
            kind="testbed_unavailable",
        )
    (folder.data / "pg_hba.conf").write_text(_HBA)
    with (folder.data / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS)


def _prepare(folder: TestbedFolder, installation: Installation, user: ServerUser, admin: Login) -> None:
    """Make the roles and close the databases that are not the submission's."""
    postmaster = Postmaster(installation, user, folder)
    try:
        postmaster.wait_until_ready()
        endpoint = Endpoint(socket_parameters(folder), {"admin": admin})
        with closing(open_session(endpoint, MAINTENANCE_DATABASE, "admin")) as session:
            _run(session, _preparation())
    except psycopg.Error as error:
        raise HarnessFault(f"cannot prepare the cluster: {error}", kind="testbed_unavailable") from error
    finally:
        postmaster.stop()
    with suppress(FileNotFoundError):
        (folder.data / "postmaster.opts").unlink()


def _preparation() -> list[sql.Composed]:
    statements: list[sql.Composed] = [
        sql.Composed([sql.SQL("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")]),
        sql.Composed([sql.SQL("CREATE EXTENSION pg_stat_statements SCHEMA public")]),
    ]
    for role in accounts.UNPRIVILEGED_ROLES:
        statements.append(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        statements.extend(accounts.shape_role(role))
    return statements


def _run(session: psycopg.Connection[Row], statements: list[sql.Composed]) -> None:
    for statement in statements:
        session.execute(statement)


def socket_parameters(folder: TestbedFolder) -> dict[str, str]:
    """Return the libpq parameters that lead to the server on `folder` and to no other, by password only."""
    return {
        "host": str(folder.sockets),
        "hostaddr": "",
        "port": str(PORT),
        "require_auth": "scram-sha-256",
        "passfile": "/dev/null",
        "sslmode": "disable",
        "gssencmode": "disable",
    }

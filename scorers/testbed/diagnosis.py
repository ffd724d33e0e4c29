"""What `archeval doctor` says about a testbed: what was looked at, and what to do where it will not do."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from scorers.errors import ArchevalError
from scorers.testbed.binaries import installation_for, wheel_installation
from scorers.testbed.folders import cache_folder, try_lock, unlock
from scorers.testbed.protocol import Diagnosis, TestbedProvider
from scorers.testbed.server_user import server_user
from scorers.testbed.storage import choose_storage

_PROOF_BYTES = 256 * 1024**2


def diagnose_machine() -> Iterator[Diagnosis]:
    """Look at what embedded servers need of the machine."""
    for subject, find in (
        ("PostgreSQL programs", _programs),
        ("server's user", _user),
        ("cache folder", _cache),
        ("file locks", _locks),
        ("storage", _storage),
    ):
        yield look(subject, find)


def diagnose_provider(provider: TestbedProvider) -> Iterator[Diagnosis]:
    """Look for the tools that checks need, and prove the provider with a real server."""
    yield squawk()
    yield look(f"testbed {provider.name!r}", lambda: _proof(provider))


def squawk() -> Diagnosis:
    """Look for the linter of migrations, beside this Python first."""
    folder = Path(sys.executable).parent
    found = shutil.which("squawk", path=str(folder)) or shutil.which("squawk")
    remedy = "" if found else "install the wheel `squawk-cli` into this environment"
    return Diagnosis(
        "squawk", ok=found is not None, found=found or f"not in {str(folder)!r} nor on PATH", remedy=remedy
    )


def look(subject: str, find: Callable[[], str]) -> Diagnosis:
    """Return what `find` finds, or the ArchevalError it raises as a problem with its remedy."""
    try:
        return Diagnosis(subject, ok=True, found=find())
    except ArchevalError as error:
        cause, _, remedy = str(error).rpartition("; ")
        return Diagnosis(subject, ok=False, found=cause or str(error), remedy=remedy if cause else "")


def _programs() -> str:
    installation = wheel_installation()
    return f"{installation.version} in {installation.folder}"


def _user() -> str:
    user = server_user()
    installation = installation_for(user)
    runs_as = f"the unprivileged user {user.uid}" if user.is_other else f"this user, {user.uid}"
    copied = "" if installation == wheel_installation() else f", from the copy in {installation.folder}"
    return f"runs as {runs_as}{copied}"


def _cache() -> str:
    return str(cache_folder())


def _locks() -> str:
    path = cache_folder() / "doctor.lock"
    first = try_lock(path)
    if first is None:
        return "work; another doctor is at it"
    try:
        second = try_lock(path)
    finally:
        unlock(first)
    if second is None:
        return "work"
    unlock(second)
    raise ArchevalError(f"{str(path.parent)!r} lets two hold one lock; set ARCHEVAL_CACHE_DIR to a local file system")


def _storage() -> str:
    storage = choose_storage(server_user(), _PROOF_BYTES)
    kind = "memory-backed" if storage.memory_backed else "disk; grades are slower than in /dev/shm with 2 GiB free"
    return f"{storage.parent}, {storage.free_bytes / 1024**3:.1f} GiB free, {kind}"


def _proof(provider: TestbedProvider) -> str:
    began = time.monotonic()
    with provider.open(cluster_bytes=_PROOF_BYTES) as testbed:
        opened_ms = (time.monotonic() - began) * 1000
        postgres = testbed.postgres
        origin = postgres.create_database()
        began = time.monotonic()
        clone = postgres.create_database(template=origin)
        cloned_ms = (time.monotonic() - began) * 1000
        with closing(postgres.connect(clone, "app_owner")) as session:
            session.execute("CREATE TABLE proof (id bigint PRIMARY KEY)")
        statistics = "with" if postgres.features.statement_statistics else "without"
        version = postgres.features.server_version
    return f"PostgreSQL {version} {statistics} pg_stat_statements: open {opened_ms:.0f} ms, clone {cloned_ms:.0f} ms"

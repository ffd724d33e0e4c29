"""Which sandbox this machine allows: found by trying, with the reason and the remedy where there is none.

Bubblewrap's is the better one: a network, a process table and a size of its own. Where user namespaces are closed, and
the kernel is new enough, Landlock's walls with a filter of system calls and a warden for sockets stand in its place.
`ARCHEVAL_SANDBOX` chooses one of the two, and then no other is taken.
"""

import os
import platform
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scorers.errors import HarnessFault, InputError
from scorers.testbed.pod.client import SandboxUnavailable
from scorers.testbed.pod.landlocked import LandlockedPod
from scorers.testbed.pod.protocol import Tier
from scorers.testbed.pod.sandboxed import SandboxedPod
from scorers.testbed.sandbox.account import service_user
from scorers.testbed.sandbox.bubblewrap import bubblewrap_version, find_bubblewrap
from scorers.testbed.sandbox.landlock.calls import known_processor
from scorers.testbed.sandbox.landlock.kernel import landlock_abi, why_no_landlock
from scorers.testbed.sandbox.limits import MIB, ServiceLimits

VARIABLE = "ARCHEVAL_SANDBOX"

_PROOF = ("/bin/sh", "-c", "test $$ -lt 100 && test ! -e /root && ! touch /probe 2>/dev/null")
_PROOF_OF_WALLS = ("/bin/sh", "-c", "! ls / /etc /tmp 2>/dev/null && ! touch /tmp/probe 2>/dev/null && touch probe")
_PROOF_S = 30.0
_PROOF_LIMITS = ServiceLimits(memory_bytes=64 * MIB, disk_bytes=MIB)

_CLOSED = (
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor closes user namespaces (the default of Ubuntu since 23.10, and of GitHub's runners)",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "the kernel's settings close user namespaces",
        "sudo sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "the kernel's settings allow no user namespaces",
        "sudo sysctl -w user.max_user_namespaces=15000",
    ),
)
"""Settings that close user namespaces: file, closing value, what it means, remedy."""

_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
_CONTAINER_REMEDY = (
    "start the container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined "
    "--security-opt apparmor=unconfined"
)


_WALLS_REMEDY = (
    "let processes look into their children (kernel.yama.ptrace_scope 0 or 1), and in a container allow the system calls "
    "landlock_*, seccomp and pidfd_getfd (--security-opt seccomp=unconfined)"
)


@dataclass(frozen=True)
class SandboxTier:
    """What stands between a submission's code and this machine."""

    name: Tier
    found: str
    """What was found, or why there is no sandbox."""
    remedy: str = ""
    """What to do for a sandbox, or for the better one."""
    bwrap: Path | None = None
    forced: bool = False
    """It was asked for, so that nothing else will do."""


def sandbox_tier() -> SandboxTier:
    """Return the tier that `ARCHEVAL_SANDBOX` asks for, else the best that works here.

    Starts a program in it to find out, once in a process. Raises InputError when the variable names none.
    """
    asked = os.environ.get(VARIABLE, "")
    if asked not in {"", "bubblewrap", "landlock"}:
        raise InputError(f"{VARIABLE} is {asked!r}; it must be 'bubblewrap' or 'landlock', or not be set")
    return _tier(asked)


@cache
def _tier(asked: str) -> SandboxTier:
    if sys.platform != "linux":
        return SandboxTier("none", f"there is no sandbox for {sys.platform}", "run archeval on Linux")
    if asked == "bubblewrap":
        found = _bubblewrap()
        return found if found.name != "none" else _missing(asked, found)
    if asked == "landlock":
        found = _landlock()
        return found if found.name != "none" else _missing(asked, found)
    better = _bubblewrap()
    if better.name != "none":
        return better
    walls = _landlock()
    if walls.name == "none":
        return SandboxTier("none", f"{better.found}; nor do Landlock's walls stand: {walls.found}", better.remedy)
    return SandboxTier(
        "landlock", f"{walls.found}, because there is no bubblewrap's sandbox: {better.found}", better.remedy
    )


def _missing(asked: str, found: SandboxTier) -> SandboxTier:
    return SandboxTier(
        "none",
        f"{VARIABLE} asks for {asked!r}: {found.found}",
        f"{found.remedy}, or unset {VARIABLE}",
        forced=True,
    )


def _bubblewrap() -> SandboxTier:
    try:
        bwrap = find_bubblewrap(service_user())
        version = bubblewrap_version(bwrap)
        _try(SandboxedPod(bwrap, sockets={}), _PROOF)
    except HarnessFault as fault:
        return _closed(fault)
    return SandboxTier("bubblewrap", f"bubblewrap {version} in {bwrap}", bwrap=bwrap)


def _landlock() -> SandboxTier:
    lacking = why_no_landlock()
    if lacking is None and not known_processor():
        lacking = f"there is no filter of system calls for the processor {platform.machine()}"
    if lacking is not None:
        return SandboxTier("none", lacking, "run archeval on Linux 6.12 or newer with Landlock switched on")
    try:
        _try(LandlockedPod(sockets={}), _PROOF_OF_WALLS)
    except HarnessFault as fault:
        return SandboxTier("none", f"Landlock's walls do not stand: {fault}", _WALLS_REMEDY)
    return SandboxTier("landlock", f"Landlock {landlock_abi()} with a filter of system calls")


def _try(opened: SandboxedPod | LandlockedPod, proof: Sequence[str]) -> None:
    """Start a program in a sandbox. Raises HarnessFault when it does not run or sees what it should not."""
    reading, writing = os.pipe()
    try:
        with closing(opened) as pod, pod.open_room(_PROOF_LIMITS, None) as room:
            status = room.start(proof, {"PATH": "/usr/bin:/bin"}, writing).wait(_PROOF_S)
    finally:
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            printed = stream.read(1000).decode(errors="replace").strip()
    if status != 0:
        raise SandboxUnavailable(f"a program in the sandbox ended with {status}: {printed}", None)


def _closed(fault: HarnessFault) -> SandboxTier:
    for file, value, meaning, remedy in _CLOSED:
        path = Path(file)
        if path.exists() and path.read_text().strip() == value:
            return SandboxTier("none", f"{meaning}: {fault}", remedy)
    if not isinstance(fault, SandboxUnavailable):  # it knows its remedy
        cause, _, remedy = str(fault).rpartition("; ")
        return SandboxTier("none", cause, remedy)
    if any(Path(mark).exists() for mark in _CONTAINER_MARKS):
        return SandboxTier("none", f"this container seems to close user namespaces: {fault}", _CONTAINER_REMEDY)
    return SandboxTier("none", str(fault), "allow ordinary users to make user namespaces on this machine")

"""Which sandbox this machine allows: found by trying, with the reason and the remedy where there is none.

Landlock is no second tier yet: it leaves UDP open, before Linux 6.12 also signals to all processes of the same user, and
gives neither a network nor a process table of its own. Where user namespaces are closed, one setting opens them.
"""

import os
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.pod.client import SandboxUnavailable
from scorers.testbed.pod.protocol import Tier
from scorers.testbed.pod.sandboxed import SandboxedPod
from scorers.testbed.sandbox.account import service_user
from scorers.testbed.sandbox.bubblewrap import bubblewrap_version, find_bubblewrap
from scorers.testbed.sandbox.limits import MIB, ServiceLimits

_PROOF = ("/bin/sh", "-c", "test $$ -lt 100 && test ! -e /root && ! touch /probe 2>/dev/null")
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


@dataclass(frozen=True)
class SandboxTier:
    """What stands between a submission's code and this machine."""

    name: Tier
    found: str
    """What was found, or why there is no sandbox."""
    remedy: str = ""
    bwrap: Path | None = None


@cache
def sandbox_tier() -> SandboxTier:
    """Return the best tier that works here. Starts a program in it to find out, once in a process."""
    if sys.platform != "linux":
        return SandboxTier("none", f"there is no sandbox for {sys.platform}", "run archeval on Linux")
    try:
        bwrap = find_bubblewrap(service_user())
        version = bubblewrap_version(bwrap)
        _try(bwrap)
    except HarnessFault as fault:
        return _closed(fault)
    return SandboxTier("bubblewrap", f"bubblewrap {version} in {bwrap}", bwrap=bwrap)


def _try(bwrap: Path) -> None:
    """Start a program in a sandbox. Raises HarnessFault when it does not run or sees what it should not."""
    reading, writing = os.pipe()
    try:
        with closing(SandboxedPod(bwrap, sockets={})) as pod, pod.open_room(_PROOF_LIMITS, None) as room:
            status = room.start(_PROOF, {}, writing).wait(_PROOF_S)
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

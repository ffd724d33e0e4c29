"""Landlock's system calls: which version the kernel has, and closing this process in. Standard library only.

Constants and structures are those of Linux's `include/uapi/linux/landlock.h`; the calls have the same numbers on every
processor. Python packages for this exist (`landlock` 1.0.0.dev5, `py-landlock` 0.1.1): both are marked alpha, and what
starts a sandbox runs without any package.
"""

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

LEAST_ABI = 6
"""From Linux 6.12 on: earlier ones leave signals and abstract unix sockets open."""

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
_MAKE_CHAR = 1 << 6
_MAKE_BLOCK = 1 << 11
_TRUNCATE = 1 << 14
_IOCTL_DEV = 1 << 15
_EVERY_FILE_RIGHT = (1 << 16) - 1
_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEV
"""The rights that a rule for a file, and not a folder, may grant."""

READ = READ_FILE | READ_DIR
RUN = READ | EXECUTE
OWN = _EVERY_FILE_RIGHT & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV)
"""All that one does in a folder of one's own, but make devices."""

_BIND_TCP = 1 << 0
_CONNECT_TCP = 1 << 1
_SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0
_SCOPE_SIGNAL = 1 << 1

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2
_PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Walls:
    """What a program may touch of the machine's files and which ports it may listen at; connecting it may not."""

    paths: Mapping[str, int]
    """Rights by folder or file."""
    bind_ports: Iterable[int]


def landlock_abi() -> int:
    """Return the version of Landlock that the kernel has. Raises OSError where it has none."""
    return _called(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION), "ask for Landlock")


def new_ruleset(walls: Walls) -> int:
    """Return a descriptor of the rules; what is not granted by them is refused. Raises OSError."""
    rights = struct.pack(
        "=QQQ", _EVERY_FILE_RIGHT, _BIND_TCP | _CONNECT_TCP, _SCOPE_ABSTRACT_UNIX_SOCKET | _SCOPE_SIGNAL
    )
    ruleset = _called(_libc.syscall(_CREATE_RULESET, rights, ctypes.c_size_t(len(rights)), 0), "make Landlock rules")
    for path, granted in walls.paths.items():
        grant(ruleset, path, granted)
    for port in walls.bind_ports:
        rule = struct.pack("=QQ", _BIND_TCP, port)
        _called(_libc.syscall(_ADD_RULE, ruleset, _NET_PORT, rule, 0), f"grant port {port}")
    return ruleset


def grant(ruleset: int, path: str, rights: int) -> None:
    """Add a rule for a folder with all below it, or for a file. One that is not there needs none. Raises OSError."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _ON_FILES
        rule = struct.pack("=Qi", rights, handle)  # the structure is packed: 12 bytes
        _called(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0), f"grant {path!r}")
    finally:
        os.close(handle)


def enter(ruleset: int) -> None:
    """Close this thread in, for good, with all that it will start. Raises OSError."""
    give_up_privileges()
    _called(_libc.syscall(_RESTRICT_SELF, ruleset, 0), "enter the Landlock rules")


def give_up_privileges() -> None:
    """Let no program that is started gain any (`no_new_privs`), without which the kernel takes neither rules nor filter."""
    _called(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "give up privileges")


def why_no_landlock() -> str | None:
    """Say why this kernel's Landlock will not do, or None when it will."""
    try:
        abi = landlock_abi()
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            return "the kernel has Landlock, but it is switched off (it is missing in the boot parameter `lsm=`)"
        return "the kernel has no Landlock"
    if abi < LEAST_ABI:
        release = Path("/proc/sys/kernel/osrelease").read_text().strip()
        return f"Linux {release} has version {abi} of Landlock, which leaves signals open; it takes {LEAST_ABI} (Linux 6.12)"
    return None


def _called(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot {what}: {os.strerror(number)}")
    return result

"""A filter of system calls for sandboxed programs: what no backend service needs and namespaces do not hold.

A network namespace holds the internet protocols only: a virtual machine's `AF_VSOCK` leads to its host from any
namespace. io_uring opens sockets past such a filter. Kernel keyrings, BPF and performance counters are shared by all.
The filter is classic BPF, assembled here; on processors it does not know there is none.
"""

import errno
import os
import platform
import socket
import struct

_ALLOWED_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)

_LOAD = 0x20
_JUMP_EQUAL = 0x15
_JUMP_AT_LEAST = 0x35
_RETURN = 0x06
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_KILL = 0x80000000

_NUMBER_AT = 0
_ARCHITECTURE_AT = 4
_FIRST_ARGUMENT_AT = 16

_X32 = 0x40000000
"""On x86-64, numbers from here on are another set of the same calls."""

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SOCKET = {"x86_64": 41, "aarch64": 198}
_SOCKET_PAIR = {"x86_64": 53, "aarch64": 199}
_DENIED = {
    "x86_64": {
        **{"add_key": 248, "request_key": 249, "keyctl": 250, "perf_event_open": 298, "bpf": 321},
        **{"userfaultfd": 323, "kexec_load": 246, "open_by_handle_at": 304},
    },
    "aarch64": {
        **{"add_key": 217, "request_key": 218, "keyctl": 219, "perf_event_open": 241, "bpf": 280},
        **{"userfaultfd": 282, "kexec_load": 104, "open_by_handle_at": 265},
    },
}
_IO_URING = (425, 426, 427)
"""The same on every processor. They are said not to exist, as on a kernel without them."""


def filter_program(machine: str | None = None) -> bytes | None:
    """Return the filter as bubblewrap reads it, or None for a processor that is not known here."""
    machine = machine or platform.machine()
    if machine not in _ARCHITECTURES:
        return None
    lines = [
        _line(_LOAD, _ARCHITECTURE_AT),
        _line(_JUMP_EQUAL, _ARCHITECTURES[machine], yes=1),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER_AT),
    ]
    if machine == "x86_64":
        lines += [_line(_JUMP_AT_LEAST, _X32, no=1), _line(_RETURN, _ERRNO | errno.ENOSYS)]
    for number in _IO_URING:
        lines += [_line(_JUMP_EQUAL, number, no=1), _line(_RETURN, _ERRNO | errno.ENOSYS)]
    for number in _DENIED[machine].values():
        lines += [_line(_JUMP_EQUAL, number, no=1), _line(_RETURN, _ERRNO | errno.EPERM)]
    families = [_line(_LOAD, _FIRST_ARGUMENT_AT)]
    families += [
        _line(_JUMP_EQUAL, family, yes=len(_ALLOWED_FAMILIES) - position)
        for position, family in enumerate(_ALLOWED_FAMILIES)
    ]
    families += [_line(_RETURN, _ERRNO | errno.EAFNOSUPPORT), _line(_RETURN, _ALLOW)]
    lines += [
        _line(_JUMP_EQUAL, _SOCKET[machine], yes=2),
        _line(_JUMP_EQUAL, _SOCKET_PAIR[machine], yes=1),
        _line(_RETURN, _ALLOW),
        *families,
    ]
    return b"".join(lines)


def filter_descriptor() -> int | None:
    """Return a descriptor to read the filter from, to be closed by the caller, or None where there is none."""
    program = filter_program()
    if program is None:
        return None
    handle = os.memfd_create("seccomp")
    os.write(handle, program)
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def _line(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)

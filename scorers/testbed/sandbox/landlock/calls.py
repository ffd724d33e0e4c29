"""The filter of system calls for programs in Landlock's walls, which leave much open. Standard library only.

Landlock holds files, TCP ports, signals, abstract sockets and tracing. What it does not hold is refused here: every other
kind of socket; calls that change another process of the same user, or the owner and mode of files by path; System V's
shared memory and semaphores, which have no path; namespaces and mounts; and what the sandbox of bubblewrap refuses.
Connecting, binding and listening go to the warden, which sees the address (`sockets.py`); so may modes (`modes.py`).

Classic BPF, assembled here. Numbers from `asm/unistd_64.h` and `asm-generic/unistd.h`.
"""

import ctypes
import errno
import os
import platform
import socket
import struct
from collections.abc import Iterator

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_BITS, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW = 0x7FFF0000
_ASK = 0x7FC00000
_ERRNO = 0x00050000
_KILL = 0x80000000
_X32 = 0x40000000
"""On x86-64, numbers from here on are another set of the same calls."""

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SET_MODE_FILTER = 1
_WAIT_KILLABLE = 1 << 5
_NEW_LISTENER = 1 << 3
_SECCOMP = {"x86_64": 317, "aarch64": 277}

_NEW_NAMESPACES = 0x7E020000
"""CLONE_NEWNS, …CGROUP, …UTS, …IPC, …USER, …PID and …NET."""

_FAST_OPEN = 0x20000000
"""MSG_FASTOPEN connects without `connect`."""

_PR_SET_DUMPABLE = 4
"""A program that nobody may look into could hide what it stores."""

CONNECT, BIND, LISTEN = "connect", "bind", "listen"
CHMOD, FCHMODAT, UTIMENSAT = "chmod", "fchmodat", "utimensat"

NUMBERS = {
    "x86_64": {
        **{CONNECT: 42, BIND: 49, LISTEN: 50, "socket": 41, "socketpair": 53, "clone": 56, "prctl": 157},
        **{"sendto": 44, "sendmsg": 46, "sendmmsg": 307, "setpriority": 141, "prlimit64": 302},
        **{CHMOD: 90, FCHMODAT: 268, UTIMENSAT: 280},
        **{"sched_setaffinity": 203, "sched_setscheduler": 144, "sched_setparam": 142, "sched_setattr": 314},
    },
    "aarch64": {
        **{CONNECT: 203, BIND: 200, LISTEN: 201, "socket": 198, "socketpair": 199, "clone": 220, "prctl": 167},
        **{"sendto": 206, "sendmsg": 211, "sendmmsg": 269, "setpriority": 140, "prlimit64": 261},
        **{FCHMODAT: 53, UTIMENSAT: 88},
        **{"sched_setaffinity": 122, "sched_setscheduler": 119, "sched_setparam": 118, "sched_setattr": 274},
    },
}
"""The calls that are looked at, by processor."""

_REFUSED = {
    "x86_64": {
        **{"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312},
        **{"add_key": 248, "request_key": 249, "keyctl": 250, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323},
        **{"kexec_load": 246, "kexec_file_load": 320, "open_by_handle_at": 304, "fanotify_init": 300},
        **{"mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308},
        **{"shmget": 29, "shmat": 30, "shmctl": 31, "semget": 64, "semop": 65, "semctl": 66, "semtimedop": 220},
        **{"msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "mq_open": 240, "mq_unlink": 241},
        **{"ioprio_set": 251, "migrate_pages": 256, "move_pages": 279, "quotactl": 179, "syslog": 103},
    },
    "aarch64": {
        **{"ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272},
        **{"add_key": 217, "request_key": 218, "keyctl": 219, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282},
        **{"kexec_load": 104, "kexec_file_load": 294, "open_by_handle_at": 265, "fanotify_init": 262},
        **{"mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268},
        **{"shmget": 194, "shmat": 196, "shmctl": 195, "semget": 190, "semop": 193, "semctl": 191, "semtimedop": 192},
        **{"msgget": 186, "msgsnd": 189, "msgrcv": 188, "msgctl": 187, "mq_open": 180, "mq_unlink": 181},
        **{"ioprio_set": 30, "migrate_pages": 238, "move_pages": 239, "quotactl": 60, "syslog": 116},
    },
}
_REFUSED_EVERYWHERE = {
    **{"open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433},
    **{"pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443, "process_mrelease": 448},
    **{"open_tree_attr": 467},
}
_FILE_MODES = {
    "x86_64": {
        **{"chown": 92, "lchown": 94, "fchownat": 260},
        **{"utime": 132, "utimes": 235, "futimesat": 261},
        **{"setxattr": 188, "lsetxattr": 189, "removexattr": 197, "lremovexattr": 198},
    },
    "aarch64": {
        "fchownat": 54,
        **{"setxattr": 5, "lsetxattr": 6, "removexattr": 14, "lremovexattr": 15},
    },
}
_FILE_MODES_EVERYWHERE = {"setxattrat": 463, "removexattrat": 466, "file_setattr": 469}

_ABSENT = {"fchmodat2": 452, "clone3": 435, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427}
"""Said not to exist, as on an older kernel: the C library takes `clone` then, whose flags can be seen."""

_ONLY_MYSELF = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
"""Their first argument is a process, 0 the caller."""

_libc = ctypes.CDLL(None, use_errno=True)


def known_processor(machine: str | None = None) -> bool:
    """Whether there is a filter for this processor."""
    return (machine or platform.machine()) in _ARCHITECTURES


def number_of(call: str) -> int | None:
    """Return the number of a call that is looked at, on this processor, or None where it has no such call."""
    return NUMBERS[platform.machine()].get(call)


def filter_program(*, keep_modes: bool, machine: str | None = None) -> bytes:
    """Return the filter.

    `keep_modes` refuses to change owners and attributes of files by path, and asks for modes and times: Landlock leaves
    that open, so it is for programs that run as the user whose files these are.
    """
    machine = machine or platform.machine()
    return b"".join(_lines(machine, keep_modes=keep_modes))


def install(program: bytes) -> int:
    """Put this process under the filter, for good, and return the descriptor on which it asks. Raises OSError."""
    length = len(program) // 8
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", length, ctypes.addressof(buffer))
    flags = _NEW_LISTENER | _WAIT_KILLABLE
    listener: int = _libc.syscall(_SECCOMP[platform.machine()], _SET_MODE_FILTER, flags, header)
    if listener < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot install the filter of system calls: {os.strerror(number)}")
    return listener


def _lines(machine: str, *, keep_modes: bool) -> Iterator[bytes]:
    numbers = NUMBERS[machine]
    yield from (_line(_LOAD, 4), _line(_JUMP_EQUAL, _ARCHITECTURES[machine], yes=1), _answer(_KILL), _line(_LOAD, 0))
    if machine == "x86_64":
        yield from (_line(_JUMP_AT_LEAST, _X32, no=1), _answer(_ERRNO | errno.ENOSYS))
    for call in (CONNECT, BIND, LISTEN):
        yield from _when(numbers[call], [_answer(_ASK)])
    for number in _ABSENT.values():
        yield from _when(number, [_answer(_ERRNO | errno.ENOSYS)])
    refused = [*_REFUSED[machine].values(), *_REFUSED_EVERYWHERE.values()]
    if keep_modes:
        for call in (CHMOD, FCHMODAT):
            if call in numbers:
                yield from _when(numbers[call], [_answer(_ASK)])
        # Without a path it is for an open file.
        is_open = [_argument(1), _line(_JUMP_EQUAL, 0, no=3), _line(_LOAD, 28), _line(_JUMP_EQUAL, 0, no=1), _allowed()]
        yield from _when(numbers[UTIMENSAT], [*is_open, _answer(_ASK)])
        refused += [*_FILE_MODES[machine].values(), *_FILE_MODES_EVERYWHERE.values()]
    for number in refused:
        yield from _when(number, [_answer(_ERRNO | errno.EPERM)])
    for call in _ONLY_MYSELF:
        yield from _when(numbers[call], _unless_zero(0))
    yield from _when(numbers["setpriority"], [*_unless_zero(0)[:-1], *_unless_zero(1)])
    yield from _when(
        numbers["prctl"], [_argument(0), _line(_JUMP_EQUAL, _PR_SET_DUMPABLE, no=1), _denied(), _allowed()]
    )
    yield from _when(numbers["clone"], _unless_without(0, _NEW_NAMESPACES))
    for call, flags_at in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
        yield from _when(numbers[call], _unless_without(flags_at, _FAST_OPEN))
    yield from _when(numbers["socket"], _sockets())
    yield from _when(numbers["socketpair"], _pairs())
    yield _allowed()


def _sockets() -> list[bytes]:
    """Streams of unix, and of the internet with TCP; MPTCP and the like are not held by Landlock."""
    unix, internet = int(socket.AF_UNIX), (int(socket.AF_INET), int(socket.AF_INET6))
    is_stream = [_argument(1), _line(_AND, 0xF), _line(_JUMP_EQUAL, int(socket.SOCK_STREAM), yes=1), _denied()]
    is_tcp = [_argument(2), _line(_JUMP_EQUAL, 0, yes=2), _line(_JUMP_EQUAL, socket.IPPROTO_TCP, yes=1), _denied()]
    return [
        _argument(0),
        _line(_JUMP_EQUAL, internet[0], yes=3),
        _line(_JUMP_EQUAL, internet[1], yes=2),
        _line(_JUMP_EQUAL, unix, yes=1 + len(is_stream) + len(is_tcp) + 1),
        _answer(_ERRNO | errno.EAFNOSUPPORT),
        *is_stream,
        *is_tcp,
        _allowed(),
        *is_stream,
        _allowed(),
    ]


def _pairs() -> list[bytes]:
    """A pair of datagram sockets could still send to any path."""
    kinds = (int(socket.SOCK_STREAM), int(socket.SOCK_SEQPACKET))
    return [
        _argument(0),
        _line(_JUMP_EQUAL, int(socket.AF_UNIX), yes=1),
        _answer(_ERRNO | errno.EAFNOSUPPORT),
        _argument(1),
        _line(_AND, 0xF),
        _line(_JUMP_EQUAL, kinds[0], yes=2),
        _line(_JUMP_EQUAL, kinds[1], yes=1),
        _denied(),
        _allowed(),
    ]


def _when(number: int, then: list[bytes]) -> list[bytes]:
    """For this call run `then`, which ends with an answer; for others go on."""
    return [_line(_JUMP_EQUAL, number, no=len(then)), *then]


def _unless_zero(argument: int) -> list[bytes]:
    return [_argument(argument), _line(_JUMP_EQUAL, 0, yes=1), _denied(), _allowed()]


def _unless_without(argument: int, bits: int) -> list[bytes]:
    return [_argument(argument), _line(_JUMP_BITS, bits, no=1), _denied(), _allowed()]


def _argument(index: int) -> bytes:
    """Load the low half of an argument: all that are looked at are `int` or have their bits there."""
    return _line(_LOAD, 16 + 8 * index)


def _allowed() -> bytes:
    return _answer(_ALLOW)


def _denied() -> bytes:
    return _answer(_ERRNO | errno.EPERM)


def _answer(value: int) -> bytes:
    return _line(_RETURN, value)


def _line(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)

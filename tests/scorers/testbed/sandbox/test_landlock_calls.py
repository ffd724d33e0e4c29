"""The filter of system calls in Landlock's walls, for both processors: what its instructions answer."""

import errno
import socket
import struct

import pytest

from scorers.testbed.sandbox.landlock.calls import NUMBERS, filter_program, known_processor

ALLOW, ASK, KILL, ERRNO = 0x7FFF0000, 0x7FC00000, 0x80000000, 0x00050000
REFUSED, ABSENT, NO_FAMILY = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS, ERRNO | errno.EAFNOSUPPORT
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
STREAM, DATAGRAM = int(socket.SOCK_STREAM), int(socket.SOCK_DGRAM)
CLOSE_ON_EXEC = int(socket.SOCK_CLOEXEC)
INET, UNIX = int(socket.AF_INET), int(socket.AF_UNIX)

machines = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


def answer(machine: str, number: int, *arguments: int, keep_modes: bool = True, architecture: int | None = None) -> int:
    """Run the filter on a call, as the kernel does."""
    program = filter_program(keep_modes=keep_modes, machine=machine)
    lines = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=iIQ6Q", number, architecture or ARCHITECTURE[machine], 0, *padded)
    accumulator, at = 0, 0
    while True:
        code, yes, no, value = lines[at]
        at += 1
        match code:
            case 0x20:
                accumulator = struct.unpack_from("=I", data, value)[0]
            case 0x54:
                accumulator &= value
            case 0x15 | 0x35 | 0x45:
                holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
                at += yes if holds else no
            case 0x06:
                return value
            case _:
                pytest.fail(f"no instruction of a filter: {code:#x}")


@machines
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((INET, STREAM | CLOSE_ON_EXEC, 0), ALLOW),
        ((int(socket.AF_INET6), STREAM, 6), ALLOW),
        ((UNIX, STREAM, 0), ALLOW),
        ((INET, DATAGRAM, 0), REFUSED),
        ((INET, STREAM, 262), REFUSED),
        ((INET, int(socket.SOCK_RAW), 1), REFUSED),
        ((UNIX, DATAGRAM, 0), REFUSED),
        ((int(socket.AF_NETLINK), int(socket.SOCK_RAW), 0), NO_FAMILY),
        ((40, STREAM, 0), NO_FAMILY),
    ],
)
def test_sockets(machine: str, arguments: tuple[int, ...], expected: int) -> None:
    assert answer(machine, NUMBERS[machine]["socket"], *arguments) == expected


@machines
def test_calls_are_allowed_asked_about_or_refused_by_their_arguments(machine: str) -> None:
    number = NUMBERS[machine]
    assert answer(machine, number["connect"], 3, 1, 16) == ASK
    assert answer(machine, number["clone"], 0x01200011) == ALLOW
    assert answer(machine, number["clone"], 0x10000011) == REFUSED
    assert answer(machine, number["prlimit64"], 0, 7) == ALLOW
    assert answer(machine, number["prlimit64"], 1, 7) == REFUSED
    assert answer(machine, number["setpriority"], 0, 0, 5) == ALLOW
    assert answer(machine, number["setpriority"], 0, 1, 5) == REFUSED
    assert answer(machine, number["setpriority"], 2, 0, 5) == REFUSED
    assert answer(machine, number["sendto"], 3, 0, 0, 0x4000) == ALLOW
    assert answer(machine, number["sendto"], 3, 0, 0, 0x20000000) == REFUSED
    assert answer(machine, number["prctl"], 15) == ALLOW
    assert answer(machine, number["prctl"], 4, 0) == REFUSED
    assert answer(machine, number["socketpair"], UNIX, STREAM) == ALLOW
    assert answer(machine, number["socketpair"], UNIX, DATAGRAM) == REFUSED
    assert answer(machine, 435) == ABSENT  # clone3
    assert answer(machine, 425) == ABSENT  # io_uring_setup
    assert answer(machine, {"x86_64": 272, "aarch64": 97}[machine]) == REFUSED  # unshare
    assert answer(machine, {"x86_64": 0, "aarch64": 63}[machine]) == ALLOW  # read


@machines
def test_modes_are_kept_where_files_are_the_users_own(machine: str) -> None:
    number = NUMBERS[machine]
    assert answer(machine, number["fchmodat"], 0, 1) == ASK
    assert answer(machine, number["fchmodat"], 0, 1, keep_modes=False) == ALLOW
    assert answer(machine, number["utimensat"], 3, 0) == ALLOW, "of an open file"
    assert answer(machine, number["utimensat"], 3, 1) == ASK
    assert answer(machine, number["utimensat"], 3, 1 << 32) == ASK
    assert answer(machine, 463) == REFUSED  # setxattrat


def test_calls_of_another_architecture_end_the_program() -> None:
    assert answer("x86_64", 41, architecture=0x40000003) == KILL
    assert answer("x86_64", 0x40000000 | 41, INET, DATAGRAM) == ABSENT  # the x32 set


def test_there_is_none_for_processors_that_are_not_known() -> None:
    assert known_processor("aarch64")
    assert not known_processor("riscv64")

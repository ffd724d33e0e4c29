"""Answering what a filter of system calls asks (`seccomp_unotify(2)`). Standard library only.

The kernel stops a program's call and tells this process, which looks at what the call points to and answers for it. It
never lets a call go on that it has judged: what was looked at could be another thing by then.
"""

import ctypes
import errno
import fcntl
import os
import stat
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

_RECEIVE, _SEND, _STILL_THERE = 0xC0502100, 0xC0182101, 0x40082102
_NOTIFICATION = struct.Struct("=QII iI Q 6Q")
_RESPONSE = struct.Struct("=QqiI")
_PIDFD_THREAD = os.O_EXCL
_PIDFD_GETFD, _OPENAT2 = 438, 437
_INSIDE = 0x02 | 0x04 | 0x08
"""RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS and RESOLVE_BENEATH."""

_AT_FDCWD = 0xFFFF_FF9C
_LONGEST_PATH = 4096
_PAGE = 4096

LET_GO_ON = 1
"""What an answer returns for a call that the kernel is to judge itself; all others have been done here, or are refused."""

_libc = ctypes.CDLL(None, use_errno=True)


class Refused(OSError):
    """What the program asked for is not granted."""

    def __init__(self, number: int) -> None:
        super().__init__(number, os.strerror(number))


class Caller:
    """A program's thread that waits for an answer."""

    def __init__(self, listener: int, identity: int, pid: int, arguments: Iterable[int]) -> None:
        self._listener = listener
        self._id = identity
        self._pid = pid
        self._arguments = tuple(arguments)

    def number(self, index: int) -> int:
        """Return an argument that is an `int`, without its sign."""
        return self._arguments[index] & 0xFFFF_FFFF

    def pointer(self, index: int) -> int:
        """Return an argument that is an address."""
        return self._arguments[index]

    def socket(self, index: int) -> int:
        """Return a duplicate, to be closed, of the socket whose number an argument is. Raises OSError."""
        process = os.pidfd_open(self._pid, _PIDFD_THREAD)
        try:
            self._assert_still_there()
            return checked(_libc.syscall(_PIDFD_GETFD, process, self.number(index), 0))
        finally:
            os.close(process)

    def memory(self, address: int, length: int, *, least: int | None = None) -> bytes:
        """Return a copy of its memory, at least `least` bytes of it (all, unless said otherwise). Raises OSError."""
        memory = os.open(f"/proc/{self._pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._assert_still_there()
            copied = os.pread(memory, length, address)
        except (OverflowError, ValueError):
            raise Refused(errno.EFAULT) from None
        finally:
            os.close(memory)
        if len(copied) < (length if least is None else least):
            raise Refused(errno.EFAULT)
        return copied

    def path(self, folder: int | None, index: int) -> PurePosixPath:
        """Return the absolute path that an argument points to; `folder` is the argument with what it is relative to."""
        address, text = self.pointer(index), b""
        while b"\0" not in text and len(text) < _LONGEST_PATH:
            at = address + len(text)
            text += self.memory(at, _PAGE - at % _PAGE)  # what lies on the next page may not be there
        path, end, _ = text.partition(b"\0")
        if not end:
            raise Refused(errno.ENAMETOOLONG)
        handle = _AT_FDCWD if folder is None else self.number(folder)
        link = Path(f"/proc/{self._pid}/cwd" if handle == _AT_FDCWD else f"/proc/{self._pid}/fd/{handle}")
        if path.startswith(b"/"):
            return PurePosixPath(os.fsdecode(path))
        base = PurePosixPath(link.readlink())
        self._assert_still_there()
        return base / os.fsdecode(path)

    def _assert_still_there(self) -> None:
        """Its number may have passed to another process."""
        fcntl.ioctl(self._listener, _STILL_THERE, struct.pack("=Q", self._id))


class Folders:
    """Folders in which a program may have something done for it."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._opened = {
            PurePosixPath(folder): os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC) for folder in folders
        }

    def open(self, path: PurePosixPath) -> int:
        """Return a descriptor, to be closed, of what is at `path` in one of them. Raises Refused where it is in none.

        No link is followed, and no `..` leads out.
        """
        for folder, opened in self._opened.items():
            if path.is_relative_to(folder) and path != folder:
                how = struct.pack("=QQQ", os.O_PATH | os.O_CLOEXEC, 0, _INSIDE)
                inside = os.fsencode(path.relative_to(folder))
                return checked(_libc.syscall(_OPENAT2, opened, inside, how, ctypes.c_size_t(len(how))))
        raise Refused(errno.EACCES)


Answer = Callable[[Caller], int]
"""Does what was asked for and returns 0, or LET_GO_ON; raises OSError with what the program is told."""


class Door:
    """Answers one filter, by the numbers of calls."""

    def __init__(self, listener: int, answers: Mapping[int, Answer]) -> None:
        self._listener = listener
        self._answers = dict(answers)

    def start(self) -> None:
        """Answer from now on, in threads of its own."""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            asked = bytearray(_NOTIFICATION.size)
            try:
                fcntl.ioctl(self._listener, _RECEIVE, asked, True)
            except OSError as error:
                if error.errno in {errno.ENOENT, errno.EINTR}:  # the caller was killed meanwhile
                    continue
                return
            identity, pid, _flags, number, _architecture, _at, *arguments = _NOTIFICATION.unpack(asked)
            caller = Caller(self._listener, identity, pid, arguments)
            # Connecting may block, and no program may hold up another one.
            threading.Thread(target=self._answer, args=(identity, number, caller), daemon=True).start()

    def _answer(self, identity: int, number: int, caller: Caller) -> None:
        flags, error = 0, 0
        try:
            flags = self._answers[number](caller)
        except OSError as failure:
            error = failure.errno or errno.EPERM
        with suppress(OSError):  # the caller is gone
            fcntl.ioctl(self._listener, _SEND, bytearray(_RESPONSE.pack(identity, 0, -error, flags)), True)


def is_socket(handle: int) -> bool:
    """Whether a descriptor is of a socket's file."""
    return stat.S_ISSOCK(os.fstat(handle).st_mode)


def checked(result: int) -> int:
    """Return what a C function returned. Raises Refused with its error."""
    if result < 0:
        raise Refused(ctypes.get_errno())
    return result

"""Connecting, binding and listening on behalf of a program that may not do it itself. Standard library only.

Landlock knows ports, not addresses, and leaves sockets that have a path open: through the message bus, a container
engine's socket or any host's port with the right number a program would be out. So the kernel stops each such call and
asks here (`seccomp_unotify(2)`). The address is copied once, judged, and used from the copy on a duplicate of the
program's socket; the program's own call is never resumed, except for binding to a path, which Landlock does hold.
"""

import ctypes
import errno
import fcntl
import ipaddress
import os
import socket
import stat
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from scorers.testbed.sandbox.landlock.calls import BIND, CONNECT, LISTEN, number_of

_RECEIVE, _SEND, _STILL_THERE = 0xC0502100, 0xC0182101, 0x40082102
_NOTIFICATION = struct.Struct("=QII iI Q 6Q")
_RESPONSE = struct.Struct("=QqiI")
_CONTINUE = 1
_PIDFD_THREAD = os.O_EXCL
_PIDFD_GETFD, _OPENAT2 = 438, 437
_INSIDE = 0x02 | 0x04 | 0x08
"""RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS and RESOLVE_BENEATH."""

_LONGEST_ADDRESS = 128
_UNIX_PATH_AT = 2

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class _Call:
    id: int
    pid: int
    number: int
    arguments: tuple[int, ...]


class Refused(OSError):
    """What the program asked for is not granted."""

    def __init__(self, number: int) -> None:
        super().__init__(number, os.strerror(number))


class SocketDoor:
    """Answers what one filter asks. `ports` may be changed meanwhile."""

    def __init__(self, listener: int, *, bind_port: int, ports: Iterable[int], socket_folders: Iterable[str]) -> None:
        """`ports` of 127.0.0.1 and ::1 may be connected to, and the sockets in `socket_folders`, which must exist."""
        self.ports = frozenset(ports)
        self._listener = listener
        self._bind_port = bind_port
        self._folders = {
            PurePosixPath(folder): os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            for folder in socket_folders
        }
        self._answers = {
            number_of(CONNECT): self._connect,
            number_of(BIND): self._bind,
            number_of(LISTEN): self._listen,
        }

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
            call = _Call(identity, pid, number, tuple(arguments))
            # Connecting may block, and no program may hold up another one.
            threading.Thread(target=self._answer, args=(call,), daemon=True).start()

    def _answer(self, call: _Call) -> None:
        try:
            flags = self._answers[call.number](call)
            error = 0
        except OSError as failure:
            flags, error = 0, failure.errno or errno.EPERM
        with suppress(OSError):  # the caller is gone
            fcntl.ioctl(self._listener, _SEND, bytearray(_RESPONSE.pack(call.id, 0, -error, flags)), True)

    def _connect(self, call: _Call) -> int:
        handle = self._socket_of(call)
        try:
            address = self._address_of(call)
            family = _family(address)
            if family == socket.AF_UNIX:
                self._connect_to_path(handle, address)
            elif family in {socket.AF_INET, socket.AF_INET6}:
                if not _host(address).is_loopback or _port(address) not in self.ports:
                    raise Refused(errno.EACCES)
                _use("connect", handle, address)
            else:
                raise Refused(errno.EAFNOSUPPORT)
        finally:
            os.close(handle)
        return 0

    def _connect_to_path(self, handle: int, address: bytes) -> None:
        path = PurePosixPath(os.fsdecode(address[_UNIX_PATH_AT:].partition(b"\0")[0]))
        for folder, opened in self._folders.items():
            if path.is_relative_to(folder) and path != folder:
                found = _open_inside(opened, str(path.relative_to(folder)))
                try:
                    if not stat.S_ISSOCK(os.fstat(found).st_mode):
                        raise Refused(errno.ECONNREFUSED)
                    _use("connect", handle, struct.pack("=H", socket.AF_UNIX) + f"/proc/self/fd/{found}\0".encode())
                finally:
                    os.close(found)
                return
        raise Refused(errno.EACCES)

    def _bind(self, call: _Call) -> int:
        handle = self._socket_of(call)
        try:
            address = self._address_of(call)
            family = _family(address)
            if family not in {socket.AF_INET, socket.AF_INET6}:
                return _CONTINUE  # to a path: Landlock judges it, also when it is another one by then
            if _port(address) != self._bind_port:
                raise Refused(errno.EACCES)
            _use("bind", handle, _on_loopback(handle, address))
        finally:
            os.close(handle)
        return 0

    def _listen(self, call: _Call) -> int:
        """Only where it is bound to the loopback: listening unbound would take any port on every address."""
        handle = self._socket_of(call)
        with socket.socket(fileno=handle) as duplicate:
            if duplicate.family in {socket.AF_INET, socket.AF_INET6}:
                host, port = duplicate.getsockname()[:2]
                if port != self._bind_port or not _plain(ipaddress.ip_address(host)).is_loopback:
                    raise Refused(errno.EACCES)
            duplicate.listen(min(call.arguments[1] & 0xFFFF_FFFF, 65_535))
        return 0

    def _socket_of(self, call: _Call) -> int:
        process = os.pidfd_open(call.pid, _PIDFD_THREAD)
        try:
            self._assert_still_there(call)
            return _checked(_libc.syscall(_PIDFD_GETFD, process, call.arguments[0] & 0xFFFF_FFFF, 0))
        finally:
            os.close(process)

    def _address_of(self, call: _Call) -> bytes:
        length = call.arguments[2] & 0xFFFF_FFFF
        if not 2 <= length <= _LONGEST_ADDRESS:
            raise Refused(errno.EINVAL)
        memory = os.open(f"/proc/{call.pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._assert_still_there(call)
            address = os.pread(memory, length, call.arguments[1])
        except OverflowError:
            raise Refused(errno.EFAULT) from None
        finally:
            os.close(memory)
        if len(address) != length:
            raise Refused(errno.EFAULT)
        return address

    def _assert_still_there(self, call: _Call) -> None:
        """Its number may have passed to another process."""
        fcntl.ioctl(self._listener, _STILL_THERE, struct.pack("=Q", call.id))


def _family(address: bytes) -> int:
    family = struct.unpack_from("=H", address)[0]
    least = {int(socket.AF_INET): 16, int(socket.AF_INET6): 24}
    if len(address) < least.get(family, 2):
        raise Refused(errno.EINVAL)
    return family


def _port(address: bytes) -> int:
    return struct.unpack_from(">H", address, 2)[0]


def _host(address: bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if _family(address) == socket.AF_INET:
        return ipaddress.IPv4Address(address[4:8])
    return _plain(ipaddress.IPv6Address(address[8:24]))


def _plain(
    host: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    mapped = host.ipv4_mapped if isinstance(host, ipaddress.IPv6Address) else None
    return mapped or host


def _on_loopback(handle: int, address: bytes) -> bytes:
    """Return the address on the loopback alone where it is every address; raise Refused for any other."""
    host = _host(address)
    if host.is_loopback:
        return address
    if not host.is_unspecified:
        raise Refused(errno.EADDRNOTAVAIL)
    if _family(address) == socket.AF_INET:
        return address[:4] + socket.inet_pton(socket.AF_INET, "127.0.0.1") + address[8:]
    with socket.socket(fileno=os.dup(handle)) as duplicate:
        only_6 = bool(duplicate.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
    own = "::1" if only_6 else "::ffff:127.0.0.1"
    return address[:8] + socket.inet_pton(socket.AF_INET6, own) + address[24:]


def _open_inside(folder: int, path: str) -> int:
    """Return a descriptor of what is at `path` below `folder`, through no link and no `..` out of it."""
    how = struct.pack("=QQQ", os.O_PATH | os.O_CLOEXEC, 0, _INSIDE)
    return _checked(_libc.syscall(_OPENAT2, folder, os.fsencode(path), how, ctypes.c_size_t(len(how))))


def _use(call: str, handle: int, address: bytes) -> None:
    _checked(getattr(_libc, call)(handle, address, len(address)))


def _checked(result: int) -> int:
    if result < 0:
        raise Refused(ctypes.get_errno())
    return result

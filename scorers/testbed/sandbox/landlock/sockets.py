"""Connecting, binding and listening on behalf of a program that may not do it itself. Standard library only.

Landlock knows ports, not addresses, and leaves sockets that have a path open: through the message bus, a container
engine's socket or any host's port with the right number a program would be out. So each address is copied once, judged,
and used from the copy on a duplicate of the program's socket. Only binding to a path goes on: Landlock holds that.
"""

import ctypes
import errno
import ipaddress
import os
import socket
import struct
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from scorers.testbed.sandbox.landlock.calls import BIND, CONNECT, LISTEN
from scorers.testbed.sandbox.landlock.door import LET_GO_ON, Answer, Caller, Folders, Refused, checked, is_socket

_LONGEST_ADDRESS = 128
_UNIX_PATH_AT = 2
_LONGEST_QUEUE = 65_535

_Host = ipaddress.IPv4Address | ipaddress.IPv6Address
_libc = ctypes.CDLL(None, use_errno=True)


class SocketAnswers:
    """What a program may do with sockets. `ports` may be replaced meanwhile."""

    def __init__(self, *, bind_port: int, ports: Mapping[int, int], folders: Iterable[str]) -> None:
        """`ports` of the loopback may be connected to, and lead to those; so may the sockets in `folders`."""
        self.ports = ports
        self._bind_port = bind_port
        self._folders = Folders(folders)

    @property
    def answers(self) -> dict[str, Answer]:
        """By the names of calls."""
        return {CONNECT: self._connect, BIND: self._bind, LISTEN: self._listen}

    def _connect(self, caller: Caller) -> int:
        handle = caller.socket(0)
        try:
            address = _address(caller)
            family = _family(address)
            if family == socket.AF_UNIX:
                self._connect_to_path(handle, address)
            elif family in {socket.AF_INET, socket.AF_INET6}:
                real_port = self.ports.get(_port(address))
                if not _host(address).is_loopback or real_port is None:
                    raise Refused(errno.EACCES)
                _use("connect", handle, address[:2] + struct.pack(">H", real_port) + address[4:])
            else:
                raise Refused(errno.EAFNOSUPPORT)
        finally:
            os.close(handle)
        return 0

    def _connect_to_path(self, handle: int, address: bytes) -> None:
        found = self._folders.open(PurePosixPath(os.fsdecode(address[_UNIX_PATH_AT:].partition(b"\0")[0])))
        try:
            if not is_socket(found):
                raise Refused(errno.ECONNREFUSED)
            _use("connect", handle, struct.pack("=H", socket.AF_UNIX) + f"/proc/self/fd/{found}\0".encode())
        finally:
            os.close(found)

    def _bind(self, caller: Caller) -> int:
        handle = caller.socket(0)
        try:
            address = _address(caller)
            if _family(address) not in {socket.AF_INET, socket.AF_INET6}:
                return LET_GO_ON  # also when it is another address by then
            if _port(address) != self._bind_port:
                raise Refused(errno.EACCES)
            _use("bind", handle, _on_loopback(handle, address))
        finally:
            os.close(handle)
        return 0

    def _listen(self, caller: Caller) -> int:
        """Only where it is bound to the loopback: listening unbound would take any port on every address."""
        with socket.socket(fileno=caller.socket(0)) as duplicate:
            if duplicate.family in {socket.AF_INET, socket.AF_INET6}:
                host, port = duplicate.getsockname()[:2]
                if port != self._bind_port or not _plain(ipaddress.ip_address(host)).is_loopback:
                    raise Refused(errno.EACCES)
            duplicate.listen(min(caller.number(1), _LONGEST_QUEUE))
        return 0


def _address(caller: Caller) -> bytes:
    length = caller.number(2)
    if not 2 <= length <= _LONGEST_ADDRESS:
        raise Refused(errno.EINVAL)
    return caller.memory(caller.pointer(1), length)


def _family(address: bytes) -> int:
    family = struct.unpack_from("=H", address)[0]
    least = {int(socket.AF_INET): 16, int(socket.AF_INET6): 24}
    if len(address) < least.get(family, 2):
        raise Refused(errno.EINVAL)
    return family


def _port(address: bytes) -> int:
    return struct.unpack_from(">H", address, 2)[0]


def _host(address: bytes) -> _Host:
    if _family(address) == socket.AF_INET:
        return ipaddress.IPv4Address(address[4:8])
    return _plain(ipaddress.IPv6Address(address[8:24]))


def _plain(host: _Host) -> _Host:
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


def _use(call: str, handle: int, address: bytes) -> None:
    checked(getattr(_libc, call)(handle, address, len(address)))

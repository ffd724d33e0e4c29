"""Brokers that run elsewhere, shown in a network at the address that they advertise."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from scorers.errors import InputError
from scorers.testbed.network import LOOPBACK, Network

B = TypeVar("B")

_HERE = {LOOPBACK, "localhost"}


@contextmanager
def shown(broker: B, addresses: Sequence[tuple[str, int]], network: Network) -> Generator[B]:
    """Let `network` reach the addresses of `broker` as this machine does; a pod does so until it closes."""
    for port in sorted({port for _, port in addresses}):
        network.show(port)
    yield broker


def require_here(addresses: Sequence[tuple[str, int]], variable: str) -> None:
    """Raise InputError when an address, which the user gave in `variable`, is not on this machine's loopback.

    A broker sends its clients to the address that it advertises, and a pod has no way to other machines.
    """
    for host, port in addresses:
        if host not in _HERE:
            raise InputError(
                f"the broker at {host!r}, port {port}, cannot be shown to a service in its sandbox; forward it to a port of "
                f"this machine's loopback, let it advertise {LOOPBACK} and that port, and name that in {variable}"
            )

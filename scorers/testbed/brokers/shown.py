"""Brokers that run elsewhere, shown in a network at the address that they advertise."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from scorers.errors import InputError
from scorers.testbed.network import LOOPBACK, Network, ThisMachine

B = TypeVar("B")

_HERE = {LOOPBACK, "localhost"}


@contextmanager
def shown(broker: B, addresses: Sequence[tuple[str, int]], network: Network) -> Generator[B]:
    """Let `network` reach the addresses of `broker` as this machine does; a pod does so until it closes.

    Raises InputError for an address on another machine: a broker sends its clients to the address it advertises, and a
    pod has no way to a host's name.
    """
    for host, port in addresses:
        if host in _HERE:
            network.show(port)
        elif not isinstance(network, ThisMachine):
            raise InputError(
                f"the broker at {host!r}, port {port}, cannot be shown to a service in its sandbox; forward it to a port of "
                f"this machine's loopback, and let it advertise {LOOPBACK} and that port"
            )
    yield broker

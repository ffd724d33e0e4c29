"""Ports for servers: free ones, and none that the system could give to a client meanwhile."""

import socket
from pathlib import Path

import pytest

from scorers.errors import HarnessFault
from scorers.testbed import network
from scorers.testbed.network import THIS_MACHINE, free_port, require_free
from scorers.testbed.pod.ports import hold_port

GIVEN_TO_CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_no_client_can_be_given_a_servers_port() -> None:
    lowest = int(GIVEN_TO_CLIENTS.read_text().split()[0])
    if lowest < 21_000:
        pytest.skip(f"this machine gives clients the ports from {lowest} on")
    assert all(20_000 <= THIS_MACHINE.free_port() < lowest for _ in range(50))


def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    other = free_port()
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: int = server.getsockname()[1]
        monkeypatch.setattr(network, "candidate_ports", lambda: iter([taken, other]))
        assert free_port() == other
        monkeypatch.setattr(network, "candidate_ports", lambda: iter([taken]))
        with pytest.raises(HarnessFault, match="is free on the loopback") as full:
            free_port()
        assert (full.value.kind, full.value.attributable) == ("port_taken", False)
        with pytest.raises(HarnessFault, match="somebody else has") as listening:
            require_free(THIS_MACHINE, taken, "a server")
        assert not listening.value.attributable, "on the machine itself that may be anybody"


def test_a_held_port_is_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    port, other = free_port(), free_port()
    monkeypatch.setattr("scorers.testbed.pod.ports.candidate_ports", lambda: iter([port, other]))
    first, second = hold_port(), hold_port()
    assert (first.number, second.number) == (port, other)
    first.close()
    third = hold_port()
    assert third.number == port
    second.close()
    third.close()

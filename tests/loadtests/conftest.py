"""Real services on loopback, each a process of its own."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For examples that may meet a busy machine."""


@contextmanager
def serving(*args: str) -> Generator[str]:
    """Run `python -m …`, which prints its port; yields its URL."""
    process = subprocess.Popen([sys.executable, "-m", *args], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def service() -> Generator[str]:
    """The URL of the service that fails by path."""
    with serving("tests.loadtests.services") as url:
        yield url


@pytest.fixture(scope="session")
def quick_service() -> Generator[str]:
    """The URL of the service that answers at once."""
    with serving("loadtests.stalling_service") as url:
        yield url

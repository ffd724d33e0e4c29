"""Real Valkey servers: one for tests that only use it, fresh ones for those that break it."""

from collections.abc import Iterator

import pytest

from scorers.testbed.server_user import server_user
from scorers.testbed.valkey.embedded import EmbeddedValkey, open_embedded_valkey


@pytest.fixture(scope="session")
def shared() -> Iterator[EmbeddedValkey]:
    with open_embedded_valkey(server_user()) as opened:
        yield opened


@pytest.fixture
def valkey(shared: EmbeddedValkey) -> EmbeddedValkey:
    shared.drop_cache()
    return shared


@pytest.fixture
def fresh() -> Iterator[EmbeddedValkey]:
    """A server that the test may break."""
    with open_embedded_valkey(server_user()) as opened:
        yield opened

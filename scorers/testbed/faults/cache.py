"""The fault of a cache that is suddenly empty."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from scorers.testbed.valkey.protocol import ValkeyServer


@dataclass(frozen=True)
class CacheDropped:
    """All keys are gone when the block begins. There is nothing to mend: a cache fills itself again."""

    server: ValkeyServer
    name: str = "cache_dropped"

    @contextmanager
    def injected(self) -> Generator[None]:
        """See Fault."""
        self.server.drop_cache()
        yield

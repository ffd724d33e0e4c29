"""Who runs on which core: the generator away from the service, where there is more than one."""

import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    """The cores of the service (and its servers) and those of the generator; None where there is nothing to divide."""

    service: frozenset[int] | None
    generator: frozenset[int] | None


def split_cores(available: frozenset[int] | None = None) -> Cores:
    """Give the highest core to the generator and the rest to the service; with one core, or off Linux, no one is pinned."""
    if available is None:
        available = frozenset(os.sched_getaffinity(0)) if sys.platform == "linux" else frozenset()
    if len(available) < 2:
        return Cores(service=None, generator=None)
    last = max(available)
    return Cores(service=available - {last}, generator=frozenset({last}))

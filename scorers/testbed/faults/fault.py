"""What a fault is: something that is broken on purpose for the length of a `with` block, and always mended."""

from contextlib import AbstractContextManager
from typing import Protocol


class Fault(Protocol):
    """A fault that can be injected. Instances are frozen dataclasses; a block may be entered again after it ended."""

    @property
    def name(self) -> str:
        """A short stable word for results, such as `server_killed`."""
        ...

    def injected(self) -> AbstractContextManager[None]:
        """Break it on entry and mend it on exit, whatever happens within. Mending is done when the block is left."""
        ...

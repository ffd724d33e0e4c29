"""All that a sandbox shows for services to run with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scorers.errors import HarnessFault
from scorers.testbed.runtime.node import NodeRuntime, node_runtime
from scorers.testbed.runtime.python import PLACE, PythonRuntime, python_runtime

RuntimeName = Literal["python", "node"]


@dataclass(frozen=True)
class ShownRuntime:
    """The runtimes of this machine."""

    python: PythonRuntime
    node: NodeRuntime | None

    @property
    def shown(self) -> dict[str, Path]:
        """Folders by the place where a sandbox shows them, read-only."""
        return {str(PLACE): self.python.folder, **(self.node.shown if self.node else {})}

    def environment(self, runtime: RuntimeName) -> Mapping[str, str]:
        """Return the variables by which a program finds `runtime`. Raises HarnessFault when it is not there."""
        if runtime == "python":
            return self.python.environment
        if self.node is None:
            raise HarnessFault(
                "the service wants Node.js, and there is no `node` on PATH; install Node.js 20 or newer",
                kind="runtime_missing",
            )
        return self.node.environment


def shown_runtime() -> ShownRuntime:
    """Return the runtimes of this machine, Python's built now if need be."""
    return ShownRuntime(python_runtime(), node_runtime())

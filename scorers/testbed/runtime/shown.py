"""What a sandbox shows for a service to run with: Python with its packages, or Node.js with its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from scorers.errors import HarnessFault
from scorers.testbed.runtime import node_modules
from scorers.testbed.runtime.node import node_runtime
from scorers.testbed.runtime.python import PLACE, python_runtime

RuntimeName = Literal["python", "node"]


@dataclass(frozen=True)
class Runtime:
    """What is shown, read-only, and by which variables a program finds it."""

    shown: Mapping[str, Path] = field(default_factory=dict[str, Path])
    """Folders by the place where they are shown."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


NOTHING = Runtime()
"""Only the system's own programs."""


def runtime(name: RuntimeName) -> Runtime:
    """Return the runtime `name` of this machine, made now if need be.

    Raises HarnessFault (kind `runtime_missing`) when the machine lacks what it takes.
    """
    if name == "python":
        python = python_runtime()
        return Runtime({str(PLACE): python.folder}, python.environment)
    node = node_runtime()
    if node is None:
        raise HarnessFault(
            "the service wants Node.js, and there is no `node` on PATH; install Node.js 20 or newer",
            kind="runtime_missing",
        )
    return Runtime({**node.shown, str(node_modules.PLACE): node_modules.node_modules()}, node.environment)

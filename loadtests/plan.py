"""A load plan: everything one load run needs to know, as a file that goes to the generator's process."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from loadtests.profiles import Profile


class LoadPlan(BaseModel):
    """One load run against one service. The same plan and seed send the same requests at the same times."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(pattern=r"^https?://[^/]+$")
    """Base URL without a path, such as `http://127.0.0.1:8080`."""
    user: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    """`module:Class` of a `loadtests.open_loop.OpenLoopUser`, or of any Locust user class where the profile is `users`."""
    profile: Profile
    seed: int = 0
    parameters: dict[str, Any] = {}
    """What the user class makes its requests from; it finds them as `self.parameters`."""
    timeout_s: float = Field(default=10, gt=0)
    """A request not answered so long after it was due is given up: no answer, counted with this latency."""
    connections: int = Field(default=1000, gt=0)
    """Connections open at once at most; a request that finds none waits, and its latency says so."""
    behind_limit_ms: float = Field(default=20, gt=0)
    """How late the generator itself may be (p99 of its starts and of its loop) before its numbers are refused."""
    cpus: frozenset[int] | None = None
    """Cores for the generator's process; None leaves the choice to the operating system."""
    samples_path: Path | None = None
    """Where to keep the raw samples (`.npz`); None keeps none."""

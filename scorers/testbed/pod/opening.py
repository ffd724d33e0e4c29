"""Opening a pod."""

import warnings
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.pod.landlocked import LandlockedPod
from scorers.testbed.pod.plain import PlainPod
from scorers.testbed.pod.protocol import Pod
from scorers.testbed.pod.sandboxed import SandboxedPod
from scorers.testbed.sandbox.account import service_user
from scorers.testbed.sandbox.tier import sandbox_tier
from scorers.testbed.sweep import sweep


class UnsandboxedWarning(UserWarning):
    """A submission that ships with archeval runs without a sandbox."""


@contextmanager
def open_pod(*, sockets: Mapping[str, Path] | None = None, trusted: bool = False) -> Generator[Pod]:
    """Open a pod for one grade; after it nothing is left of it.

    `sockets` are folders on the host with the unix sockets of servers: each is seen in the service's sandbox as
    `/run/<name>`. `trusted` says that the submission ships with archeval: only then may it run where no sandbox can be
    had, with a warning. Raises HarnessFault (kind `sandbox_unavailable`) with the remedy otherwise, and where the sandbox
    that `ARCHEVAL_SANDBOX` asks for cannot be had.
    """
    tier = sandbox_tier()
    if tier.bwrap is not None:
        sweep(service_user())
        with closing(SandboxedPod(tier.bwrap, sockets=sockets or {})) as pod:
            yield pod
        return
    if tier.name == "landlock":
        sweep(service_user())
        with closing(LandlockedPod(sockets=sockets or {})) as walled:
            yield walled
        return
    if tier.forced:
        raise HarnessFault(f"{tier.found}; {tier.remedy}", kind="sandbox_unavailable")
    if not trusted:
        raise HarnessFault(
            f"code that a model wrote does not run on this machine without a sandbox: {tier.found}; {tier.remedy}",
            kind="sandbox_unavailable",
        )
    warnings.warn(f"a service runs without a sandbox: {tier.found}", UnsandboxedWarning, stacklevel=3)
    with closing(PlainPod(sockets=sockets or {})) as plain:
        yield plain

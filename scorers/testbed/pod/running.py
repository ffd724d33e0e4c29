"""Trusted commands of the harness in a pod's network."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from scorers.testbed.network import Joining
from scorers.testbed.pod import enter
from scorers.testbed.pod.client import bare_environment
from scorers.testbed.pod.protocol import Finished
from scorers.testbed.server_user import ServerUser

_PROGRAM = Path(enter.__file__)


def run_in_network(
    keeper_pid: int,
    argv: Sequence[str],
    *,
    timeout_s: float,
    cpus: frozenset[int] | None,
    env: Mapping[str, str] | None,
) -> Finished:
    """See Pod.run."""
    with joining_network(keeper_pid, None) as joining:
        line = [*joining.prefix, *argv]
        return run_here(line, timeout_s=timeout_s, cpus=cpus, env=env, pass_fds=joining.descriptors)


@contextmanager
def joining_network(keeper_pid: int, user: ServerUser | None) -> Generator[Joining]:
    """See Network.joining; without a user, for a program of this process's user that ends with the calling thread."""
    becomes = (user.uid, user.gid) if user is not None and user.is_other else (-1, -1)
    outlives = int(user is not None)
    with ExitStack() as stack:
        joined = [
            stack.enter_context(_namespace(keeper_pid, "user")) if os.geteuid() != 0 else -1,
            stack.enter_context(_namespace(keeper_pid, "net")),
        ]
        prefix = (sys.executable, "-I", "-S", "-B", str(_PROGRAM), *map(str, (*joined, *becomes, outlives)))
        handles = tuple(handle for handle in joined if handle >= 0)
        yield Joining(prefix, handles, bare_environment(), {})


def run_here(
    argv: Sequence[str],
    *,
    timeout_s: float,
    cpus: frozenset[int] | None,
    env: Mapping[str, str] | None,
    pass_fds: Sequence[int] = (),
) -> Finished:
    """Run a command in a session of its own, wait for it, and leave no child of it behind."""
    began = time.monotonic()
    process = subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=None if env is None else dict(env),
        pass_fds=pass_fds,
        start_new_session=True,
        text=True,
        errors="replace",
    )
    try:
        if cpus:
            with suppress(ProcessLookupError):
                os.sched_setaffinity(process.pid, cpus)
        stdout, stderr = process.communicate(timeout=timeout_s)
        seconds = time.monotonic() - began
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children too, also where it ended well
        process.wait()
    return Finished(process.returncode, stdout, stderr, seconds)


@contextmanager
def _namespace(pid: int, kind: str) -> Generator[int]:
    handle = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)

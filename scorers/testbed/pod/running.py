"""Trusted commands of the harness in a pod's network."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from scorers.testbed.pod import enter
from scorers.testbed.pod.protocol import Finished

_PROGRAM = Path(enter.__file__)


def start_in_network(
    keeper_pid: int, argv: Sequence[str], *, pass_fds: Sequence[int] = (), **options: object
) -> "subprocess.Popen[str]":
    """Start `argv` in the network namespace of the process `keeper_pid`, in a session of its own."""
    joined = [_open_namespace(keeper_pid, "user") if os.geteuid() != 0 else -1, _open_namespace(keeper_pid, "net")]
    handles = [handle for handle in joined if handle >= 0]
    try:
        return subprocess.Popen(
            [*(sys.executable, "-I", "-S", "-B", str(_PROGRAM)), *map(str, joined), *argv],
            pass_fds=[*handles, *pass_fds],
            start_new_session=True,
            text=True,
            **options,  # pyright: ignore[reportArgumentType, reportCallIssue]
        )
    finally:
        for handle in handles:
            os.close(handle)


def run_in_network(
    keeper_pid: int,
    argv: Sequence[str],
    *,
    timeout_s: float,
    cpus: frozenset[int] | None,
    env: Mapping[str, str] | None,
) -> Finished:
    """See Pod.run."""
    began = time.monotonic()
    process = start_in_network(
        keeper_pid,
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=None if env is None else dict(env),
        errors="replace",
    )
    try:
        if cpus:
            with suppress(ProcessLookupError):
                os.sched_setaffinity(process.pid, cpus)
        stdout, stderr = process.communicate(timeout=timeout_s)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children too, also where it ended well
        process.communicate()
    return Finished(process.returncode, stdout, stderr, time.monotonic() - began)


def _open_namespace(pid: int, kind: str) -> int:
    return os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)

"""A validation that is told to end does so, with the grades that its workers are at."""

import signal
import subprocess
import sys
import time

import psutil

ENDS_WITHIN_S = 15.0
"""A grade of the reference takes longer."""

LEFT_FOR_S = 1.0
"""What is gone needs no longer to be seen to be gone."""


def servers_below(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children(recursive=True) if child.name().startswith("postgres")]


def runs(process: psutil.Process) -> bool:
    """Whether it is there and no zombie, which some first processes of containers leave lying about."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_sigterm_ends_the_workers_with_their_servers() -> None:
    entry = ["--scenario", "ecommerce_orders", "--entry", "solutions/reference", "--no-cache"]
    with subprocess.Popen([sys.executable, "-m", "evals.cli.main", "validate", *entry]) as run:
        try:
            process, give_up_at_s = psutil.Process(run.pid), time.monotonic() + 120
            while not servers_below(process):
                assert run.poll() is None
                assert time.monotonic() < give_up_at_s
            below = process.children(recursive=True)
            run.send_signal(signal.SIGTERM)
            assert run.wait(ENDS_WITHIN_S) != 0
            # Soon, for the next start of any archeval would sweep up what a worker left.
            _, alive = psutil.wait_procs(below, timeout=LEFT_FOR_S)
            assert [process for process in alive if runs(process)] == []
        finally:
            run.kill()

"""A validation that is told to end does so, with the grades that its workers are at or wait to begin."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import psutil

from scorers.testbed.slot import Slot

STARTS_WITHIN_S = 400.0
ENDS_WITHIN_S = 15.0
"""A grade of the reference takes longer."""

LEFT_FOR_S = 1.0
"""What is gone needs no longer to be seen to be gone."""

ENTRIES = [
    "solutions/reference",
    "solutions/naive",
    "mutants/add_replaces",
    "mutants/addition_lost_in_checkout",
    "empty",
]


def servers_below(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children(recursive=True) if child.name().startswith("postgres")]


def waiting_below(process: psutil.Process) -> list[psutil.Process]:
    """Its workers that wait for their turn."""
    found: list[psutil.Process] = []
    for child in process.children():
        with suppress(psutil.Error):
            found += [child for file in child.open_files() if file.path.endswith("measurement-turnstile.lock")]
    return found


def runs(process: psutil.Process) -> bool:
    """Whether it is there and no zombie, which some first processes of containers leave lying about."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def validating(entries: list[str], until: Callable[[psutil.Process], bool]) -> Generator[subprocess.Popen[bytes]]:
    """Validate these entries of a scenario, by two workers, until the condition holds."""
    words = [word for entry in entries for word in ("--entry", entry)]
    command = [sys.executable, "-m", "evals.cli.main", "validate", "--scenario", "ecommerce_orders", "--no-cache"]
    with subprocess.Popen([*command, "--workers", "2", *words]) as run:
        try:
            process, give_up_at_s = psutil.Process(run.pid), time.monotonic() + STARTS_WITHIN_S
            while not until(process):
                assert run.poll() is None
                assert time.monotonic() < give_up_at_s
                time.sleep(0.05)
            yield run
        finally:
            with suppress(psutil.NoSuchProcess):
                for left in psutil.Process(run.pid).children(recursive=True):
                    left.kill()
            run.kill()


def test_sigterm_ends_the_workers_with_their_servers() -> None:
    with validating(["solutions/reference"], lambda process: bool(servers_below(process))) as run:
        below = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGTERM)
        assert run.wait(ENDS_WITHIN_S) != 0
        # Soon, for the next start of any archeval would sweep up what a worker left.
        _, alive = psutil.wait_procs(below, timeout=LEFT_FOR_S)
        assert [process for process in alive if runs(process)] == []


def test_workers_end_when_the_validation_is_killed() -> None:
    with validating(["solutions/reference"], lambda process: bool(servers_below(process))) as run:
        below = psutil.Process(run.pid).children(recursive=True)
        run.kill()
        _, alive = psutil.wait_procs(below, timeout=ENDS_WITHIN_S)
        assert [process for process in alive if runs(process)] == []


def test_sigterm_ends_workers_that_wait_for_their_turn() -> None:
    slot = Slot()
    with (
        slot.working(),
        slot.alone(),
        validating(ENTRIES, lambda process: len(waiting_below(process)) == 2) as run,
    ):
        below = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGTERM)
        assert run.wait(ENDS_WITHIN_S) != 0
        _, alive = psutil.wait_procs(below, timeout=LEFT_FOR_S)
        assert [process for process in alive if runs(process)] == []

"""What `archeval doctor` says about the servers beside PostgreSQL.

Only some scenarios need them, so a server that cannot be had is told with its remedy, and does not count as a problem
of the testbed: a grade that needs it says so itself. They are looked at by the doctor only, not before every run.
"""

import time
from contextlib import AbstractContextManager, nullcontext

from scorers.errors import ArchevalError
from scorers.scenario import Need
from scorers.testbed.network import THIS_MACHINE
from scorers.testbed.protocol import Diagnosis, Testbed, TestbedProvider

_NEEDS: tuple[Need, ...] = ("valkey", "kafka", "nats")
_PROOF_BYTES = 256 * 1024**2


def diagnose_companions(provider: TestbedProvider) -> list[Diagnosis]:
    """Open each server once and say what ran, or why it cannot be had and what to do about it."""
    return [_diagnosed(provider, need) for need in _NEEDS]


def _diagnosed(provider: TestbedProvider, need: Need) -> Diagnosis:
    began = time.monotonic()
    try:
        with provider.open(cluster_bytes=_PROOF_BYTES, needs=frozenset({need})) as testbed:
            with _opened(testbed, need):
                opened_ms = (time.monotonic() - began) * 1000
            found = f"{testbed.description[need]}: open {opened_ms:.0f} ms"
            return Diagnosis(need, ok=True, found=found, optional=True)
    except ArchevalError as error:
        cause, _, remedy = str(error).partition("\n")[0].rpartition("; ")
        found = f"not there, so scenarios that need it cannot be graded: {cause or error}"
        return Diagnosis(need, ok=False, found=found, remedy=remedy if cause else "", optional=True)


def _opened(testbed: Testbed, need: Need) -> AbstractContextManager[object]:
    """Open what is opened apart from the testbed: brokers, each in its pod."""
    if need == "kafka":
        return testbed.kafka.opened_in(THIS_MACHINE)
    return testbed.nats.opened_in(THIS_MACHINE) if need == "nats" else nullcontext()

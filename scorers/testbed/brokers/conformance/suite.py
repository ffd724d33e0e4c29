"""All probes, and the runner that gives each of them a process of its own and a deadline.

Clients hang, crash and leave threads behind when a broker answers in ways they do not expect; a probe in a process of
its own can do none of this to the next one.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from scorers.testbed.brokers.conformance import (
    aiokafka_basic,
    aiokafka_more,
    confluent_basic,
    confluent_more,
    nats_probes,
)
from scorers.testbed.brokers.conformance.probe import End, Probe, Settings, fresh_name

KAFKA_PROBES: tuple[Probe, ...] = (
    *confluent_basic.PROBES,
    *confluent_more.PROBES,
    *aiokafka_basic.PROBES,
    *aiokafka_more.PROBES,
)
NATS_PROBES: tuple[Probe, ...] = nats_probes.PROBES

ALL_PROBES = {probe.id: probe for probe in (*KAFKA_PROBES, *NATS_PROBES)}

REASON = "REASON: "
"""How the line begins on which the program says why the answer is no. Clients print lines of their own."""

Phase = Literal["run", "before", "after"]

_ONE = "scorers.testbed.brokers.conformance.one"


@dataclass(frozen=True)
class Outcome:
    """What a probe found."""

    probe_id: str
    holds: bool | None
    """None when it could not be asked: it needs a restart, and this broker cannot be restarted."""
    found: str
    """Why it does not hold; empty when it does."""


def run_suite(
    probes: Iterable[Probe],
    settings: Settings,
    *,
    restart: Callable[[End], None] | None = None,
    said: Callable[[Outcome], None] = lambda _outcome: None,
) -> list[Outcome]:
    """Ask every probe in turn and return what they found.

    `restart` ends the broker as it is told and starts it again; `said` hears each outcome as it comes.
    """
    outcomes: list[Outcome] = []
    for probe in probes:
        outcome = _asked(probe, settings, restart)
        said(outcome)
        outcomes.append(outcome)
    return outcomes


def capabilities(outcomes: Iterable[Outcome]) -> frozenset[str]:
    """Return the ids of the probes that hold."""
    return frozenset(outcome.probe_id for outcome in outcomes if outcome.holds)


def _asked(probe: Probe, settings: Settings, restart: Callable[[End], None] | None) -> Outcome:
    if probe.across is None:
        found = _in_process(probe, "run", "", settings)
        return Outcome(probe.id, holds=not found, found=found)
    if restart is None:
        return Outcome(probe.id, holds=None, found="this broker cannot be restarted from here")
    name = fresh_name("restart")
    found = _in_process(probe, "before", name, settings)
    if not found:
        restart(probe.across.end)
        found = _in_process(probe, "after", name, settings)
    return Outcome(probe.id, holds=not found, found=found)


def _in_process(probe: Probe, phase: Phase, name: str, settings: Settings) -> str:
    """Run one phase; return why it failed, or an empty text."""
    job = json.dumps({"probe": probe.id, "phase": phase, "name": name, "settings": settings})
    try:
        # By standard input, for settings may hold passwords.
        done = subprocess.run(
            [sys.executable, "-m", _ONE],
            input=job,
            capture_output=True,
            text=True,
            check=False,
            timeout=probe.timeout_s,
        )
    except subprocess.TimeoutExpired:
        return f"hangs: no end after {probe.timeout_s:g} s"
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    reasons = [line.removeprefix(REASON) for line in lines if line.startswith(REASON)]
    return (reasons or lines or [f"status {done.returncode}"])[-1][:300]

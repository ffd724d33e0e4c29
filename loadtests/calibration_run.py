"""One calibration: `python -m loadtests.calibration_run OUTCOME SECONDS [SERVICE_CPU CLIENT_CPU]`. Starts the service, asks it.

One connection asks, waits, asks again: with nothing else running each answer takes the same time. A command of its own,
so that it can run where the load runs.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from loadtests.calibration import Calibration
from loadtests.intervals import percentile
from loadtests.lifeline import end_with_parent

REQUEST = b"GET /work HTTP/1.1\r\nHost: localhost\r\n\r\n"
WARMUP = 200
"""Requests that are not counted: the interpreter specializes its bytecode, the core clocks up."""


def main(outcome: Path, seconds: float, cpus: list[int]) -> None:
    """Measure and write a Calibration."""
    end_with_parent()
    if cpus and sys.platform == "linux":
        os.sched_setaffinity(0, {cpus[1]})
    pinned = ["--cpu", str(cpus[0])] if cpus else []
    command = [sys.executable, "-m", "loadtests.calibration_service", *pinned]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert service.stdout is not None
        port = int(service.stdout.readline())
        found = measure(port, seconds)
    finally:
        service.kill()
        service.wait()
    partial = outcome.with_suffix(".partial")
    partial.write_text(found.model_dump_json(), encoding="utf-8")
    partial.replace(outcome)


def measure(port: int, seconds: float) -> Calibration:
    """Ask the service on `port` one request after the other for so many seconds."""
    took_s: list[float] = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(WARMUP):
            _ask(connection)
        end_s = time.monotonic() + seconds
        while (begin_s := time.monotonic()) < end_s:
            _ask(connection)
            took_s.append(time.monotonic() - begin_s)
    took_ms = np.array(took_s) * 1000
    return Calibration(
        requests=len(took_s),
        mean_ms=float(took_ms.mean()),
        p10_ms=percentile(took_ms, 0.1),
        p50_ms=percentile(took_ms, 0.5),
        p95_ms=percentile(took_ms, 0.95),
        p99_ms=percentile(took_ms, 0.99),
        max_ms=percentile(took_ms, 1.0),
    )


def _ask(connection: socket.socket) -> None:
    connection.sendall(REQUEST)
    if not connection.recv(4096)[-1:].isdigit():
        raise ConnectionError("the calibration service hung up or answered something else")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), [int(cpu) for cpu in sys.argv[3:5]])

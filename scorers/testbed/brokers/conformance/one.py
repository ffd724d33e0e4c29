"""The program that asks one probe: the job as JSON on standard input, the reason for a failure as the last line."""

import json
import sys

from scorers.testbed.brokers.conformance.probe import Settings
from scorers.testbed.brokers.conformance.suite import ALL_PROBES


def main() -> int:
    """Ask. An exception that the probe lets through is the answer no; Python prints it last."""
    job = json.load(sys.stdin)
    probe = ALL_PROBES[job["probe"]]
    settings: Settings = job["settings"]
    if job["phase"] == "prepare" and probe.prepare is not None:
        probe.prepare(settings, job["name"])
    elif job["phase"] == "check" and probe.check is not None:
        probe.check(settings, job["name"])
    else:
        probe.run(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())

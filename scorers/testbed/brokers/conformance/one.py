"""The program that asks one probe: the job as JSON on standard input, the reason for a failure as a marked line."""

import json
import sys
from types import TracebackType

from scorers.testbed.brokers.conformance.probe import NotConforming, Settings
from scorers.testbed.brokers.conformance.suite import ALL_PROBES, REASON


def _say(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    text = " ".join(str(error).split())
    print(f"{REASON}{text}" if kind is NotConforming else f"{REASON}{kind.__name__}: {text}", flush=True)  # noqa: T201


def main() -> int:
    """Ask. An exception that the probe lets through is the answer no."""
    sys.excepthook = _say
    job = json.load(sys.stdin)
    probe = ALL_PROBES[job["probe"]]
    settings: Settings = job["settings"]
    if job["phase"] == "before" and probe.across is not None:
        probe.across.before(settings, job["name"])
    elif job["phase"] == "after" and probe.across is not None:
        probe.across.after(settings, job["name"])
    else:
        probe.run(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())

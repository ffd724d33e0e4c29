"""A program that an ordinary user runs: a pod with a service, and two services that go over their limits."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from scorers.testbed.pod.opening import open_pod
from scorers.testbed.sandbox.limits import MIB, ServiceLimits
from scorers.testbed.service.failure import ServiceFailure
from tests.scorers.testbed.service.remains import Remains
from tests.scorers.testbed.service.services import answering, asked, opened, script

LIMITS = ServiceLimits(memory_bytes=192 * MIB, processes=32, disk_bytes=32 * MIB)
BOMB = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"
HOG = "held = []\nfor _ in range(10 * 1024):\n    held.append(b'x' * 2**20)\n"


def main() -> None:
    """Print what happened as JSON."""
    remains = Remains()
    seen: dict[str, object] = {"uid": os.getuid()}
    with open_pod() as pod:
        remains.watch(pod)
        seen |= pod.description
        with opened(
            answering("return 200, str(os.getuid())"), pod=pod, environment=remains.environment, limits=LIMITS
        ) as (
            _,
            service,
        ):
            service.start()
            seen["answer"] = asked(pod, service, "/")
            seen["memory_bytes"] = service.usage().memory_bytes
            port = service.port
            ran = pod.run(
                [sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}))"], timeout_s=30
            )
            seen["run"] = f"{ran.returncode} {ran.stderr}"
        for name, main in (("bomb", BOMB), ("hog", HOG)):
            try:
                with opened(script(main), pod=pod, environment=remains.environment, limits=LIMITS) as (_, service):
                    service.start()
            except ServiceFailure as failure:
                seen[name] = failure.reason
    seen["left"] = remains.left
    print(json.dumps(seen))  # noqa: T201


if __name__ == "__main__":
    main()

"""A program that opens a testbed with the servers named on its command line, and holds it until its input ends.

Brokers are opened in a pod, as for a grade.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).parents[3]))

from scorers.scenario import Need
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.own_process import OwnProcess
from scorers.testbed.pod.opening import open_pod
from scorers.testbed.shutdown import orderly_exit


def main() -> None:
    """Open, print the process ids of the servers, and wait."""
    needs = frozenset(cast("list[Need]", sys.argv[1:]))
    with (
        orderly_exit(),
        EmbeddedProvider().open(cluster_bytes=1024**3, needs=needs) as testbed,
        open_pod(trusted=True) as pod,
        ExitStack() as stack,
    ):
        brokers = sorted(needs & {"kafka", "nats"})
        servers: list[object] = [stack.enter_context(getattr(testbed, name).opened_in(pod)) for name in brokers]
        servers += [testbed.valkey] if "valkey" in needs else []
        pids = [cast(OwnProcess, server).pid for server in servers]
        print(json.dumps(pids), flush=True)  # noqa: T201
        sys.stdin.read()


if __name__ == "__main__":
    main()

"""A program that opens a testbed, says where it is, and holds it until its standard input ends.

With the argument `thread` the testbed is opened by a thread that the main thread waits for, as the grader's are, and
Ctrl-C is handled like SIGTERM.
"""

import json
import sys
import threading
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from scorers.errors import HarnessFault
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.shutdown import orderly_exit
from tests.scorers.testbed.traces import traces_of


def hold() -> None:
    """Open, report, and wait."""
    with EmbeddedProvider().open(cluster_bytes=1024**3) as testbed:
        database = testbed.postgres.create_database()
        print(json.dumps(asdict(traces_of(testbed))), flush=True)  # noqa: T201
        if "thread" in sys.argv:
            with testbed.postgres.connect(database, "app_user") as session:
                session.execute("SET statement_timeout = 0; SELECT pg_sleep(600)")
        else:
            sys.stdin.read()


def main() -> None:
    """Hold a testbed with signals handled as the command line does."""
    with orderly_exit(also_interrupt="thread" in sys.argv):
        if "thread" in sys.argv:
            worker = threading.Thread(target=hold)
            worker.start()
            worker.join()
        else:
            hold()


if __name__ == "__main__":
    try:
        main()
    except HarnessFault as fault:
        sys.exit(f"fault: {fault}")

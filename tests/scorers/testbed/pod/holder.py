"""A program that holds a pod with a service, prints where it is, and waits until its standard input ends."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from tests.scorers.testbed.service.remains import Remains
from tests.scorers.testbed.service.services import answering, opened


def main() -> None:
    """Open, report, and wait."""
    remains = Remains(sys.argv[1])
    with opened(answering("return 200, ''"), environment=remains.environment) as (pod, service):
        service.start()
        print(json.dumps({"folder": str(pod.folder.parent.parent)}), flush=True)  # noqa: T201
        sys.stdin.read()


if __name__ == "__main__":
    main()

"""A program that an ordinary user runs: a pod with a service and a broker, and two services that go over their limits."""

import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from scorers.testbed.brokers.nats import embedded_nats
from scorers.testbed.pod.opening import open_pod
from scorers.testbed.sandbox.limits import MIB, ServiceLimits
from scorers.testbed.server_user import server_user
from scorers.testbed.service.failure import ServiceFailure
from tests.scorers.testbed.service.remains import Remains
from tests.scorers.testbed.service.services import answering, asked, opened, script

LIMITS = ServiceLimits(memory_bytes=192 * MIB, processes=32, disk_bytes=32 * MIB)
BOMB = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"
HOG = "held = []\nfor _ in range(10 * 1024):\n    held.append(b'x' * 2**20)\n"


OWN = """\
import shutil
os.chmod('main.py', 0o700)
os.chmod(os.path.abspath('web.py'), 0o755)
os.utime('main.py', (1, 2))
os.utime('main.py')
shutil.copy2('web.py', 'copy')
subprocess.run(['chmod', '+x', 'copy'], check=True)
subprocess.run(['touch', 'copy', 'fresh'], check=True)
return 200, oct(os.stat('main.py').st_mode & 0o777) + str(os.access('copy', os.X_OK))
"""
"""What it may do with its own files."""

ATTACK = """\
def tried(attempt):
    try:
        return str(attempt())
    except (FileNotFoundError, ProcessLookupError):
        return 'absent'
    except OSError:
        return 'refused'
home, above = {home!r}, {pid}
return 200, json.dumps([
    tried(lambda: os.path.islink('h') or os.symlink(home, 'h')) and tried(lambda: os.chmod('h', 0)), tried(lambda: os.chmod('../../x', 0)),
    tried(lambda: os.chmod(home, 0)), tried(lambda: os.utime(home)), tried(lambda: os.setxattr(home, 'user.x', b'x')),
    tried(lambda: os.listdir(home)), tried(lambda: open(home + '/x', 'w')), tried(lambda: os.kill(above, 9)),
    tried(lambda: open(f'/proc/{{above}}/environ').read()), tried(lambda: open(f'/proc/{{above}}/mem').read(1)),
    tried(lambda: os.listdir(f'/proc/{{above}}/root')), tried(lambda: open(f'/proc/{{above}}/cmdline').read()),
])
"""
"""What the service's user may do outside: its home and archeval itself are its own."""


def main() -> None:
    """Print what happened as JSON."""
    remains = Remains()
    seen: dict[str, object] = {"uid": os.getuid()}
    with open_pod() as pod, ExitStack() as stack:
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
        placing = stack.enter_context(embedded_nats(server_user()))
        with placing.opened_in(pod) as broker:
            broker.assert_alive()
            port = int(broker.url.rpartition(":")[2])
            greeting = f"return 200, socket.create_connection(('127.0.0.1', {port})).recv(5).decode()"
            with opened(answering(greeting), pod=pod, environment=remains.environment, limits=LIMITS) as (_, service):
                service.start()
                seen["broker"] = asked(pod, service, "/")
        with opened(answering(OWN), pod=pod, environment=remains.environment, limits=LIMITS) as (_, service):
            service.start()
            seen["own"] = asked(pod, service, "/")
        attack = ATTACK.format(home=os.environ["HOME"], pid=os.getpid())
        with opened(answering(attack), pod=pod, environment=remains.environment, limits=LIMITS) as (_, service):
            service.start()
            seen["refused"] = json.loads(asked(pod, service, "/"))
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

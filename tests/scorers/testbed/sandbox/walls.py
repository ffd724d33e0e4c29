"""Asking a service in Landlock's walls what it can do."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from scorers.testbed.pod.protocol import Pod
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.service.protocol import Service
from tests.scorers.testbed.service.remains import Remains
from tests.scorers.testbed.service.services import SMALL, answering, opened

TRIED = """\
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def tried(attempt):
    try:
        return f"did {attempt()}"
    except OSError as error:
        return type(error).__name__
def called(name, *arguments):
    result = getattr(libc, name)(*arguments)
    return "done" if result >= 0 else os.strerror(ctypes.get_errno())
"""
"""What the answers of `trying` may use: `tried(lambda: ...)` names the error, `called("unshare", ...)` is a C function."""


def trying(expression: str) -> dict[str, str]:
    """Return a service that answers with what `expression` is, as JSON."""
    return answering(f"{TRIED}\nreturn 200, json.dumps({expression})")


@contextmanager
def walled(
    files: Mapping[str, str], remains: Remains, *, pod: Pod | None = None, limits: ServiceLimits = SMALL
) -> Generator[tuple[Pod, Service]]:
    """Start a service in the walls."""
    with opened(files, pod=pod, environment=remains.environment, limits=limits) as (own, service):
        assert own.tier == "landlock"
        remains.watch(own)
        service.start()
        yield own, service

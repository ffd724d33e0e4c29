"""Opening a submission's service in a pod."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from scorers.submission import check_path
from scorers.testbed.pod.protocol import Pod
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.service.failure import ServiceFailure
from scorers.testbed.service.manifest import MANIFEST, parse_manifest
from scorers.testbed.service.protocol import Service
from scorers.testbed.service.running import RunningService

_BASE = {"HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC"}


@contextmanager
def open_service(
    pod: Pod,
    files: Mapping[str, str],
    *,
    environment: Mapping[str, str],
    limits: ServiceLimits,
    ready_path: str = "/ready",
) -> Generator[Service]:
    """Open the service that `files` describe (with their `service.yaml`); it is stopped in the end.

    `environment` is all that its processes see beside PORT, HOME, TMPDIR, LANG, TZ and what leads to the runtime (PATH
    and the like): DATABASE_URL, say. Call `start` on what is yielded. Raises ServiceFailure when there is no sound
    `service.yaml`, and HarnessFault when the machine lacks the runtime that it asks for.
    """
    if MANIFEST not in files:
        raise ServiceFailure(f"there is no file {MANIFEST!r}")
    manifest = parse_manifest(files[MANIFEST])
    for path in files:
        check_path(path)
    with pod.open_room(limits, manifest.runtime) as room:
        try:
            room.write_files(files)
        except ValueError as error:
            raise ServiceFailure(str(error)) from error
        seen = {**_BASE, **room.environment, **environment, "PORT": str(room.port)}
        service = RunningService(pod, room, manifest, seen, limits, ready_path)
        try:
            yield service
        finally:
            service.close()
            room.close()
            service.close_output()

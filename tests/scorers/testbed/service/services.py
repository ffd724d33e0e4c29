"""Small services for the tests, good and hostile ones."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from scorers.testbed.pod.opening import open_pod
from scorers.testbed.pod.protocol import Pod
from scorers.testbed.sandbox.limits import MIB, ServiceLimits
from scorers.testbed.service.opening import open_service
from scorers.testbed.service.protocol import Service

SMALL = ServiceLimits(memory_bytes=192 * MIB, processes=48, disk_bytes=32 * MIB, output_bytes=8 * MIB, ready_s=30)

PYTHON_MANIFEST = """\
runtime: python
processes:
  web:
    command: [python, main.py]
"""

HTTP = '''\
"""A server on the standard library: `answer(path)` gives status and text."""
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        import main
        status, text = (200, "ready") if self.path == "/ready" else main.answer(self.path)
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def serve():
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
'''


def script(main: str, manifest: str = PYTHON_MANIFEST) -> dict[str, str]:
    """Return a service whose `web` runs this Python program."""
    return {"service.yaml": manifest, "main.py": main}


def answering(body: str) -> dict[str, str]:
    """Return a service that is ready at once, with this body of `answer(path)` that returns a status and a text."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    main = f"import json, os, socket, subprocess, sys, time\nimport web\n\n\ndef answer(path):\n{lines}\n\n\n"
    return {
        "service.yaml": PYTHON_MANIFEST,
        "web.py": HTTP,
        "main.py": main + "if __name__ == '__main__':\n    web.serve()\n",
    }


@contextmanager
def opened(
    files: Mapping[str, str],
    *,
    pod: Pod | None = None,
    environment: Mapping[str, str] | None = None,
    limits: ServiceLimits = SMALL,
) -> Generator[tuple[Pod, Service]]:
    """Open a service in a pod of its own unless there is one."""
    if pod is None:
        with open_pod() as own, opened(files, pod=own, environment=environment, limits=limits) as both:
            yield both
        return
    with open_service(pod, files, environment=environment or {}, limits=limits) as service:
        yield pod, service


def asked(pod: Pod, service: Service, path: str) -> str:
    """Return the text that a running service answers."""
    with pod.http(service.port) as client:
        return client.get(path).text

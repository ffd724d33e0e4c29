"""The relay processes of a pod."""

import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.pod import relay
from scorers.testbed.pod.client import bare_environment

_PROGRAM = Path(relay.__file__)
_END_S = 5.0


class Relays:
    """Starts relays and ends them all."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def to_unix_socket(self, listener: socket.socket, port: int, target: Path) -> None:
        """Relay from `port` to a unix socket. `listener` is a fresh socket, which is closed here."""
        self._start(listener, port, ["unix", str(target)])

    def to_host(self, listener: socket.socket, port: int, host: str, host_port: int) -> None:
        """Relay from `port` to a TCP server."""
        self._start(listener, port, ["tcp", host, str(host_port)])

    def close(self) -> None:
        """End all relays."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
        while self._processes:
            process = self._processes.pop()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, listener: socket.socket, port: int, target: Sequence[str]) -> None:
        with listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as error:
                raise HarnessFault(f"port {port} of the pod is taken: {error}", kind="port_taken") from error
            listener.listen(128)  # before the process starts, so that nobody is turned away meanwhile
            self._processes.append(
                subprocess.Popen(
                    [*(sys.executable, "-I", "-S", "-B", str(_PROGRAM)), str(listener.fileno()), *target],
                    pass_fds=[listener.fileno()],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=bare_environment(),
                    cwd="/",
                    start_new_session=True,
                )
            )

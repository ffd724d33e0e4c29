"""The calibration service: the same small piece of work for each request, always. `python -m loadtests.calibration_service`."""

import argparse
import asyncio
import os
import sys

from loadtests.lifeline import end_with_parent

END = b"\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n%02d"
STEPS = 3500
"""About 0.2 ms of CPython's time on the machine on which it was written."""


def work() -> int:
    """A fixed piece of interpreter work that touches little memory. Returns 0..99."""
    value = 1
    for step in range(STEPS):
        value = (value * 31 + step) & 0xFFFFFF
    return value % 100


class Working(asyncio.Protocol):
    """Does its work for each GET, then answers."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._pending = b""

    def data_received(self, data: bytes) -> None:
        """Answer the requests (they have no bodies) that are complete."""
        data = self._pending + data
        *complete, self._pending = data.split(END)
        for _ in complete:
            self._transport.write(ANSWER % work())


async def serve() -> None:
    """Listen on loopback and print the port."""
    server = await asyncio.get_running_loop().create_server(Working, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  (how the client learns the port)
    await server.serve_forever()


def main() -> None:
    """Serve until killed, on `--cpu` if given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu", type=int)
    options = parser.parse_args()
    end_with_parent()
    if options.cpu is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {options.cpu})
    asyncio.run(serve())


if __name__ == "__main__":
    main()

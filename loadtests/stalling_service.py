"""A service of known latency: answers at once, but for planted stalls. `python -m loadtests.stalling_service …`.

While a stall lasts the whole process does nothing, as in a long garbage collection or a lock that everybody waits for. Its
stalls are fixed moments of the monotonic clock, so that anybody can compute what each request must have seen.
"""

import argparse
import asyncio
import os
import sys
import time

from loadtests.lifeline import end_with_parent
from loadtests.priority import raise_priority

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"
END = b"\r\n\r\n"


class Answering(asyncio.Protocol):
    """Answers every GET with three bytes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._pending = b""

    def data_received(self, data: bytes) -> None:
        """Count the ends of requests (they have no bodies) and answer each."""
        data = self._pending + data
        ends = data.count(END)
        self._pending = data[data.rindex(END) + len(END) :] if ends else data
        if ends:
            self._transport.write(ANSWER * ends)


async def serve(port: int, *, stall_s: float, period_s: float) -> None:
    """Listen on loopback, print the port, and stall for `stall_s` at every whole multiple of `period_s`."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  (how the caller learns the port)
    while True:
        if not stall_s:
            await asyncio.sleep(3600)
            continue
        begin_s = (time.monotonic() // period_s + 1) * period_s
        await asyncio.sleep(begin_s - time.monotonic())
        time.sleep(max(0.0, begin_s + stall_s - time.monotonic()))  # blocking the loop is the point


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--stall-s", type=float, default=0.0)
    parser.add_argument("--period-s", type=float, default=5.0)
    parser.add_argument("--cpu", type=int, action="append", default=[])
    options = parser.parse_args()
    end_with_parent()
    raise_priority()  # so that what is compared with the truth is the generator, not what else the machine does
    if options.cpu and sys.platform == "linux":
        os.sched_setaffinity(0, set(options.cpu))
    asyncio.run(serve(options.port, stall_s=options.stall_s, period_s=options.period_s))


if __name__ == "__main__":
    main()

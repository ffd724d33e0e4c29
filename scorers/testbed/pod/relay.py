"""A relay from a listening socket to a server elsewhere: `python -I -S relay.py LISTENING_FD unix PATH` or `… tcp HOST PORT`.

A process of its own, so that nothing waits for the grader's. It ends when its standard input does.
"""

import asyncio
import socket
import sys
from contextlib import suppress

_CHUNK_BYTES = 64 * 1024


async def serve(listener: socket.socket, target: list[str]) -> None:
    """Relay until standard input ends."""
    server = await asyncio.start_server(lambda reader, writer: _relay(reader, writer, target), sock=listener)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with server:
        await reader.read()


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: list[str]) -> None:
    try:
        if target[0] == "unix":
            theirs, ours = await asyncio.open_unix_connection(target[1])
        else:
            theirs, ours = await asyncio.open_connection(target[1], int(target[2]))
    except OSError:
        writer.transport.abort()  # seen as a reset, as from a server that is gone
        return
    for side in (writer, ours):
        connection = side.get_extra_info("socket")
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    await asyncio.gather(_pass_on(reader, ours), _pass_on(theirs, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        writer.transport.abort()
    finally:
        with suppress(OSError):
            writer.close()


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:]))

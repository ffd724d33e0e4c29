"""Services for the load generator to meet: each path has its own way to fail. `python -m tests.loadtests.services`."""

import asyncio

TEXT = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"
SLOW_S = 0.4


def answer(path: str) -> bytes:
    match path:
        case "/missing":
            return TEXT % (b"404 Not Found", 4, b"none")
        case "/broken":
            return TEXT % (b"500 Internal Server Error", 6, b"broken")
        case "/moved":
            return b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        case "/short":
            return b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbut no more than this"
        case "/garbage":
            return b"\x00\xff\x00 this is not HTTP \r\n\r\n"
        case "/endless":
            return b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"
        case _:
            return TEXT % (b"200 OK", 5, b"hello")


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            if path == "/hangup":
                break
            if path == "/never":
                await asyncio.sleep(3600)
            if path == "/slow":
                await asyncio.sleep(SLOW_S)
            writer.write(answer(path))
            while path == "/endless":
                writer.write(b"x" * 65536)
                await writer.drain()
            if path in {"/short", "/garbage"}:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

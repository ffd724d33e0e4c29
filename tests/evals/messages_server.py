"""A loopback server that speaks as much of Anthropic's Messages API as one generation needs, streamed or not."""

import json
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SNAPSHOT = "claude-opus-4-7-20260415"


@dataclass
class Reply:
    """What the server says to one request."""

    text: str = ""
    status: int = 200
    stop_reason: str = "end_turn"


@dataclass
class MessagesServer:
    """Says `replies` one after the other, the last one again and again, and keeps the requests."""

    replies: Sequence[Reply]
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str] = field(default_factory=list[str])

    def take(self, body: dict[str, Any], key: str) -> Reply:
        reply = self.replies[min(len(self.requests), len(self.replies) - 1)]
        self.requests.append(body)
        self.keys.append(key)
        return reply


@contextmanager
def serving(*replies: Reply) -> Generator[MessagesServer]:
    server = MessagesServer(replies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path.split("?")[0] == "/v1/messages", self.path
            reply = server.take(body, self.headers.get("x-api-key") or self.headers.get("authorization", ""))
            if reply.status != 200:
                self._send(reply.status, "application/json", json.dumps(_error(reply)))
            elif body.get("stream"):
                self._send(200, "text/event-stream", "".join(_events(reply)))
            else:
                self._send(200, "application/json", json.dumps(_message(reply)))

        def _send(self, status: int, content_type: str, content: str) -> None:
            data = content.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("retry-after-ms", "10")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _message(reply: Reply, *, begun: bool = False) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": SNAPSHOT,
        "content": [] if begun else [{"type": "text", "text": reply.text}],
        "stop_reason": None if begun else reply.stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 120, "output_tokens": 1 if begun else 34},
    }


def _events(reply: Reply) -> Generator[str]:
    half = len(reply.text) // 2
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": _message(reply, begun=True)},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": part}}
            for part in (reply.text[:half], reply.text[half:])
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": reply.stop_reason, "stop_sequence": None},
            "usage": {"output_tokens": 34},
        },
        {"type": "message_stop"},
    ]
    for event in events:
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"


def _error(reply: Reply) -> dict[str, Any]:
    kind = {401: "authentication_error", 529: "overloaded_error"}[reply.status]
    return {"type": "error", "error": {"type": kind, "message": reply.text}}

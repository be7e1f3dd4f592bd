"""One HTTP connection, with bounds that uvicorn does not set: bytes of headers, and seconds to send a request.

`receiving_since` is when the request that is under way on the wire began (the connection itself, at first); the
server's sweeper closes the connections where that is too long ago. No timer is armed for a request that comes whole.
"""

from typing import Any

import orjson
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from engine import limits
from engine.http.answering import WHOLE, Headers, answer_whole


class Connection(HttpToolsProtocol):
    """uvicorn's protocol on httptools, bounded."""

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self.receiving_since: float | None = self.loop.time()
        self._head_bytes = 0
        self._in_head = True

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > limits.HEADER_BYTES_MAX and not self.transport.is_closing():
            self.refuse(431, "RequestHeaderSectionTooLarge", "The request's headers are too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.receiving_since = self.loop.time()
        self._in_head = True

    def on_headers_complete(self) -> None:
        if self._head_bytes > limits.HEADER_BYTES_MAX and _head_size(self) > limits.HEADER_BYTES_MAX:
            self.app = _headers_too_large
        self._in_head = False
        self._head_bytes = 0
        super().on_headers_complete()
        if self.cycle is not None:
            self.scope["extensions"] = {WHOLE: {"answer": self._answer_whole}}

    def _answer_whole(self, scope: Scope, status: int, headers: Headers, body: bytes) -> bool:
        # The scope cannot hold its cycle, which holds it: only the garbage collector would ever free the two.
        return self.cycle.scope is scope and answer_whole(self.cycle, status, headers, body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.receiving_since = None
        self._in_head = True

    def sweep(self, now: float) -> None:
        """Close the connection where the client has taken too long over its request."""
        since = self.receiving_since
        late = since is not None and now - since > limits.HEADER_SECONDS_MAX
        if late and not self.flow.read_paused and not self.transport.is_closing():
            self.refuse(408, "RequestTimeout", "The request took too long to arrive.")

    def send_400_response(self, msg: str) -> None:
        self.refuse(400, "BadRequest", msg)

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer at once and close; for what never became a request of the application."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = refusal(code, message)
            head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
            self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()


def refusal(code: str, message: str) -> bytes:
    return orjson.dumps({"__type": code, "message": message})


def _head_size(connection: Connection) -> int:
    return len(connection.url) + sum(len(name) + len(value) for name, value in connection.headers)


async def _headers_too_large(scope: Scope, receive: Receive, send: Send) -> None:
    body = refusal("RequestHeaderSectionTooLarge", "The request's headers are too large.")
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body", "body": body})

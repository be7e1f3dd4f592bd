"""One HTTP connection: uvicorn's protocol on httptools, with bounds that it does not set, and a short way for most.

| a request | goes |
|---|---|
| `POST /` with a body of up to 64 KiB and nothing unusual: what SDKs send | whole to the Door, as an Exchange |
| everything else | to the application, as ASGI has it |

`receiving_since` is when the request that is under way on the wire began (the connection itself, at first) and
`idle_since` when the last answer left; the server's sweeper closes the connections where either is too long ago. No
timer is armed for a request.
"""

import sys
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from engine import limits
from engine.http.door import Door
from engine.http.exchange import Exchange
from engine.wire.protocol import WireRequest

# What a request that comes whole does not have: each asks for something to be done before the body, or beside it.
_UNUSUAL = frozenset({b"expect", b"transfer-encoding", b"upgrade"})


class Connection(HttpToolsProtocol):
    """`door` answers what comes whole; uvicorn's `app` the rest."""

    def __init__(self, door: Door, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self.door = door
        self.receiving_since: float | None = self.loop.time()
        self.idle_since: float | None = None
        self._head_bytes = 0
        self._in_head = True
        self._whole: WireRequest | None = None  # of the request that is coming
        self._body: list[bytes] = []
        self._keep_alive = True

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > limits.HEADER_BYTES_MAX and not self.transport.is_closing():
            self.refuse(431, "RequestHeaderSectionTooLarge", "The request's headers are too large.")

    def on_message_begin(self) -> None:
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self.receiving_since, self.idle_since = self.loop.time(), None
        self._in_head = True

    def on_headers_complete(self) -> None:
        too_large = self._head_bytes > limits.HEADER_BYTES_MAX and _head_size(self) > limits.HEADER_BYTES_MAX
        self._in_head = False
        self._head_bytes = 0
        if too_large:
            self.app = _headers_too_large
        elif self.url == b"/" and self.parser.get_method() == b"POST":
            self._whole = self._coming_whole()
        if self._whole is None:
            self._begin_cycle()

    def on_body(self, body: bytes) -> None:
        if self._whole is None:
            super().on_body(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._whole is None:
            super().on_message_complete()
        else:
            self._begin_exchange(self._whole)
        self.receiving_since = None
        self._in_head = True

    def on_response_complete(self) -> None:
        """uvicorn's, without its timer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.idle_since = self.loop.time()

    def sweep(self, now: float) -> None:
        """Close the connection where the client has taken too long over its request, or has none."""
        if self.transport.is_closing() or self.flow.read_paused:
            return
        if self.receiving_since is not None and now - self.receiving_since > limits.HEADER_SECONDS_MAX:
            self.refuse(408, "RequestTimeout", "The request took too long to arrive.")
        elif self.idle_since is not None and now - self.idle_since > limits.KEEP_ALIVE_SECONDS:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self.refuse(400, "BadRequest", msg)

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer at once and close; for what never became a request of the application."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = refusal(code, message)
            head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
            self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()

    def _coming_whole(self) -> WireRequest | None:
        """The request whose headers have come, if it goes the short way; its body is to come."""
        headers = dict(self.headers)
        if (
            int(headers.get(b"content-length", b"0")) <= HIGH_WATER_LIMIT
            and _UNUSUAL.isdisjoint(headers)
            and self.parser.get_http_version() == "1.1"
            and max(len(self.connections), len(self.tasks)) < (self.limit_concurrency or sys.maxsize)
        ):
            self._body = []
            self._keep_alive = self.parser.should_keep_alive()
            return WireRequest("POST", "/", b"", headers, b"")
        return None

    def _begin_exchange(self, request: WireRequest) -> None:
        before = self.cycle
        self.cycle = Exchange(self, request, b"".join(self._body), self._keep_alive)
        self._whole = None
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:  # answers leave in the order of their requests
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _begin_cycle(self) -> None:
        """Go on as uvicorn does, whose scope was not begun with the request."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)  # the scope holds the list
        super().on_headers_complete()


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

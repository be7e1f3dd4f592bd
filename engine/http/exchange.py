"""One request that came whole and its answer, which leaves in one piece: the hot path of the server.

ASGI takes a request apart into a scope and messages, and its answer into two more, which uvicorn checks header by
header and writes apart: a third of the server's CPU under load. So the small requests to `/`, which is where SDKs send
theirs, go past it (engine.http.connection says which). All the rest stays uvicorn's: parsing, flow control, pipelining,
shutdown.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from engine.errors import InvariantError
from engine.http.incoming import entity_too_large
from engine.wire.protocol import WireRequest, WireResponse

if TYPE_CHECKING:
    from engine.http.connection import Connection

logger = logging.getLogger("statewright.http")


class Exchange(RequestResponseCycle):
    """Implements Incoming, and stands where uvicorn has its cycle: it has what uvicorn asks of one, nothing else."""

    def __init__(self, connection: "Connection", request: WireRequest, body: bytes, keep_alive: bool):
        self.request = request
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_started = self.response_complete = False
        self.message_event = asyncio.Event()  # set when the client goes, and when it was answered
        self._connection = connection
        self._body = body

    async def read_body(self, bytes_max: int) -> bytes:
        if len(self._body) > bytes_max:
            raise entity_too_large()
        return self._body

    async def gone(self) -> None:
        await self.message_event.wait()

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Answer the request; uvicorn makes a task of it. `app` is for requests that did not come whole."""
        connection = self._connection
        try:
            reply = await connection.door.answer(self)
            if connection.flow.write_paused and not self.disconnected:
                await connection.flow.drain()
            if reply is not None and not self.disconnected:
                self._send(reply, connection)
        except Exception:
            logger.exception("an answer could not be sent")
        finally:
            del self._connection  # it holds this: only the garbage collector would ever free the two
            if not self.response_complete:
                connection.transport.close()

    def _send(self, reply: WireResponse, connection: "Connection") -> None:
        self.response_started = True
        head = answer_head(reply, connection.server_state.default_headers, self.keep_alive)
        connection.transport.write(head + reply.body)
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            connection.transport.close()
        connection.on_response_complete()


def answer_head(reply: WireResponse, more: list[tuple[bytes, bytes]], keep_alive: bool) -> bytes:
    """The status line and the headers. Raises InvariantError for a line break in one."""
    headers = [*more, *reply.headers]
    lines = b"".join([name + b": " + value + b"\r\n" for name, value in headers])
    if lines.count(b"\r") != len(headers) or lines.count(b"\n") != len(headers):
        raise InvariantError(f"a header of the answer breaks its line: {headers!r}")
    end = b"content-length: %d\r\n\r\n" if keep_alive else b"content-length: %d\r\nconnection: close\r\n\r\n"
    return STATUS_LINE[reply.status] + lines + end % len(reply.body)

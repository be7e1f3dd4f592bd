"""A request on its way in, as the door sees it, and the form of it that ASGI brings.

Two things come over a connection: requests that have come whole (engine.http.exchange: nearly all there are), and those
whose body is read while it comes, with a bound on what is kept and one on what is swept away. How long a client may
take is the connection's business.
"""

from typing import Protocol

from starlette.types import Receive, Scope

from engine import limits
from engine.errors import ServiceError
from engine.wire.protocol import WireRequest

BODY_BYTES_MAX = limits.REQUEST_BYTES_MAX + limits.REQUEST_SLACK_BYTES


class ClientGone(Exception):
    """The client closed the connection before its request was complete; nobody is left to answer."""


class Incoming(Protocol):
    """What the door asks of a request. `request.body` is empty: the door sets it."""

    request: WireRequest

    async def read_body(self, bytes_max: int) -> bytes:
        """The whole body. Raises ServiceError RequestEntityTooLargeException, or ClientGone."""

    async def gone(self) -> None:
        """Return when the client has gone, or was answered."""


class AsgiIncoming:
    """Implements Incoming over ASGI's messages."""

    __slots__ = ("_receive", "request")

    def __init__(self, scope: Scope, receive: Receive):
        path = scope["raw_path"].decode("latin-1")
        self.request = WireRequest(scope["method"], path, scope["query_string"], dict(scope["headers"]), b"")
        self._receive = receive

    async def read_body(self, bytes_max: int) -> bytes:
        chunks, length, more = [], 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            more = message["more_body"]
            length += len(message["body"])
            if length <= bytes_max:
                chunks.append(message["body"])
            elif length > bytes_max + limits.DISCARD_BYTES_MAX:
                break
        if length > bytes_max:
            raise entity_too_large()
        return b"".join(chunks)

    async def gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def entity_too_large() -> ServiceError:
    return ServiceError("RequestEntityTooLargeException", "Request size limit exceeded", 413)

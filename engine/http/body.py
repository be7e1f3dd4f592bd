"""Reading a request's body, and no more of it than AWS would: the bound is on what is kept and on what is swept away.

How long a client may take is the server's business (engine.http.connection).
"""

from starlette.types import Receive

from engine import limits
from engine.errors import ServiceError

BODY_BYTES_MAX = limits.REQUEST_BYTES_MAX + limits.REQUEST_SLACK_BYTES


class ClientGone(Exception):
    """The client closed the connection before its request was complete; nobody is left to answer."""


async def read_body(receive: Receive, bytes_max: int = BODY_BYTES_MAX) -> bytes:
    """The whole body. Raises ServiceError RequestEntityTooLargeException, or ClientGone."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    body: bytes = message["body"]
    if not message["more_body"] and len(body) <= bytes_max:
        return body
    return await _read_on(receive, body, message["more_body"], bytes_max)


async def _read_on(receive: Receive, body: bytes, more: bool, bytes_max: int) -> bytes:
    chunks, length = [body], len(body)
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        more = message["more_body"]
        length += len(message["body"])
        if length <= bytes_max:
            chunks.append(message["body"])
        elif length > bytes_max + limits.DISCARD_BYTES_MAX:
            break
    if length > bytes_max:
        raise ServiceError("RequestEntityTooLargeException", "Request size limit exceeded", 413)
    return b"".join(chunks)

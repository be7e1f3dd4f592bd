"""Sends one request and reads its answer, within the bounds of time and size; follows no redirection."""

import os
import socket
import ssl

import anyio
import httpx

from engine import limits
from engine.certificates import trusted
from engine.errors import StateError
from integrations.http_.answer import HttpAnswer
from integrations.http_.request import HttpRequest


class NoAnswer(Exception):
    """The request was not answered; the message says why."""


def new_client() -> httpx.AsyncClient:
    """Of one server. Time-outs are ours, proxies are those of the environment."""
    connections = httpx.Limits(max_connections=limits.REMOTE_CALLS_MAX, max_keepalive_connections=64)
    return httpx.AsyncClient(
        timeout=None, limits=connections, headers={"Accept-Encoding": "identity"}, verify=trusted()
    )


async def send(client: httpx.AsyncClient, request: HttpRequest, bytes_max: int, resource: str) -> HttpAnswer:
    """The answer. Raises NoAnswer; StateError States.DataLimitExceeded for one of more than `bytes_max` bytes."""
    try:
        with anyio.fail_after(limits.HTTP_TASK_SECONDS_MAX):
            async with client.stream(
                request.method, request.url, headers=request.headers, content=request.body
            ) as response:
                body = await _read(response, bytes_max, resource)
                return HttpAnswer(response.status_code, response.reason_phrase, response.headers.multi_items(), body)
    except TimeoutError:
        raise NoAnswer(f"The request timed out after {limits.HTTP_TASK_SECONDS_MAX} seconds.") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
        raise NoAnswer(_reason(error)) from None


def socket_error(error: NoAnswer) -> StateError:
    return StateError("States.Http.Socket", str(error)[: limits.CAUSE_CHARS_MAX])


async def _read(response: httpx.Response, bytes_max: int, resource: str) -> bytes:
    """The body, decompressed."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content.extend(chunk)
        if len(content) > bytes_max:
            text = (
                f"The state/task '{resource}' returned a result with a size exceeding "
                "the maximum number of bytes service limit."
            )
            raise StateError("States.DataLimitExceeded", text)
    return bytes(content)


def _reason(error: Exception) -> str:
    """The innermost cause in plain words: httpx wraps those of anyio, and those the system's."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, socket.gaierror | ssl.SSLError):
            return str(found.strerror or found)
        if isinstance(found, OSError) and found.errno:
            return os.strerror(found.errno)
        found = found.__cause__ or found.__context__
    return str(error) or type(error).__name__

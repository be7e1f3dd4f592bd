"""Functions behind URLs, against a server on the loopback that answers from a table."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from anyio.abc import SocketStream

from engine.config import Settings, UrlTarget
from integrations.lambda_.caller import Functions, open_functions
from tests.integrations.lambda_.calls import direct, function, invoke, outcome

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """One loop is enough here: what differs between them is how processes are handled, tested elsewhere."""
    return "asyncio", {"use_uvloop": True}


@dataclass
class Server:
    """Answers each request with the same bytes and keeps what it was sent. `closed` counts connections that ended."""

    answer: bytes
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    got_request: anyio.Event = field(default_factory=anyio.Event)
    lost_client: anyio.Event = field(default_factory=anyio.Event)

    async def handle(self, stream: SocketStream) -> None:
        async with stream:
            received = b""
            try:
                while b"\r\n\r\n" not in received or len(received) < _length(received):
                    received += await stream.receive()
                self.requests.append(_request(received))
                self.got_request.set()
                if self.answer:
                    await stream.send(self.answer)
                else:
                    await stream.receive()  # keep the client waiting until it goes
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                self.lost_client.set()


def _length(received: bytes) -> int:
    head, _, _ = received.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(head) + 4 + int(line.partition(b":")[2])
    return 0


def _request(received: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return first, headers, body


def answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def served(
    content: bytes, path: str = "", timeout_seconds: float = 20
) -> AsyncIterator[tuple[Functions, Server]]:
    server = Server(content)
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    settings = function(UrlTarget(f"http://127.0.0.1:{port}{path}"), timeout_seconds=timeout_seconds)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, server.handle)
        async with open_functions(Settings(functions={"f": settings})) as functions:
            yield functions, server
        group.cancel_scope.cancel()


RAISED = b'{"errorMessage":"no stock","errorType":"OutOfStock","stackTrace":["x"]}'
SUFFIX = "(Service: Lambda, Status Code: %d, Request ID: "

# what is answered -> result, or error and the beginning of its cause
ANSWERS: list[tuple[bytes, Any]] = [
    (answer("200 OK", b'{"a": "\xc3\xbc"}'), {"a": "ü"}),
    (answer("200 OK", b""), None),
    (answer("202 Accepted", b"1"), 1),
    (answer("200 OK", b"12345678901234567890123"), 12345678901234567890123),
    (answer("200 OK", RAISED, X_Amz_Function_Error="Unhandled"), ("OutOfStock", RAISED.decode())),
    (answer("200 OK", RAISED), ("OutOfStock", RAISED.decode())),
    (
        answer("200 OK", b'{"errorMessage":"m","errorType":"t","more":1}'),
        {"errorMessage": "m", "errorType": "t", "more": 1},
    ),
    (
        answer("200 OK", b'{"errorMessage":"x"}', X_Amz_Function_Error="Unhandled"),
        (
            "Lambda.Unknown",
            "The cause could not be determined because Lambda did not return an error type. "
            'Returned payload: {"errorMessage":"x"}',
        ),
    ),
    (
        answer("200 OK", b"Task timed out after 3.00 seconds"),
        ("Sandbox.Timedout", '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: '),
    ),
    (answer("200 OK", b"<html>"), ("Runtime.MarshalError", '{"errorType":"Runtime.MarshalError"')),
    (
        answer("200 OK", b'"' + b"x" * 7_000_000 + b'"'),
        ("Function.ResponseSizeTooLarge", '{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response '),
    ),
    (
        answer("404 Not Found", b'{"Message":"Function not found: f"}', x_amzn_RequestId="r-1"),
        ("Lambda.ResourceNotFoundException", "Function not found: f " + SUFFIX % 404 + "r-1)"),
    ),
    (
        answer("429 Too Many Requests", b'{"message":"Rate Exceeded."}'),
        ("Lambda.TooManyRequestsException", "Rate Exceeded. " + SUFFIX % 429),
    ),
    (
        answer("400 Bad Request", b"{}", X_Amzn_ErrorType="InvalidRequestContentException:http://x"),
        ("Lambda.InvalidRequestContentException", "{} " + SUFFIX % 400),
    ),
    (answer("403 Forbidden"), ("Lambda.AWSLambdaException", "Forbidden " + SUFFIX % 403)),
    (answer("500 Internal Server Error"), ("Lambda.ServiceException", "Internal Server Error " + SUFFIX % 500)),
    (answer("503 Busy", b"come back"), ("Lambda.ServiceException", "come back " + SUFFIX % 503)),
    (answer("302 Found", Location="http://127.0.0.1:1/"), ("Lambda.AWSLambdaException", "Found " + SUFFIX % 302)),
    (b"nonsense\r\n\r\n", ("Lambda.SdkClientException", "Unable to execute HTTP request: ")),
    (
        answer("200 OK", b"1234").replace(b"Length: 4", b"Length: 9"),
        ("Lambda.SdkClientException", "Unable to execute "),
    ),
]


@pytest.mark.parametrize(("content", "expected"), ANSWERS, ids=[row[0][:60].decode() for row in ANSWERS])
async def test_answers(content: bytes, expected: Any) -> None:
    async with served(content) as (functions, _):
        found = await outcome(functions, direct("f", {}))
    if isinstance(expected, tuple):
        assert isinstance(found, tuple)
        assert found[0] == expected[0]
        assert found[1].startswith(expected[1])
    else:
        assert found == expected


# path of the URL -> path that is asked for
PATHS = [
    ("", "/2015-03-31/functions/function/invocations"),
    ("/", "/2015-03-31/functions/function/invocations"),
    ("/2015-03-31/functions/pay/invocations", "/2015-03-31/functions/pay/invocations"),
    ("/pay?a=1", "/pay?a=1"),
]


@pytest.mark.parametrize(("path", "asked"), PATHS)
async def test_the_request(path: str, asked: str) -> None:
    context = "eyJjdXN0b20iOnsidGVuYW50IjoiYSJ9fQ=="
    async with served(answer("200 OK", b"1"), path) as (functions, server):
        await functions.call(invoke({"FunctionName": "f", "Payload": {"a": "ü"}, "ClientContext": context}))
    ((first, headers, body),) = server.requests
    assert first == f"POST {asked} HTTP/1.1"
    assert json.loads(body) == {"a": "ü"}
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == "key-1"
    assert headers["x-amz-invocation-type"] == "requestresponse"
    assert headers["x-amz-client-context"] == context.lower()


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings = function(UrlTarget(f"http://127.0.0.1:{free.getsockname()[1]}"))
        async with open_functions(Settings(functions={"f": settings})) as functions:
            name, cause = await outcome(functions, direct("f", {}))
    assert name == "Lambda.SdkClientException"
    assert cause.startswith("Unable to execute HTTP request: ")


async def test_time_out_and_what_becomes_of_the_connection() -> None:
    async with served(b"", timeout_seconds=0.3) as (functions, server):
        name, cause = await outcome(functions, direct("f", {}))
        assert name == "Sandbox.Timedout"
        assert json.loads(cause)["errorMessage"].endswith("Task timed out after 0.30 seconds")
        with anyio.fail_after(10):
            await server.lost_client.wait()


async def test_a_cancelled_call_lets_go_of_its_connection() -> None:
    async with served(b"") as (functions, server):
        async with anyio.create_task_group() as group:
            group.start_soon(functions.call, direct("f", {}))
            with anyio.fail_after(10):
                await server.got_request.wait()
            group.cancel_scope.cancel()
        with anyio.fail_after(10):
            await server.lost_client.wait()

"""A real server on a port of its own, in a thread of its own, and a client that speaks in raw bytes."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import anyio.from_thread

from engine.contract import Caller
from engine.errors import ServiceError
from engine.http.app import App, create_app
from engine.http.server import serve
from engine.http.service_door import Handler, ServiceDoor

ANSWER_SECONDS_MAX = 20.0
SCOPE = "AWS4-HMAC-SHA256 Credential={}/20261122/{}/states/aws4_request, SignedHeaders=host, Signature=0"


@dataclass
class Handlers:
    """Trivial operations, and what became of those that wait."""

    polling: threading.Event = field(default_factory=threading.Event)
    poll_ended: threading.Event = field(default_factory=threading.Event)
    slow_started: threading.Event = field(default_factory=threading.Event)
    slow_ended: threading.Event = field(default_factory=threading.Event)
    release: anyio.Event | None = None

    def table(self) -> dict[str, Handler]:
        return {
            "StartExecution": self.start,
            "DescribeExecution": self.refuse,
            "StopExecution": self.crash,
            "GetActivityTask": self.poll,
            "DeleteActivity": self.slow,
            "TagResource": self.tag,
        }

    async def start(self, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        echoed = json.dumps(request, sort_keys=True)
        return {"executionArn": f"{caller.arn('states', 'execution:m:e')} {echoed}", "startDate": 1732281120.25}

    async def refuse(self, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{request['executionArn']}'")

    async def crash(self, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        raise ZeroDivisionError("secret of the house")

    async def tag(self, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        return {}

    async def poll(self, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        if request["activityArn"] == "ready":
            return {"taskToken": "token", "input": "{}"}
        if request["activityArn"] == "unknown":
            raise ServiceError("ActivityDoesNotExist", "Activity Does Not Exist: 'unknown'")
        self.polling.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.poll_ended.set()
        raise AssertionError("never")

    async def slow(self, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
        self.release = anyio.Event()
        self.slow_started.set()
        try:
            await self.release.wait()
        finally:
            self.slow_ended.set()
        return {}


@dataclass
class Running:
    """A server that is up. `end` stops it and waits until it has ended."""

    app: App
    port: int
    handlers: Handlers
    portal: anyio.from_thread.BlockingPortal
    stop: anyio.Event

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS_MAX)

    def answer(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send these bytes, read one answer."""
        with self.connect() as client:
            with contextlib.suppress(ConnectionError):  # answered and closed before it took everything
                client.sendall(raw)
            return read_answer(client)

    def call(self, target: str, body: bytes, *more: bytes) -> tuple[int, dict[str, str], Any]:
        status, headers, answer = self.answer(http_request(target, body, *more))
        return status, headers, json.loads(answer)


@contextlib.contextmanager
def running(database_ok: Any = None, more: Sequence[ServiceDoor] = (), **options: Any) -> Iterator[Running]:
    """`more`: services beside Step Functions."""
    handlers = Handlers()

    async def fine() -> bool:
        return True

    door = ServiceDoor("stepfunctions", handlers.table())
    doors = [door, *more]
    app = create_app(doors, account="000000000000", region="us-east-1", database_ok=database_ok or fine, **options)
    with anyio.from_thread.start_blocking_portal(backend_options={"use_uvloop": True}) as portal:
        stop = portal.call(anyio.Event)
        up: list[int] = []
        ready = threading.Event()

        def on_ready(port: int) -> None:
            up.append(port)
            ready.set()

        served = portal.start_task_soon(
            partial(serve, app, "127.0.0.1", 0, stop=stop, ready=on_ready, handle_signals=False)
        )
        assert ready.wait(ANSWER_SECONDS_MAX), served.exception()
        try:
            yield Running(app, up[0], handlers, portal, stop)
        finally:
            portal.call(stop.set)
            served.result(ANSWER_SECONDS_MAX)


def http_request(target: str, body: bytes, *more: bytes) -> bytes:
    head = [
        b"POST / HTTP/1.1",
        b"Host: sync-localhost",
        b"Content-Type: application/x-amz-json-1.0",
        b"X-Amz-Target: " + target.encode("latin-1"),
        b"Content-Length: %d" % len(body),
        *more,
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def read_answer(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer; ConnectionError where the server closed without one."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(client)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    while len(body) < int(headers["content-length"]):
        body += _receive(client)
    return int(first.split(" ")[1]), headers, body


def _receive(client: socket.socket) -> bytes:
    data = client.recv(65_536)
    if not data:
        raise ConnectionError("closed without an answer")
    return data

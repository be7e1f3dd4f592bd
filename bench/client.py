"""A lean keep-alive HTTP client in its own process: so many connections, one request after the other on each.

`python -m bench.client`, with a Load as JSON on stdin, prints a Result as JSON. It does no more than it must: requests
are bytes made beforehand, of the answer only the status line and the length are read.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import cast

import uvloop

TARGET_PREFIX = "AWSStepFunctions."
QUEUES_PREFIX = "AmazonSQS."
_HANDLE = re.compile(rb'"ReceiptHandle": ?"([^"]+)"')
ANSWER_SECONDS_MAX = 120  # over the load's own time: a server that hangs fails the run


@dataclass(frozen=True, slots=True)
class Load:
    """What to send: `body` to `target` for `seconds`, or `requests` times where that is not 0.

    `queue`: each answer's messages are deleted from this queue by a next request on the same connection; both count.
    The first answer without messages ends the load on all connections: an empty queue is not what is measured.
    """

    port: int
    body: str
    target: str = ""  # of X-Amz-Target; empty for the echo
    queue: str = ""
    concurrency: int = 64
    seconds: float = 3.0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """`failed`: answers other than 200, of which `first_failure` is one. `deleted`: messages. `dry`: the queue ran
    empty before the time was up."""

    answered: int
    failed: int
    seconds: float
    cpu_seconds: float
    first_failure: str = ""
    deleted: int = 0
    dry: bool = False


class _Counter:
    """What all connections share: when to stop, and what came back."""

    def __init__(self, load: Load):
        self.left = load.requests
        self.bounded = load.requests > 0
        self.deadline = time.perf_counter() + load.seconds
        self.answered = 0
        self.failed = 0
        self.first_failure = ""
        self.deleted = 0
        self.dry = False

    def next(self) -> bool:
        """Whether one more request is to be sent."""
        if self.dry:
            return False
        if self.bounded:
            self.left -= 1
            return self.left >= 0
        return time.perf_counter() < self.deadline


class _Connection(asyncio.Protocol):
    def __init__(self, load: Load, request: bytes, counter: _Counter, done: asyncio.Future[None]):
        self._load = load
        self._request = request
        self._counter = counter
        self._done = done
        self._buffer = b""
        self._deleting = False
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own class is not a subclass of it
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        self._count(head)
        body = self._buffer[end + 4 : end + 4 + length]
        self._buffer = self._buffer[end + 4 + length :]
        handles = _HANDLE.findall(body) if self._load.queue else None
        if handles:
            self._delete(handles)
        else:
            self._counter.dry |= handles is not None and not self._deleting
            self._deleting = False
            self._send()

    def _delete(self, handles: list[bytes]) -> None:
        """The messages that were received."""
        self._counter.deleted += len(handles)
        self._deleting = True
        body: dict[str, object]
        if len(handles) == 1:
            target, body = "DeleteMessage", {"QueueUrl": self._load.queue, "ReceiptHandle": handles[0].decode()}
        else:
            entries = [{"Id": str(at), "ReceiptHandle": handle.decode()} for at, handle in enumerate(handles)]
            target, body = "DeleteMessageBatch", {"QueueUrl": self._load.queue, "Entries": entries}
        assert self._transport is not None
        delete = replace(self._load, target=QUEUES_PREFIX + target, body=json.dumps(body))
        self._transport.write(request_bytes(delete))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _count(self, head: bytes) -> None:
        self._counter.answered += 1
        if not head.startswith(b"http/1.1 200"):
            self._counter.failed += 1
            self._counter.first_failure = self._counter.first_failure or self._buffer.decode(errors="replace")[:500]

    def _send(self) -> None:
        assert self._transport is not None
        if self._counter.next():
            self._transport.write(self._request)
            return
        if not self._done.done():
            self._done.set_result(None)
        self._transport.close()


def request_bytes(load: Load) -> bytes:
    """The HTTP request, with the headers that an SDK sends and no more."""
    body = load.body.encode()
    lines = ["POST / HTTP/1.1", f"Host: 127.0.0.1:{load.port}", f"Content-Length: {len(body)}"]
    if load.target:
        lines += [
            "Content-Type: application/x-amz-json-1.0",
            f"X-Amz-Target: {load.target}",
            "Authorization: AWS4-HMAC-SHA256 Credential=000000000000/20261122/us-east-1/states/aws4_request, "
            "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64,
        ]
    else:
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def run(load: Load) -> Result:
    loop = asyncio.get_running_loop()
    request, counter = request_bytes(load), _Counter(load)
    began, cpu = time.perf_counter(), time.process_time()
    ends = [loop.create_future() for _ in range(load.concurrency)]
    for done in ends:
        await loop.create_connection(partial(_Connection, load, request, counter, done), "127.0.0.1", load.port)
    async with asyncio.timeout(load.seconds + ANSWER_SECONDS_MAX):
        await asyncio.gather(*ends)
    seconds = time.perf_counter() - began
    return Result(
        counter.answered,
        counter.failed,
        seconds,
        time.process_time() - cpu,
        counter.first_failure,
        counter.deleted,
        counter.dry,
    )


def main() -> None:
    load = Load(**json.load(sys.stdin))
    print(json.dumps(asdict(uvloop.run(run(load)))))


if __name__ == "__main__":
    main()

"""Functions that are Python handlers: worker processes, started when they are needed and kept for the next call.

A worker does one call at a time. After a call that was answered it is idle again; after anything else (crash, time-out,
cancellation, a broken frame) it is ended, and a later call starts another. How many run at once is up to the caller.
"""

import sys
from pathlib import Path

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream

from engine import jsontext, limits
from engine.config import FunctionSettings, HandlerTarget
from integrations.lambda_ import errors
from integrations.lambda_.children import Child, Children
from integrations.lambda_.environment import process_environment
from integrations.lambda_.invocation import Invocation
from integrations.lambda_.worker import HEADER

_PROGRAM = Path(__file__).with_name("worker.py")
_CRASH_SECONDS_MAX = 1  # for a process that closed its pipe to be gone, so that its exit status can be told
_ERROR_BYTES_MAX = 1_048_576  # no error that a worker sends is nearly as long


class _WorkerGone(Exception):
    """The worker ended, or sent what no worker sends."""


class _Worker:
    """A process of worker.py; see there for its frames."""

    __slots__ = ("_frames", "child")

    def __init__(self, child: Child):
        self.child = child
        self._frames = BufferedByteReceiveStream(child.stdout)

    async def send(self, content: bytes) -> None:
        try:
            await self.child.stdin.send(HEADER.pack(b"C", len(content)) + content)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            raise _WorkerGone from None

    async def receive(self) -> tuple[bytes, bytes]:
        """Kind and content of the next frame."""
        try:
            kind, size = HEADER.unpack(await self._frames.receive_exactly(HEADER.size))
            if size > (limits.FUNCTION_RESULT_BYTES_MAX if kind == b"R" else _ERROR_BYTES_MAX):
                raise _WorkerGone
            return kind, await self._frames.receive_exactly(size)
        except (anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError):
            raise _WorkerGone from None

    async def end(self) -> int:
        """End the process; its exit status where it ended by itself, else that of the kill."""
        with anyio.move_on_after(_CRASH_SECONDS_MAX):
            await self.child.wait()
        return await self.child.end()


class HandlerFunction:
    """A function's workers. `region` is the server's: workers serve calls of all regions."""

    def __init__(self, name: str, settings: FunctionSettings, target: HandlerTarget, region: str, children: Children):
        self._settings = settings
        self._children = children
        self._environment = process_environment(name, settings, region)
        self._environment["_HANDLER"] = f"{target.module}.{target.function}"
        self._argv = (
            *(sys.executable, "-P", str(_PROGRAM), target.module, target.function, str(settings.directory)),
            str(limits.FUNCTION_RESULT_BYTES_MAX),
        )
        self._idle: list[_Worker] = []

    async def invoke(self, invocation: Invocation) -> str:
        worker = await self._take_idle() or await self._start(invocation)
        keep = False
        try:
            with anyio.move_on_after(self._settings.timeout_seconds) as time_out:
                await worker.send(self._call(invocation))
                kind, content = await worker.receive()
                keep = True
            if time_out.cancelled_caught:
                raise errors.timed_out(invocation.request_id, self._settings.timeout_seconds)
        except _WorkerGone:
            raise errors.exited(invocation.request_id, await worker.end()) from None
        finally:
            if keep:
                self._idle.append(worker)
            else:
                await worker.child.end()
        return _result(kind, content)

    async def _take_idle(self) -> _Worker | None:
        """The worker that was used last, so that the others could be let go."""
        while self._idle:
            worker = self._idle.pop()
            if not worker.child.ended:
                return worker
            await worker.child.end()
        return None

    async def _start(self, invocation: Invocation) -> _Worker:
        child = await self._children.start(
            self._argv, self._settings.directory, self._environment, capture_stderr=False
        )
        worker = _Worker(child)
        ready = False
        try:
            with anyio.move_on_after(limits.FUNCTION_START_SECONDS_MAX) as time_out:
                kind, content = await worker.receive()
                ready = kind == b"I"
            if time_out.cancelled_caught:
                raise errors.timed_out(invocation.request_id, limits.FUNCTION_START_SECONDS_MAX)
            if not ready:
                raise errors.function_error(content.decode())
        except _WorkerGone:
            raise errors.exited(invocation.request_id, await worker.end()) from None
        finally:
            if not ready:
                await child.end()
        return worker

    def _call(self, invocation: Invocation) -> bytes:
        call = {
            "request_id": invocation.request_id,
            "arn": invocation.function.arn,
            "version": invocation.function.version,
            "key": invocation.idempotency_key,
            "client_context": invocation.client_context,
            "secret": invocation.secret,
            "timeout_ms": self._settings.timeout_seconds * 1000,
            "event": invocation.payload,
        }
        return jsontext.dumps(call).encode()


def _result(kind: bytes, content: bytes) -> str:
    if kind == b"L":
        raise errors.answer_too_large()
    if kind == b"E":
        raise errors.function_error(content.decode())
    return content.decode()

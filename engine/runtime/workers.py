"""The workers of integrations (engine.contract.Worker): what goes on beside all requests while the server runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from engine.contract import Call, Calls, Transaction, Worker
from engine.objects import NO_OBJECTS, Bucket, ObjectError, ObjectStore
from engine.runtime.daemon_threads import on_daemon_thread
from engine.runtime.waiting import WITHIN_CALL, Waiting

log = logging.getLogger("statewright.workers")

AGAIN_SECONDS = 1.0  # after an error of ours


class Workplace:
    """Implements engine.contract.Workplace. `calling`: calls that are under way."""

    def __init__(
        self,
        write: Callable[[Callable[[Transaction], Any]], Awaitable[Any]],
        calls: Calls,
        waiting: Waiting,
        objects: ObjectStore | None,
    ):
        self._write = write
        self._objects = objects
        self._calls = calls
        self._waiting = waiting
        self.calling = 0

    async def write(self, operation: Callable[[Transaction], Any]) -> Any:
        return await self._write(operation)

    async def call(self, call: Call) -> Any:
        self.calling += 1
        within = WITHIN_CALL.set(True)
        try:
            return await self._calls(call)
        finally:
            WITHIN_CALL.reset(within)
            self.calling -= 1

    async def put_object(self, bucket: Bucket, key: str, body: bytes) -> None:
        if self._objects is None:
            raise ObjectError("NoSuchBucket", NO_OBJECTS, passing=True)
        self.calling += 1
        try:
            await on_daemon_thread(partial(self._objects.put, bucket, key, body))
        finally:
            self.calling -= 1

    async def pause(self, seconds: float) -> None:
        await self._waiting.pause(asyncio.Event(), seconds)


async def keep_at_work(worker: Worker, place: Workplace) -> None:
    """Runs until it is cancelled; a worker that ends on an error of ours begins anew."""
    while True:
        try:
            await worker(place)
            return
        except Exception:
            log.exception("a worker met an error of ours, and begins anew")
        await asyncio.sleep(AGAIN_SECONDS)

"""One thread that works through what the event loop hands it, a batch at a time: the writer's, and the reader's.

While the thread works at a batch, the next one gathers: that is the whole of group commit. One hop to the thread and
one back for each batch, however many requests it has.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine import limits
from engine.errors import InvariantError, ServiceError

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Queued(Generic[Item, Result]):
    item: Item
    size_bytes: int
    future: asyncio.Future[Result]


class BatchThread(Generic[Item, Result]):
    """`work` gets the items of a batch and returns their results in order; it runs on the thread. It may answer only
    the first ones: the others stand first in the next batch.

    `work` must not raise but when nothing can go on: then `on_fatal` is called on the loop, and all that waits fails.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Item]], Sequence[Result]],
        on_fatal: Callable[[BaseException], None],
    ):
        self._work = work
        self._on_fatal = on_fatal
        self._waiting: deque[_Queued[Item, Result]] = deque()
        self._handed: queue.SimpleQueue[list[_Queued[Item, Result]] | None] = queue.SimpleQueue()
        self._busy = False
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Something is queued, worked at, or not yet answered."""
        return self._busy or bool(self._waiting)

    @property
    def queued(self) -> int:
        return len(self._waiting)

    def submit(self, item: Item, size_bytes: int = 0, *, bounded: bool = True) -> asyncio.Future[Result]:
        """Queue an item for the next batch. Raises ServiceError ThrottlingException when the queue is full.

        `bounded` false is for what the engine itself feeds in: its number is bounded elsewhere, and it must not be
        lost.
        """
        if self._closed:
            raise ServiceError("ServiceUnavailable", "The server is shutting down.", 503)
        if bounded and len(self._waiting) >= limits.QUEUE_REQUESTS_MAX:
            raise ServiceError("ThrottlingException", "Rate exceeded")
        future: asyncio.Future[Result] = self._loop.create_future()
        self._waiting.append(_Queued(item, size_bytes, future))
        if not self._busy:
            self._hand_over()
        return future

    async def close(self) -> None:
        """Finish what is queued, then end the thread."""
        self._closed = True
        await self._idle.wait()
        self._handed.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        batch: list[_Queued[Item, Result]] = []
        size = 0
        while self._waiting and len(batch) < limits.BATCH_REQUESTS_MAX and size < limits.BATCH_BYTES_MAX:
            queued = self._waiting.popleft()
            if queued.future.done():
                continue  # its caller has gone: what nobody hears of need not be done (a task claimed for nobody)
            size += queued.size_bytes
            batch.append(queued)
        self._busy = bool(batch)
        if batch:
            self._idle.clear()
            self._handed.put(batch)
        else:
            self._idle.set()

    def _run(self) -> None:
        while (batch := self._handed.get()) is not None:
            try:
                results = self._work([queued.item for queued in batch])
                if not 0 < len(results) <= len(batch):
                    raise InvariantError(f"{len(batch)} requests got {len(results)} answers")
            except BaseException as error:
                self._loop.call_soon_threadsafe(self._fail, batch, error)
            else:
                self._loop.call_soon_threadsafe(self._finish, batch, results)

    def _finish(self, batch: list[_Queued[Item, Result]], results: Sequence[Result]) -> None:
        self._waiting.extendleft(reversed(batch[len(results) :]))
        # The next batch first: the thread works on while the loop answers this one.
        self._hand_over()
        for queued, result in zip(batch, results, strict=False):
            if not queued.future.done():  # its caller may have gone
                queued.future.set_result(result)

    def _fail(self, batch: list[_Queued[Item, Result]], error: BaseException) -> None:
        self._closed = True
        failed = [*batch, *self._waiting]
        self._waiting.clear()
        self._busy = False
        self._idle.set()
        text = "The server cannot go on and is stopping; see its log."
        for queued in failed:
            if not queued.future.done():
                queued.future.set_exception(ServiceError("ServiceUnavailable", text, 503))
                queued.future.exception()  # it may be that nobody waits: that is no error
        self._on_fatal(error)

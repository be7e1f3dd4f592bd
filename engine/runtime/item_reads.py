"""Reading the items of Map Runs, outside of the writer's thread: a few pages at once, a thread each.

    effect ReadItems, committed -> a page is read here -> ItemsRead, in the next batch -> children begin

Nothing of it is kept: after a crash the run asks again for the page that its row names. What is open of a run's object
stays open for its next page, of the runs that were read last.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from engine import limits
from engine.core.signals import ItemsNotRead, ItemsRead
from engine.errors import ServiceError
from engine.items.page import Page
from engine.items.reading import Reading
from engine.items.request import ReadError
from engine.objects import NO_OBJECTS, ObjectStore
from engine.runtime.after import DueRead
from engine.runtime.daemon_threads import on_daemon_thread
from engine.runtime.transaction import Operation

log = logging.getLogger("statewright.items")

RETRY_SECONDS = 1.0  # before a page is offered again that could not be committed, or is read again


class ItemReads:
    """`post` runs an operation in the next batch."""

    def __init__(self, objects: ObjectStore | None, post: Callable[[Operation], Awaitable[Any]]) -> None:
        self._objects = objects
        self._post = post
        self._slots = asyncio.Semaphore(limits.READS_MAX)
        self._open: OrderedDict[int, Reading] = OrderedDict()  # by Map Run: those that nobody reads right now
        self._running: dict[DueRead, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def at_rest(self) -> bool:
        return not self._running

    def start(self, due: DueRead) -> None:
        """Read a page, unless it is being read."""
        if due in self._running or self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._read(due))
        self._running[due] = task
        task.add_done_callback(partial(self._ended, due))

    async def forget(self) -> None:
        """End what is being done: nobody waits for it any more."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._open.clear()

    async def close(self) -> None:
        self._closed = True
        await self.forget()

    def _ended(self, due: DueRead, task: "asyncio.Task[None]") -> None:
        self._running.pop(due, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the reading of a Map Run's items ended on an error of ours", exc_info=error)

    async def _read(self, due: DueRead) -> None:
        async with self._slots:
            read: ItemsRead | ItemsNotRead
            try:
                read = ItemsRead(due.branch, due.map_run, due.cursor, await self._page(due))
            except ReadError as error:
                read = ItemsNotRead(due.branch, due.map_run, due.cursor, str(error)[: limits.CAUSE_CHARS_MAX])
            except Exception:
                log.exception("the items of a Map Run could not be read on an error of ours")
                text = "The reading failed inside the server; see its log."
                read = ItemsNotRead(due.branch, due.map_run, due.cursor, text)
        await self._deliver(lambda tx: tx.post(due.key, read))

    async def _page(self, due: DueRead) -> Page:
        """The page; what may pass is tried again. Raises ReadError."""
        if self._objects is None:
            raise ReadError(NO_OBJECTS)
        for attempt in range(1, limits.READ_ATTEMPTS_MAX):
            try:
                return await on_daemon_thread(partial(self._next_page, self._objects, due))
            except ReadError as error:
                if not error.passing:
                    raise
                log.warning("the items of a Map Run could not be read, attempt %d: %s", attempt, error)
            await asyncio.sleep(RETRY_SECONDS * attempt)
        return await on_daemon_thread(partial(self._next_page, self._objects, due))

    def _next_page(self, objects: ObjectStore, due: DueRead) -> Page:
        """On a thread, which may go on after nobody waits for it any more."""
        reading = self._open.pop(due.map_run, None)
        if reading is None or reading.cursor != due.cursor:
            reading = Reading(objects, due.request, due.cursor)
        page = reading.next_page()
        if page.next_cursor is not None:
            self._open[due.map_run] = reading
            while len(self._open) > limits.READINGS_OPEN_MAX:
                self._open.popitem(last=False)
        return page

    async def _deliver(self, operation: Operation) -> None:
        while True:
            try:
                await self._post(operation)
                return
            except ServiceError as error:
                log.warning("items that were read could not be committed, and are offered again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

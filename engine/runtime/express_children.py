"""The Express children of Map Runs: rows in the store, run in memory, at least once.

    start: the row, RUNNING, and the run's counters are committed -> run in memory -> end: the row and the counters

The invariant: a child whose end is committed never runs again; one that has no end is run, after a crash again. Only
their keys wait here for their turn: so many run at once, and each is read from the store when there is room for it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from engine import limits
from engine.contract import Recorded
from engine.core.execution import Execution
from engine.errors import ServiceError
from engine.runtime.express_child import ChildOutcome, ExpressChild, load_children, outcome_of
from engine.runtime.map_run_happenings import express_child_ended
from engine.runtime.protocol import ReadTransaction
from engine.runtime.transaction import Operation

log = logging.getLogger("statewright.express")

RETRY_SECONDS = 1.0


def _load(keys: list[int], tx: ReadTransaction) -> list[ExpressChild]:
    return load_children(tx.connection, keys)


RunChild = Callable[[ExpressChild], Awaitable[tuple[Execution, Recorded | None]]]


class ExpressChildren:
    """`run` runs one in memory to its end."""

    def __init__(
        self,
        run: RunChild,
        read: Callable[[Callable[[ReadTransaction], Any]], Awaitable[Any]],
        post: Callable[[Operation], Awaitable[Any]],
    ):
        self._run = run
        self._read = read
        self._post = post
        self._waiting: dict[int, None] = {}  # keys, in the order of their turn
        self._loading: set[int] = set()
        self._again: set[int] = set()  # started once more while they end: their Map Run was redriven
        self._running: dict[int, asyncio.Task[None]] = {}
        self._filling: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def at_rest(self) -> bool:
        """Whether nobody is being fetched: who waits, waits for one that runs."""
        return self._filling is None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def start(self, keys: Iterable[int]) -> None:
        """Run these when there is room for them, unless they run."""
        for key in keys:
            if key in self._running:
                self._again.add(key)
            elif key not in self._loading:
                self._waiting[key] = None
        self._fill()

    def stop(self, keys: Iterable[int]) -> None:
        """Nobody waits for these any more; the store says so already."""
        for key in keys:
            self._waiting.pop(key, None)
            self._loading.discard(key)
            task = self._running.get(key)
            if task is not None:
                task.cancel()

    async def forget(self) -> None:
        """End what runs; what is left of it in the store runs again at the next start."""
        for keys in (self._waiting, self._loading, self._again):
            keys.clear()
        tasks = [*self._running.values(), *([] if self._filling is None else [self._filling])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        self._closed = True
        await self.forget()

    def _fill(self) -> None:
        if self._filling is None and self._waiting and self._room > 0 and not self._closed:
            self._filling = asyncio.create_task(self._fetch())
            self._filling.add_done_callback(self._filled)

    @property
    def _room(self) -> int:
        return limits.EXPRESS_CHILDREN_MAX - len(self._running)

    def _filled(self, task: asyncio.Task[None]) -> None:
        self._filling = None
        self._loading.clear()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Express children could not be fetched", exc_info=error)
        else:
            self._fill()

    async def _fetch(self) -> None:
        """A page of those that wait, and begin them."""
        page = list(self._waiting)[: min(self._room, limits.EXPRESS_CHILDREN_FETCHED_MAX)]
        for key in page:
            del self._waiting[key]
        self._loading.update(page)
        for child in await self._loaded(page):
            if child.key in self._loading:  # it was not stopped meanwhile
                task = asyncio.create_task(self._to_its_end(child))
                self._running[child.key] = task
                task.add_done_callback(partial(self._ended, child.key))

    async def _loaded(self, keys: list[int]) -> list[ExpressChild]:
        while True:
            try:
                found = await self._read(partial(_load, keys))
            except ServiceError as error:
                log.warning("Express children could not be read, and are asked for again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return list(found)

    def _ended(self, key: int, _: "asyncio.Task[None]") -> None:
        self._running.pop(key, None)
        if key in self._again:
            self._again.discard(key)
            self._waiting[key] = None
        self._fill()

    async def _to_its_end(self, child: ExpressChild) -> None:
        try:
            execution, events = await self._run(child)
        except Exception:  # else its Map Run would wait for it for ever
            log.exception("the Express execution %s ended on an error of ours", child.arn)
            text = "The execution failed inside the server; see its log."
            await self._note_end(child, ChildOutcome("FAILED", None, "States.Runtime", text, None), None)
            return
        await self._note_end(child, outcome_of(execution), events)

    async def _note_end(self, child: ExpressChild, outcome: ChildOutcome, events: Recorded | None) -> None:
        """While that cannot be committed it is tried again: else the child would run again for nothing."""
        while True:
            try:
                await self._post(express_child_ended(child, outcome, events))
                return
            except ServiceError as error:
                log.warning("the end of an Express child could not be committed, and is noted again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

"""A clock that a test steers: it stands still, or runs on from where it was set, and is moved forward by hand.

Only `serve --test-controls` makes one. Invariant: it never goes back; and one who waits for a time is woken when the
clock reaches it, whether it was moved there or ran there.

| who waits | how | counts |
|---|---|---|
| the timekeeper, the outbox, a poll | `pause` | not, for what is due stands in the store; within a Task's call yes |
| an execution in memory, a mocked function that takes its time | `sleep_until` | as a due time, and as at rest |
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.moment import Moment
from engine.runtime.waiting import WITHIN_CALL


@dataclass(eq=False, slots=True)
class _Waiter:
    due_ms: int
    woken: asyncio.Event
    sleeping: bool  # by sleep_until
    held_up: bool = False


class SteerableClock:
    """Implements engine.runtime.clock.Clock (for any thread) and engine.runtime.waiting.Waiting (for the event loop).

    `on_held_up` is called when a request waits for a time that the standing clock does not reach by itself.
    """

    def __init__(self, wall: Callable[[], float] = time.time, source: random.Random | None = None):
        self._wall = wall
        self._source = source or random.Random()
        self._ahead_ms = 0
        self._stands_ms: int | None = self._wall_ms()
        self._last_ms = 0
        self._waiters: list[_Waiter] = []
        self._stirring = 0  # woken, and not yet running again
        self.on_held_up: Callable[[], None] = lambda: None

    # ---- reading ----

    def moment(self) -> Moment:
        return Moment(self.now_ms, self._source)

    @property
    def now_ms(self) -> int:
        stands_ms = self._stands_ms
        self._last_ms = max(self._last_ms, self._wall_ms() + self._ahead_ms if stands_ms is None else stands_ms)
        return self._last_ms

    @property
    def running(self) -> bool:
        return self._stands_ms is None

    @property
    def sleeping(self) -> int:
        """How many sleep until a time."""
        return sum(waiter.sleeping for waiter in self._waiters)

    @property
    def at_rest(self) -> bool:
        """Everyone whose time has come goes on already."""
        now_ms = self.now_ms
        return self._stirring == 0 and all(waiter.due_ms > now_ms for waiter in self._waiters)

    def next_due_ms(self, held_up: bool = False) -> int | None:
        """The first time that somebody sleeps for; or somebody whose caller is held up by it."""
        dues = (waiter.due_ms for waiter in self._waiters if waiter.sleeping and waiter.held_up >= held_up)
        return min(dues, default=None)

    # ---- steering ----

    def move_to(self, epoch_ms: int) -> None:
        """Forward only: an earlier time changes nothing."""
        now_ms = self.now_ms
        if epoch_ms > now_ms:
            if self._stands_ms is None:
                self._ahead_ms += epoch_ms - now_ms
            else:
                self._stands_ms = epoch_ms
        self._wake()

    def stand(self) -> None:
        self._stands_ms = self.now_ms

    def run(self) -> None:
        if self._stands_ms is not None:
            self._ahead_ms, self._stands_ms = self._stands_ms - self._wall_ms(), None
            self._wake(everyone=True)  # to wait by the running clock

    # ---- waiting ----

    async def pause(self, event: asyncio.Event, seconds: float) -> bool:
        waiter = _Waiter(self.now_ms + max(round(seconds * 1000), 0), asyncio.Event(), sleeping=WITHIN_CALL.get())
        waiting = asyncio.ensure_future(event.wait())
        try:
            while not event.is_set() and waiter.due_ms > self.now_ms:
                await self._wait(waiter, waiting)
            return event.is_set()
        finally:
            waiting.cancel()

    async def sleep_until(self, epoch_ms: int, held_up: bool = False) -> None:
        waiter = _Waiter(epoch_ms, asyncio.Event(), sleeping=True, held_up=held_up)
        while epoch_ms > self.now_ms:
            await self._wait(waiter)

    async def _wait(self, waiter: _Waiter, other: "asyncio.Future[Any] | None" = None) -> None:
        """Until the waiter is woken, the other is done or, on a running clock, its time has come."""
        waiter.woken.clear()
        self._waiters.append(waiter)
        if waiter.held_up and not self.running:
            self.on_held_up()
        seconds = max(waiter.due_ms - self.now_ms, 0) / 1000 if self.running else None
        woken = asyncio.ensure_future(waiter.woken.wait())
        awaited: set[asyncio.Future[Any]] = {woken} if other is None else {woken, other}
        try:
            await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            if waiter.woken.is_set():
                self._stirring -= 1
            else:
                self._waiters.remove(waiter)

    def _wake(self, everyone: bool = False) -> None:
        now_ms = self.now_ms
        woken = [waiter for waiter in self._waiters if everyone or waiter.due_ms <= now_ms]
        self._waiters = [waiter for waiter in self._waiters if waiter not in woken]
        self._stirring += len(woken)
        for waiter in woken:
            waiter.woken.set()

    def _wall_ms(self) -> int:
        return int(self._wall() * 1000)

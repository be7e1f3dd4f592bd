"""Fires the timers: those that are near from memory, those that come near fetched from the store.

The invariant: a timer that the store has is fired at its time, or, while the store fails, as soon as it serves again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from engine import limits
from engine.errors import ServiceError
from engine.runtime import recovery
from engine.runtime.clock import Clock
from engine.runtime.happenings import timer
from engine.runtime.protocol import ReadTransaction
from engine.runtime.timers import NearTimers, Timer
from engine.runtime.transaction import Operation
from engine.runtime.waiting import Waiting

log = logging.getLogger("statewright.timers")

REFILL_SECONDS = limits.TIMER_HORIZON_SECONDS / 2
RETRY_SECONDS = 1.0  # before a store that failed is asked again
TIMERS_PER_ROUND_MAX = 1_000  # fired and committed before the next ones are looked at


class Timekeeper:
    """`read` runs an operation on a snapshot of the store, `feed` one in the next batch."""

    def __init__(
        self,
        clock: Clock,
        waiting: Waiting,
        read: Callable[[Callable[[ReadTransaction], Any]], Awaitable[Any]],
        feed: Callable[[Operation], "asyncio.Future[Any] | None"],
    ):
        self._clock = clock
        self._waiting = waiting
        self._read = read
        self._feed = feed
        self._timers = NearTimers()
        self._changed = asyncio.Event()
        self._asleep = False

    @property
    def near(self) -> int:
        """Timers in memory."""
        return len(self._timers)

    @property
    def at_rest(self) -> bool:
        """It waits for time to pass, and for nothing else."""
        return self._asleep and not self._changed.is_set()

    def arm(self, timers: list[Timer]) -> None:
        """Take note of the timers of a commit."""
        before = self._timers.next_due_ms, self._timers.horizon_ms
        self._timers.arm(timers)
        if (self._timers.next_due_ms, self._timers.horizon_ms) != before:  # too many: the horizon has come nearer
            self._changed.set()

    def rewind(self) -> None:
        """A batch was lost, and with it perhaps timers that had been fired: ask the store for all that are due."""
        self._timers.rewind()
        self._changed.set()

    async def keep(self) -> None:
        """Runs until it is cancelled."""
        loop = asyncio.get_running_loop()
        refill_at, refilled = 0.0, False
        while True:
            self._changed.clear()
            now_ms = self._clock.moment().epoch_ms
            if loop.time() >= refill_at or self._timers.horizon_ms < now_ms:
                refilled = await self._refill(now_ms)
                refill_at = loop.time() + (REFILL_SECONDS if refilled else RETRY_SECONDS)
            await self._fire(now_ms)
            await self._sleep(refill_at - loop.time(), refilled)

    async def _refill(self, now_ms: int) -> bool:
        """False: the store could not be read."""
        horizon_ms = now_ms + limits.TIMER_HORIZON_SECONDS * 1000
        if not self._timers.room() and self._timers.horizon_ms < now_ms:
            self._timers.rewind()  # it is full of later ones: what is due comes first
        room, after_ms = self._timers.room(), self._timers.horizon_ms
        if not room:
            return True
        self._timers.aim(horizon_ms)
        try:
            found = await self._read(lambda tx: recovery.due_timers(tx.connection, after_ms, horizon_ms, room))
        except ServiceError as error:
            log.warning("the timers could not be fetched, and are asked for again: %s", error)
            return False
        self._timers.refill(found, room)
        return True

    async def _fire(self, now_ms: int) -> None:
        """Fire a round and see it committed: until then the store would give the same timers again."""
        due = self._timers.due(now_ms, TIMERS_PER_ROUND_MAX)
        fed = [self._feed(timer(key, branch, due_ms)) for due_ms, key, branch in due]
        futures = [future for future in fed if future is not None]
        if futures:
            await asyncio.wait(futures)

    async def _sleep(self, seconds_max: float, refilled: bool) -> None:
        """Until the next timer, or where knowledge ends and the store, if it answers, is to be asked: maybe at once."""
        now_ms = self._clock.moment().epoch_ms
        wakes = [seconds_max]
        if self._timers.next_due_ms is not None:
            wakes.append((self._timers.next_due_ms - now_ms) / 1000)
        if refilled:
            wakes.append((self._timers.horizon_ms + 1 - now_ms) / 1000)
        self._asleep = True
        await self._waiting.pause(self._changed, min(wakes))
        self._asleep = False

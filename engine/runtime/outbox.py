"""Making the deliveries that the outbox holds: after the commit that wrote them, at least once, until they are made.

    wake (a commit, a due time) -> due rows -> deliver, some at once -> made: the row goes; failed: it is put off

A delivery under way is remembered here only: after a crash its row is still due, and it is made again. One that failed
as often as its kind allows is given up, with a line in the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine import limits
from engine.contract import DeliveryError
from engine.errors import ServiceError
from engine.runtime.clock import Clock
from engine.runtime.extensions import Delivering
from engine.runtime.private_payloads import opened_payload
from engine.runtime.protocol import ReadTransaction
from engine.runtime.transaction import BatchTransaction, Operation
from engine.runtime.waiting import WITHIN_CALL, Waiting
from engine.store import outbox
from engine.store.outbox import OutboxRow

log = logging.getLogger("statewright.outbox")

RETRY_SECONDS = 1.0  # before a store that failed is asked again
COUNT_SECONDS = 1.0  # between two counts of what waits, for the metric


@dataclass(frozen=True, slots=True)
class _Due:
    rows: list[OutboxRow]
    next_ms: int | None
    waiting: int | None


class OutboxRunner:
    """`read` runs an operation on a snapshot of the store, `post` one in the next batch."""

    def __init__(
        self,
        kinds: Mapping[str, Delivering],
        clock: Clock,
        waiting: Waiting,
        read: Callable[[Callable[[ReadTransaction], Any]], Awaitable[Any]],
        post: Callable[[Operation], Awaitable[Any]],
    ):
        self._kinds = kinds
        self._clock = clock
        self._waiting = waiting
        self._read = read
        self._post = post
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._closed = False
        self._asleep = False
        self._counted_at = float("-inf")
        self.waiting = 0  # deliveries in the store, when last looked at

    @property
    def at_rest(self) -> bool:
        """Nothing is about to be delivered; what is under way is counted apart."""
        return self._asleep and not self._woken.is_set()

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    def wake(self) -> None:
        """Something was committed that is to be delivered, or a delivery has ended."""
        self._woken.set()

    async def keep(self) -> None:
        """Runs until it is cancelled."""
        while True:
            self._woken.clear()
            try:
                found = await self._look()
            except ServiceError as error:
                log.warning("the outbox could not be read, and is looked at again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if found.waiting is not None:
                self.waiting = found.waiting
            for row in found.rows:
                self._begin(row)
            await self._sleep(found.next_ms)

    async def close(self) -> None:
        """Let go of what is under way: the store has it."""
        self._closed = True
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> _Due:
        now_ms = self._clock.moment().epoch_ms
        under_way = set(self._under_way)
        room = limits.OUTBOX_DELIVERIES_MAX - len(under_way)
        loop_time = asyncio.get_running_loop().time()
        count = loop_time - self._counted_at >= COUNT_SECONDS
        if count:
            self._counted_at = loop_time

        def look(tx: ReadTransaction) -> _Due:
            return _due(tx, now_ms, room, under_way, count)

        found = await self._read(look)
        assert isinstance(found, _Due)
        return found

    def _begin(self, row: OutboxRow) -> None:
        if self._closed or row.id in self._under_way:
            return
        task = asyncio.get_running_loop().create_task(self._deliver(row))
        self._under_way[row.id] = task
        task.add_done_callback(lambda done: self._ended(row.id, done))

    def _ended(self, row_id: int, task: asyncio.Task[None]) -> None:
        self._under_way.pop(row_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a delivery ended on an error of ours", exc_info=error)
        self.wake()

    async def _deliver(self, row: OutboxRow) -> None:
        WITHIN_CALL.set(True)
        delivering = self._kinds.get(row.kind)
        try:
            if delivering is None:
                raise DeliveryError(f"this server has nothing that delivers {row.kind}")
            outcome = await delivering.deliver(row.payload)
        except DeliveryError as error:
            await self._failed(row, delivering, str(error), error.final)
        except Exception as error:
            log.exception("delivery %d (%s) met an error of ours", row.id, row.kind)
            await self._failed(row, delivering, f"an error of ours: {error}", final=False)
        else:
            await self._settle(lambda tx: _delivered(tx, row, delivering, outcome))

    async def _failed(self, row: OutboxRow, delivering: Delivering | None, reason: str, final: bool) -> None:
        failures = row.failures + 1
        if delivering is None:  # the integration may come back: nothing is lost meanwhile
            due_ms = self._clock.moment().epoch_ms + limits.OUTBOX_POLL_SECONDS * 1000
            await self._settle(lambda tx: outbox.put_off(tx.connection, row.id, due_ms, row.failures))
            return
        delay_ms = None if final else _delay_ms(delivering, row, failures)
        if delay_ms is None:
            log.error("delivery %d (%s) is given up after %d attempts: %s", row.id, row.kind, failures, reason)
            await self._settle(lambda tx: _give_up(tx, row, delivering, reason))
            return
        due_ms = self._clock.moment().epoch_ms + delay_ms
        log.warning("delivery %d (%s) failed, attempt %d: %s", row.id, row.kind, failures, reason)
        await self._settle(lambda tx: outbox.put_off(tx.connection, row.id, due_ms, failures))

    async def _settle(self, operation: Operation) -> None:
        """While what became of a delivery cannot be committed it is tried again; else it would be made again."""
        while True:
            try:
                await self._post(operation)
                return
            except ServiceError as error:
                if self._closed:
                    return
                log.warning("what became of a delivery could not be committed, and is noted again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _sleep(self, next_ms: int | None) -> None:
        seconds = COUNT_SECONDS if self.waiting else float(limits.OUTBOX_POLL_SECONDS)
        if next_ms is not None:
            seconds = min(seconds, max(next_ms - self._clock.moment().epoch_ms, 0) / 1000)
        self._asleep = True
        await self._waiting.pause(self._woken, seconds)
        self._asleep = False


def _due(tx: ReadTransaction, now_ms: int, room: int, under_way: set[int], count: bool) -> _Due:
    """What can be delivered now; those under way are still in the store, and still due."""
    connection = tx.connection
    rows = outbox.due(connection, now_ms, room + len(under_way)) if room > 0 else []
    opened = [_opened(tx, row) for row in rows if row.id not in under_way][:room]
    fresh = [row for row in opened if row is not None]
    waiting = outbox.count(connection, limits.OUTBOX_COUNTED_MAX) if count else None
    return _Due(fresh, outbox.next_due_ms(connection, now_ms), waiting)


def _opened(tx: ReadTransaction, row: OutboxRow) -> OutboxRow | None:
    """None: its key is not there, so it stays where it is."""
    try:
        return replace(row, payload=opened_payload(tx.keys, row.kind, row.payload))
    except ServiceError as error:
        log.error("delivery %d (%s) waits: %s", row.id, row.kind, error)
        return None


def _delay_ms(delivering: Delivering, row: OutboxRow, failures: int) -> int | None:
    """None: this was the last time."""
    kind = delivering.kind
    try:
        if kind.delay_ms is not None:
            return kind.delay_ms(row.payload, failures)
    except Exception:
        log.exception("delivery %d (%s) cannot say when to try again, and is tried as others are", row.id, row.kind)
    return None if failures >= kind.retry.attempts_max else kind.retry.delay_ms(failures)


def _delivered(tx: BatchTransaction, row: OutboxRow, delivering: Delivering, outcome: Any) -> None:
    outbox.delete(tx.connection, row.id)
    if delivering.kind.delivered is not None:
        delivering.kind.delivered(tx, row.payload, outcome)


def _give_up(tx: BatchTransaction, row: OutboxRow, delivering: Delivering, reason: str) -> None:
    outbox.delete(tx.connection, row.id)
    if delivering.kind.given_up is not None:
        delivering.kind.given_up(tx, row.payload, reason)

"""What a test may do with a running server: move its clock, mock functions, see what waits, forget everything.

    advance: settle -> the next due time -> the clock moves there -> settle -> ... -> the time that was asked for

Invariant: time never passes anything by. The clock stops at each due time, in order, until all that became due there
has settled: commits, calls of functions, what they led to. A month of daily waits is a month of steps.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from engine import limits
from engine.contract import FunctionMock, MockableCaller
from engine.errors import ServiceError
from engine.runtime.shell import Shell
from engine.runtime.steering import SteerableClock
from engine.store import executions

log = logging.getLogger("statewright.controls")

LOOK_SECONDS = 0.002  # between two looks at what is under way
QUIET_TURNS = 25  # of the event loop without anything under way: a result may be on its way between two tasks


class NotSettledError(Exception):
    """What the clock would have to wait for does not end; the message says what it is."""


class TestControls:
    """One move at a time; others wait for it."""

    __test__ = False  # for pytest: no tests in here

    def __init__(self, shell: Shell, clock: SteerableClock, functions: MockableCaller):
        self._shell = shell
        self._clock = clock
        self._functions = functions
        self._moving = asyncio.Lock()
        self._held_up: asyncio.Task[None] | None = None
        clock.on_held_up = self._help_on

    @property
    def clock(self) -> SteerableClock:
        return self._clock

    # ---- the clock ----

    async def advance_to(self, epoch_ms: int) -> None:
        """Returns when everything that became due has settled. Raises NotSettledError."""
        async with self._moving:
            try:
                async with asyncio.timeout(limits.ADVANCE_SECONDS_MAX):
                    await self._advance(epoch_ms)
            except TimeoutError:
                raise NotSettledError(
                    f"the clock did not get further than {self._clock.moment().iso} within "
                    f"{limits.ADVANCE_SECONDS_MAX} seconds: too much becomes due on the way"
                ) from None

    async def settle(self) -> None:
        """Wait until nothing is under way at the present time. Raises NotSettledError."""
        async with self._moving:
            await self._settle()

    async def _advance(self, epoch_ms: int) -> None:
        for _ in range(limits.ADVANCE_STEPS_MAX):
            await self._settle()
            due_ms = await self._next_due_ms(epoch_ms)
            if due_ms is None or due_ms > epoch_ms:
                break
            self._clock.move_to(due_ms)
        else:
            raise NotSettledError(f"more than {limits.ADVANCE_STEPS_MAX} times at which something is due: advance less")
        self._clock.move_to(epoch_ms)
        await self._settle()

    async def _next_due_ms(self, until_ms: int) -> int | None:
        dues = [await self._shell.next_due_ms(until_ms), self._clock.next_due_ms()]
        return min((due for due in dues if due is not None), default=None)

    async def _settle(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + limits.SETTLE_SECONDS_MAX
        quiet = 0
        while quiet < QUIET_TURNS:
            if self._under_way():
                if loop.time() > until:
                    raise NotSettledError(self._why_not())
                quiet = 0
                await asyncio.sleep(LOOK_SECONDS)
            else:
                quiet += 1
                await asyncio.sleep(0)

    def _under_way(self) -> bool:
        working = self._shell.work_in_memory() > self._clock.sleeping
        return working or not self._clock.at_rest or bool(self._shell.under_way())

    def _why_not(self) -> str:
        found = self._shell.under_way()
        working = self._shell.work_in_memory() - self._clock.sleeping
        if working > 0:
            found.append(f"{working} calls or Express executions")
        what = ", ".join(found) or "what became due"
        return f"still under way after {limits.SETTLE_SECONDS_MAX} seconds, at {self._clock.moment().iso}: {what}"

    # ---- a request that waits for the clock ----

    def _help_on(self) -> None:
        """A synchronous Express execution waits, and holds up who could move the clock: it moves by itself."""
        if self._held_up is None or self._held_up.done():
            self._held_up = asyncio.get_running_loop().create_task(self._move_for_callers())

    async def _move_for_callers(self) -> None:
        try:
            while True:
                async with self._moving:
                    await self._settle()
                    due_ms = self._clock.next_due_ms(held_up=True)
                    if due_ms is None or self._clock.running:
                        return
                    first_ms = await self._next_due_ms(due_ms)
                    self._clock.move_to(due_ms if first_ms is None else min(first_ms, due_ms))
        except (NotSettledError, ServiceError) as error:
            log.warning("a synchronous execution waits in vain: %s", error)

    async def close(self) -> None:
        if self._held_up is not None:
            self._held_up.cancel()
            with suppress(asyncio.CancelledError):
                await self._held_up

    # ---- functions ----

    def mock(self, name: str, mock: FunctionMock) -> None:
        """Raises ServiceError where there are too many."""
        known = self._functions.mocked()
        if name not in known and len(known) >= limits.FUNCTION_MOCKS_MAX:
            raise ServiceError("LimitExceeded", f"There are {limits.FUNCTION_MOCKS_MAX} mocked functions already.")
        self._functions.mock(name, mock, self._pause)

    def restore(self, name: str) -> bool:
        """False: the function was not mocked."""
        return self._functions.restore(name)

    async def _pause(self, seconds: float) -> None:
        await self._clock.sleep_until(self._clock.now_ms + round(seconds * 1000))

    # ---- the rest ----

    async def waiting_tasks(self) -> list[dict[str, Any]]:
        """What running executions wait for others to do, the first `limits.WAITING_TASKS_SHOWN_MAX` of them."""
        most = limits.WAITING_TASKS_SHOWN_MAX
        shown: list[dict[str, Any]] = []
        for row in await self._shell.read(lambda tx: executions.all_running(tx.connection, most)):
            if len(shown) >= most:
                break
            shown += [{"executionArn": row.arn, **task} for task in await self._shell.waiting_tasks(row)]
        return shown[:most]

    async def reset(self) -> None:
        """A clean state: nothing of users, no mocks, the clock standing where it is."""
        async with self._moving:
            for name in list(self._functions.mocked()):
                self._functions.restore(name)
            self._clock.stand()
            await self._shell.forget_everything()

"""How the shell waits for time to pass: by the machine's clock, or as a test steers it (engine.runtime.steering).

The seam is here so that no part of the shell asks which of the two it is.
"""

import asyncio
from contextvars import ContextVar
from typing import Protocol

from engine.runtime.clock import Clock

WITHIN_CALL = ContextVar(
    "WITHIN_CALL", default=False
)  # what waits here holds up the call of a Task, and counts with it
SLEEP_SECONDS_MAX = 3_600  # so that a long wait follows the system's clock


class Waiting(Protocol):
    async def pause(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for the event, at most so long; False: the time has passed first."""

    async def sleep_until(self, epoch_ms: int, held_up: bool = False) -> None:
        """Wait until the clock shows this time. `held_up`: a request waits for it, and with it its caller."""


class WallWaiting:
    """Time passes by itself."""

    def __init__(self, clock: Clock):
        self._clock = clock

    async def pause(self, event: asyncio.Event, seconds: float) -> bool:
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await event.wait()
        except TimeoutError:
            return False
        return True

    async def sleep_until(self, epoch_ms: int, held_up: bool = False) -> None:
        while (left_ms := epoch_ms - self._clock.moment().epoch_ms) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left_ms / 1000, SLEEP_SECONDS_MAX))  # a time, not a condition

"""Workers that wait for a task of an activity: woken one by one, first come, first served, when a task is offered."""

import asyncio
from collections import defaultdict, deque

from engine import limits
from engine.errors import ServiceError


class Pollers:
    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[asyncio.Event]] = defaultdict(deque)

    def offered(self, activity_arn: str) -> None:
        """A task was offered: the worker that waited longest shall ask for it."""
        waiting = self._waiting.get(activity_arn)
        while waiting:
            event = waiting.popleft()
            if not event.is_set():
                event.set()
                return

    def begin(self, activity_arn: str) -> asyncio.Event:
        """A place in the queue. Ask for a task after this, and then wait: an offer in between is not missed."""
        waiting = self._waiting[activity_arn]
        if len(waiting) >= limits.ACTIVITY_POLLERS_MAX:
            raise ServiceError("ActivityWorkerLimitExceeded", "The maximum number of workers polling is reached.")
        event = asyncio.Event()
        waiting.append(event)
        return event

    def end(self, activity_arn: str, event: asyncio.Event) -> None:
        """Leave the queue. An offer that this worker will not look at is passed on."""
        waiting = self._waiting[activity_arn]
        if event in waiting:
            waiting.remove(event)
        if not waiting:
            del self._waiting[activity_arn]
        if event.is_set():
            self.offered(activity_arn)

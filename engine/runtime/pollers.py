"""Workers that wait for a task of an activity: woken one by one, first come, first served, when a task is offered.

The invariant: of the workers that wait, as many are woken as tasks were offered, and one that was woken asks for a task
or passes the offer on.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from engine import limits
from engine.errors import ServiceError


class Pollers:
    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[asyncio.Event]] = defaultdict(deque)

    @property
    def waiting_count(self) -> int:
        return sum(len(waiting) for waiting in self._waiting.values())

    def offered(self, activity_arn: str) -> None:
        """A task was offered: the worker that waited longest shall ask for it."""
        waiting = self._waiting.get(activity_arn)
        while waiting:
            event = waiting.popleft()
            if not event.is_set():
                event.set()
                return

    @contextmanager
    def waiting(self, activity_arn: str) -> Iterator[asyncio.Event]:
        """A place in the queue. Ask for a task inside, and then wait: an offer in between is not missed.

        Clear the event to say that the offer is taken; one that is left is passed on.
        """
        event = self._enter(activity_arn)
        try:
            yield event
        finally:
            self._leave(activity_arn, event)

    def _enter(self, activity_arn: str) -> asyncio.Event:
        waiting = self._waiting[activity_arn]
        if len(waiting) >= limits.ACTIVITY_POLLERS_MAX:
            raise ServiceError("ActivityWorkerLimitExceeded", "The maximum number of workers polling is reached.")
        event = asyncio.Event()
        waiting.append(event)
        return event

    def _leave(self, activity_arn: str, event: asyncio.Event) -> None:
        waiting = self._waiting[activity_arn]
        if event in waiting:
            waiting.remove(event)
        if not waiting:
            del self._waiting[activity_arn]
        if event.is_set():
            self.offered(activity_arn)

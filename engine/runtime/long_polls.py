"""Requests that wait at a topic until somebody wakes it: receivers of an empty queue, workers without a task.

    an operation answers NotYet -> a place at its topic -> woken: asked again -> an answer, or NotYet and a place again

Three invariants. A place is taken in the order of commits, before the wakes of the same commit and of later ones: no
wake is missed. As many are woken as were offered something, the longest waiting first, and one that cannot take its
wake (its client has gone, its time is up, its batch was lost) passes it on. And who waits costs nothing: when something
will be there by itself, one is asked at that time, and the next one only after that one got something.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from engine import limits
from engine.contract import NotYet
from engine.errors import ServiceError
from engine.runtime.clock import Clock
from engine.runtime.waiting import Waiting

SLEEP_SECONDS_MAX = 3_600.0


@dataclass(slots=True, eq=False)
class Place:
    """Where a request stands at a topic. `timed`: it was woken because a time had come."""

    topic: str
    ticket: int
    not_yet: NotYet
    deadline_ms: int
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    timed: bool = False


@dataclass(slots=True)
class _Topic:
    places: deque[Place] = field(default_factory=deque)  # by ticket
    due_ms: int | None = None


class LongPolls:
    """On the event loop. `wait` goes on with a request whose place was taken by `enter`."""

    def __init__(self, clock: Clock, waiting: Waiting):
        self._clock = clock
        self._waiting = waiting
        self._topics: dict[str, _Topic] = {}
        self._tickets = count()
        self._dues: list[tuple[int, str]] = []  # a heap; an entry that is not its topic's due time any more is stale
        self._earlier = asyncio.Event()  # something is due earlier than what is slept for
        self.waiting_count = 0

    # ---- places ----

    def enter(self, not_yet: NotYet, before: Place | None = None) -> Place:
        """A place behind those that have waited longer. `before`: the one that it had until it was woken."""
        if before is None:
            now_ms = self._clock.moment().epoch_ms
            place = Place(not_yet.topic, next(self._tickets), not_yet, now_ms + not_yet.wait_ms)
        else:
            place = Place(not_yet.topic, before.ticket, not_yet, before.deadline_ms)
        topic = self._topics.get(not_yet.topic)
        if topic is None:
            topic = self._topics[not_yet.topic] = _Topic()
        _insert(topic.places, place)
        self.waiting_count += 1
        if not_yet.again_ms is not None and not_yet.again_ms < place.deadline_ms:
            self._ask_at(place.topic, topic, not_yet.again_ms)
        return place

    def leave(self, place: Place) -> None:
        """Give up a place; a wake that was meant for it is passed on."""
        if place.woken.is_set():
            self.wake(place.topic, timed=place.timed)
            return
        topic = self._topics.get(place.topic)
        if topic is not None and place in topic.places:
            topic.places.remove(place)
            self.waiting_count -= 1
            if not topic.places:
                del self._topics[place.topic]

    def wake(self, name: str, times: int = 1, timed: bool = False) -> None:
        """So many of those that wait at the topic are asked again."""
        topic = self._topics.get(name)
        if topic is None:
            return
        for _ in range(min(times, len(topic.places))):
            place = topic.places.popleft()
            self.waiting_count -= 1
            place.timed = timed
            place.woken.set()
        if not topic.places:
            del self._topics[name]

    # ---- waiting ----

    async def wait(self, place: Place, ask: Callable[[Place], Awaitable[Any]]) -> Any:
        """What the operation answers in the end. `ask` asks again and gives its answer, or the place that it got."""
        if self.waiting_count > limits.LONG_POLLS_MAX:
            self.leave(place)
            raise ServiceError("ThrottlingException", "Rate exceeded")
        while True:
            if not await self._woken(place):
                return place.not_yet.answer
            try:
                answer = await ask(place)
            except BaseException:
                self.leave(place)
                raise
            if not isinstance(answer, Place):
                if place.timed:  # there may be more
                    self.wake(place.topic, timed=True)
                return answer
            place = answer

    async def _woken(self, place: Place) -> bool:
        """False: its time is up, and it has left."""
        seconds = (place.deadline_ms - self._clock.moment().epoch_ms) / 1000
        woken = False
        try:
            woken = await self._waiting.pause(place.woken, seconds)
        finally:
            if not woken:
                self.leave(place)
        return woken

    # ---- what will be there by itself ----

    def _ask_at(self, name: str, topic: _Topic, due_ms: int) -> None:
        if topic.due_ms is None or due_ms < topic.due_ms:
            topic.due_ms = due_ms
            heapq.heappush(self._dues, (due_ms, name))
            if self._dues[0] == (due_ms, name):
                self._earlier.set()

    async def keep(self) -> None:
        """Wake one at each topic whose time has come. Runs until it is cancelled."""
        while True:
            self._earlier.clear()
            now_ms = self._clock.moment().epoch_ms
            while self._dues and self._dues[0][0] <= now_ms:
                self._fire(*heapq.heappop(self._dues))
            seconds = (self._dues[0][0] - now_ms) / 1000 if self._dues else SLEEP_SECONDS_MAX
            await self._waiting.pause(self._earlier, min(seconds, SLEEP_SECONDS_MAX))

    def _fire(self, due_ms: int, name: str) -> None:
        topic = self._topics.get(name)
        if topic is not None and topic.due_ms == due_ms:
            topic.due_ms = None
            self.wake(name, timed=True)

    def next_due_ms(self) -> int | None:
        """The first time at which something becomes of a request that waits: for tests that steer the clock."""
        deadlines = (place.deadline_ms for topic in self._topics.values() for place in topic.places)
        dues = (topic.due_ms for topic in self._topics.values() if topic.due_ms is not None)
        return min((*deadlines, *dues), default=None)


@dataclass(frozen=True, slots=True)
class LongPoll:
    """Implements engine.runtime.protocol.HeldUp."""

    polls: LongPolls
    place: Place
    ask: Callable[[Place], Awaitable[Any]]

    async def answer(self) -> Any:
        return await self.polls.wait(self.place, self.ask)

    def leave(self) -> None:
        self.polls.leave(self.place)


def _insert(places: deque[Place], place: Place) -> None:
    """By ticket. New ones come last; one that was woken for nothing comes first, or nearly."""
    if not places or places[-1].ticket < place.ticket:
        places.append(place)
        return
    for index, other in enumerate(places):
        if other.ticket > place.ticket:
            places.insert(index, place)
            return

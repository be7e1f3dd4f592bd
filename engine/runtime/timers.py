"""The near timers: a heap of what is due within the horizon. What is due later is in the store only and is fetched when
its time comes near.

A timer here is a hint: when it fires, the interpreter compares it with what the branch waits for, so that one which was
armed twice, or whose branch has moved on, does nothing.
"""

import heapq
from collections.abc import Iterable

from engine import limits

Timer = tuple[int, int, int]  # due_ms, execution key, branch (or DEADLINE)


class NearTimers:
    """At most `size_max` timers; with more, those furthest away are left to the store.

    `horizon_ms`: timers due up to it are all here; later ones may not be. While a refill is being fetched, `aim` says
    how far it shall reach: a timer that is armed meanwhile is younger than what the refill finds, and must be kept.
    """

    def __init__(self, size_max: int = limits.NEAR_TIMERS_MAX):
        self._heap: list[Timer] = []
        self._known: set[Timer] = set()
        self._size_max = size_max
        self.horizon_ms = -1
        self._aim_ms = -1

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_due_ms(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def arm(self, timers: Iterable[Timer]) -> None:
        """Timers of a commit: those beyond the horizon are passed over, for the store has them."""
        reach_ms = max(self.horizon_ms, self._aim_ms)
        for timer in timers:
            if timer[0] <= reach_ms:
                self._push(timer)
        if len(self._heap) > self._size_max:
            self._shrink()

    def due(self, now_ms: int, limit: int) -> list[Timer]:
        """Take the timers that are due, at most `limit` of them."""
        taken: list[Timer] = []
        while self._heap and self._heap[0][0] <= now_ms and len(taken) < limit:
            timer = heapq.heappop(self._heap)
            self._known.discard(timer)
            taken.append(timer)
        return taken

    def room(self) -> int:
        """How many timers a refill may fetch."""
        return max(self._size_max - len(self._heap), 0)

    def aim(self, horizon_ms: int) -> None:
        """The store is about to be asked for the timers up to here: `refill` follows."""
        self._aim_ms = horizon_ms

    def refill(self, found: list[Timer], room: int) -> None:
        """Move the horizon on. `found` are the store's timers after the old one, at most `room`, the earliest first."""
        # A full page may end in the middle of a millisecond: what is left of it is fetched again next time.
        reached = self._aim_ms if len(found) < room else min(self._aim_ms, found[-1][0] - 1)
        self.horizon_ms = max(self.horizon_ms, reached)
        self._aim_ms = -1
        for timer in found:
            self._push(timer)

    def rewind(self) -> None:
        """Ask the store for everything again, the earliest first."""
        self.horizon_ms = self._aim_ms = -1
        self._heap.clear()  # there must be room
        self._known.clear()

    def _push(self, timer: Timer) -> None:
        if timer not in self._known:
            self._known.add(timer)
            heapq.heappush(self._heap, timer)

    def _shrink(self) -> None:
        kept = heapq.nsmallest(max(self._size_max * 3 // 4, 1), self._heap)
        reached = kept[-1][0] - 1
        self.horizon_ms, self._aim_ms = min(self.horizon_ms, reached), min(self._aim_ms, reached)
        self._heap = [timer for timer in kept if timer[0] <= reached]
        heapq.heapify(self._heap)
        self._known = set(self._heap)

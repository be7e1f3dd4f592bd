"""One process: the kernel over the database, and around it, in memory, what the shell does for it.

The duties are those of engine.runtime.following: nothing is followed before its commit, timers are armed, calls sent,
turns taken; after a lost batch, and after a start, what the store has open is taken up. What is here is gone when the
process is; the outside world (see world.py) stays.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine import limits
from engine.contract import NotYet
from engine.errors import ServiceError, StateError
from engine.runtime import recovery
from engine.runtime.after import AfterCommit, DueCall, ExpressStart
from engine.runtime.happenings import call_answered, call_failed, perform_local, resume, stop_child, take_answer, timer
from engine.runtime.kernel import Answer, Kernel, Request
from engine.runtime.live import LiveCache
from engine.runtime.map_run_happenings import continue_map_run, stop_children
from engine.runtime.timers import NearTimers, Timer
from engine.runtime.transaction import Operation
from engine.store.database import Database

RETRY_MS = 1_000

OnAnswer = Callable[[Answer | None], None]  # None: the process died before it answered


class Outside(Protocol):
    """What a node reaches outside of itself."""

    def invoke(self, node: "Node", due: DueCall) -> None: ...

    def offer(self, activity_arn: str) -> None: ...

    def run_express(self, node: "Node", start: ExpressStart) -> None: ...

    def run_child(self, node: "Node", key: int) -> None: ...

    def write_results(self, node: "Node", map_run: int) -> None: ...

    def later(self, delay_ms: int, action: Callable[[], None]) -> None: ...


@dataclass(slots=True)
class Queued:
    request: Request
    on_answer: OnAnswer | None


@dataclass(slots=True)
class Node:
    """`alive` false: dropped; what still refers to it finds nobody."""

    database: Database
    kernel: Kernel
    outside: Outside
    source: random.Random
    timers: NearTimers
    alive: bool = True
    queue: deque[Queued] = field(default_factory=deque)
    calls: set[tuple[int, int, int]] = field(default_factory=set)
    express: set[int] = field(default_factory=set)
    children: set[int] = field(default_factory=set)  # Express children of Map Runs
    again: set[int] = field(default_factory=set)  # of these, those that were started once more while they ran
    _refill: tuple[list[Timer], int] | None = None

    # ---- what comes in ----

    def submit(self, operation: Operation, on_answer: OnAnswer | None = None, savepoint: bool = False) -> None:
        if self.alive:
            self.queue.append(Queued(Request(operation, savepoint), on_answer))
        elif on_answer is not None:
            on_answer(None)

    def batch(self) -> list[Queued]:
        """Some of what is queued; now and then in another order, as threads and connections would have it."""
        size = self.source.choice([1, 2, 3, len(self.queue)])
        taken = [self.queue.popleft() for _ in range(min(size, len(self.queue)))]
        if self.source.random() < 0.2:
            self.source.shuffle(taken)
        return taken

    # ---- after a commit ----

    def follow(self, after: AfterCommit) -> Iterator[None]:
        """What a batch leads to, one thing after the other: a crash may come between any two."""
        for cancelled in after.cancelled:
            self.calls.discard(cancelled)
            yield
        for due in after.calls:
            self.send(due)
            yield
        for activity_arn in after.offers:
            self.outside.offer(activity_arn)
            yield
        for start in after.express:
            self.start_express(start)
            yield
        for key in dict.fromkeys(after.resumes):
            self._feed(resume(key))
            yield
        for call in after.local_calls:
            for _ in range(self._times()):
                self.perform(call)
            yield
        for answer in after.answers:
            self._feed(take_answer(*answer))
            yield
        for key in after.unwanted:
            self._feed(stop_child(key))
            yield
        for waiting in dict.fromkeys(after.map_runs):
            self._feed(continue_map_run(*waiting))
            yield
        for run in dict.fromkeys(after.map_runs_over):
            self._feed(stop_children(run))
            yield
        for key in after.express_children:
            self.start_child(key)
            yield
        for key in after.express_stopped:
            self.children.discard(key)
            yield
        for run in after.exports:
            self.outside.write_results(self, run)
            yield
        if after.purging:
            self._feed(lambda tx: None)
        self.timers.arm(after.timers)
        if after.lost:
            self.outside.later(self.source.choice([0, RETRY_MS]), self.recover)

    def _feed(self, operation: Operation) -> None:
        """Now and then twice, as when a recovery reads what is on its way already."""
        for _ in range(self._times()):
            self.submit(operation)

    def _times(self) -> int:
        return 2 if self.source.random() < 0.1 else 1

    # ---- calls ----

    def send(self, due: DueCall) -> None:
        name = (due.key, due.branch, due.attempt)
        if self.alive and name not in self.calls:
            self.calls.add(name)
            self.outside.invoke(self, due)

    def returned(self, due: DueCall, result: Any) -> None:
        """A call came back. Its answer is offered until it is committed, unless nobody waits for it any more."""
        name = (due.key, due.branch, due.attempt)
        if not self.alive or name not in self.calls:
            return

        def answered(answer: Answer | None) -> None:
            if answer is not None and isinstance(answer.error, ServiceError):
                self.outside.later(RETRY_MS, lambda: self.returned(due, result))
            elif answer is not None:
                assert answer.error is None, answer.error
                self.calls.discard(name)

        if isinstance(result, StateError):
            self.submit(call_failed(*name, result), answered)
        else:
            self.submit(call_answered(*name, result), answered)

    def perform(self, call: tuple[int, int, int], until_ms: int | None = None) -> None:
        """Make a local call that was put off, again while it has nothing to answer; until its patience ends."""

        def answered(answer: Answer | None) -> None:
            if answer is None or not isinstance(answer.value, NotYet):
                return
            now_ms, not_yet = self.kernel._clock.moment().epoch_ms, answer.value
            deadline_ms = now_ms + not_yet.wait_ms if until_ms is None else until_ms
            if now_ms >= deadline_ms:
                self.submit(call_answered(*call, not_yet.answer.answer))
            else:
                self.outside.later(self.source.randint(0, 1_500), lambda: self.perform(call, deadline_ms))

        self.submit(perform_local(*call), answered)

    def start_express(self, start: ExpressStart) -> None:
        if self.alive and start.key not in self.express:
            self.express.add(start.key)
            self.outside.run_express(self, start)

    def start_child(self, key: int) -> None:
        if self.alive and key in self.children:
            self.again.add(key)
        elif self.alive:
            self.children.add(key)
            self.outside.run_child(self, key)

    def child_ended(self, key: int) -> None:
        self.children.discard(key)
        if key in self.again:
            self.again.discard(key)
            self.start_child(key)

    # ---- timers and recovery ----

    def keep_time(self, now_ms: int) -> None:
        """Fire what is due. A refill is read in one turn and taken in a later one, so that batches come in between."""
        if self._refill is not None:
            found, room = self._refill
            self._refill = None
            self.timers.refill(found, room)
        elif self.timers.horizon_ms < now_ms:
            self._read_refill(now_ms)
        for due_ms, key, branch in self.timers.due(now_ms, 1_000):
            self._feed(timer(key, branch, due_ms))

    def _read_refill(self, now_ms: int) -> None:
        if not self.timers.room():
            self.timers.rewind()  # as the timekeeper does
        horizon_ms, room = now_ms + limits.TIMER_HORIZON_SECONDS * 1000, self.timers.room()
        if room > 0:
            self.timers.aim(horizon_ms)
            with self.database.reader() as connection:
                found = recovery.due_timers(connection, self.timers.horizon_ms, horizon_ms, room)
            self._refill = (found, room)

    def recover(self) -> None:
        """Take up what the store has open."""
        if not self.alive:
            return
        for due in list(recovery.unanswered_calls(self.database)):
            self.send(due)
        for call in list(recovery.local_calls(self.database)):
            self.perform(call)
        for answer in list(recovery.answers_left(self.database)):
            self.submit(take_answer(*answer))
        for key in list(recovery.unwanted_children(self.database)):
            self.submit(stop_child(key))
        for start in list(recovery.express_starts_left(self.database)):
            self.start_express(start)
        for run in list(recovery.open_map_runs(self.database)):
            if run.status == "RUNNING":
                self.submit(continue_map_run(run.parent, run.branch, run.key))
            else:
                self.submit(stop_children(run.key))
            for keys in recovery.express_children_left(self.database, run):
                for key in keys:
                    self.start_child(key)
        for map_run in list(recovery.results_to_write(self.database)):
            self.outside.write_results(self, map_run)
        self.submit(lambda tx: None)
        self.timers.rewind()
        self._refill = None

    @property
    def refilling(self) -> bool:
        return self._refill is not None

    def drop(self) -> None:
        """The process is gone: whoever waits for an answer learns that its connection is."""
        self.alive = False
        waiting, self.queue = self.queue, deque()
        for queued in waiting:
            if queued.on_answer is not None:
                queued.on_answer(None)


def small_cache(kernel: Kernel, size_max: int) -> None:
    """Let a kernel remember so few executions that it has to load them again and again."""
    kernel._lives = LiveCache(size_max)

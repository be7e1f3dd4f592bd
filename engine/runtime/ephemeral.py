"""Running one execution in memory, without a journal: Express executions, and `statewright run`.

The same interpreter as everywhere; only the shell differs: signals come from the calls that it makes itself, timers are
awaited here, and what was is lost with the process.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from engine.core.effects import CallService, CancelTask, MapRunEffect, OfferActivity
from engine.core.execution import Branch, Execution, Phase
from engine.core.history import Event
from engine.core.interpreter import advance
from engine.core.run import Step
from engine.core.signals import (
    DeadlineReached,
    Resumed,
    Signal,
    Started,
    TaskFailed,
    TaskSubmitted,
    TaskSucceeded,
    TimerFired,
)
from engine.errors import InvariantError, StateError
from engine.moment import Moment
from engine.runtime.clock import Clock
from engine.runtime.waiting import Waiting, WallWaiting

log = logging.getLogger("statewright.run")


class Timekeeper:
    """The clock of a run. With `skip` it jumps over waits in which nothing is under way, instead of sleeping.

    `held_up`: somebody's request waits for the end of the run.
    """

    def __init__(self, clock: Clock, skip: bool = False, waiting: Waiting | None = None, held_up: bool = False):
        self._clock = clock
        self._waiting = waiting or WallWaiting(clock)
        self._held_up = held_up
        self._skip = skip
        self._ahead_ms = 0

    def moment(self) -> Moment:
        return self._clock.moment().later(self._ahead_ms)

    async def sleep_until(self, epoch_ms: int, busy: bool) -> None:
        """`busy`: a call is under way, which takes the time that it takes."""
        if self._skip and not busy:
            self._ahead_ms += max(epoch_ms - self.moment().epoch_ms, 0)
            return
        await self._waiting.sleep_until(epoch_ms - self._ahead_ms, self._held_up)


AnswerTask = Callable[[Branch, CallService | OfferActivity], Awaitable[Any]]


class NobodyAnswersError(Exception):
    """Raised by an AnswerTask: the task stays open, as one that a person or a worker has to answer."""


@dataclass(slots=True)
class _World:
    """Nobody outside can answer a task token of such a run, and no worker can take its activities."""

    execution: Execution

    def task_token(self, branch: int, attempt: int) -> str:
        return f"{self.execution.arn}/{branch}/{attempt}"

    def activity_exists(self, arn: str) -> bool:
        return True


class StuckError(Exception):
    """Nothing can happen any more: the execution waits for somebody who cannot reach it."""

    def __init__(self, states: list[str]):
        super().__init__(", ".join(states))
        self.states = states


@dataclass(slots=True)
class EphemeralRun:
    """`answer_task` makes a Task's call and returns its result, or raises StateError or NobodyAnswersError.

    `on_event` sees each event as it happens; `between` is awaited between two steps.
    """

    execution: Execution
    clock: Timekeeper
    answer_task: AnswerTask
    on_event: Callable[[Event], None] | None = None
    between: Callable[[], Awaitable[None]] | None = None
    _signals: asyncio.Queue[Signal] = field(default_factory=asyncio.Queue)
    _calls: dict[tuple[int, int], asyncio.Task[None]] = field(default_factory=dict)
    _cancelled: set[asyncio.Task[None]] = field(default_factory=set)  # and not ended yet

    @property
    def calls(self) -> int:
        """Calls of its Tasks that are under way."""
        return len(self._calls)

    async def run(self) -> None:
        """Run to the end. Raises StuckError when nothing can happen any more."""
        try:
            self._advance(Started())
            while self.execution.status == "RUNNING":
                if self.between is not None:
                    await self.between()
                self._advance(await self._next_signal())
        finally:
            for task in self._calls.values():
                task.cancel()
            await asyncio.gather(*self._calls.values(), *self._cancelled, return_exceptions=True)

    def _advance(self, signal: Signal) -> None:
        execution = self.execution
        step = advance(execution, signal, self.clock.moment(), _World(execution))
        if self.on_event is not None:
            for event in step.events:
                self.on_event(event)
        self._take_effects(step)
        if step.more and execution.status == "RUNNING":
            self._signals.put_nowait(Resumed())

    def _take_effects(self, step: Step) -> None:
        for effect in step.effects:
            if isinstance(effect, MapRunEffect):
                raise InvariantError("a distributed Map has children in a store, and this run has none")
            if isinstance(effect, CancelTask):
                task = self._calls.pop((effect.branch, effect.attempt), None)
                if task is not None:
                    task.cancel()
                    self._cancelled.add(task)
                    task.add_done_callback(self._cancelled.discard)
            elif isinstance(effect, CallService | OfferActivity):
                self._calls[effect.branch, effect.attempt] = asyncio.create_task(self._call(effect))

    async def _call(self, effect: CallService | OfferActivity) -> None:
        branch, attempt = effect.branch, effect.attempt
        try:
            output = await self.answer_task(self.execution.branches[branch], effect)
            if isinstance(output, JobStarted):
                self._signals.put_nowait(TaskSubmitted(branch, attempt, output.submitted))
                output = Completed(await output.result())
        except StateError as error:
            self._signals.put_nowait(TaskFailed(branch, attempt, error.name, error.cause))
        except NobodyAnswersError:
            self._signals.put_nowait(Resumed())  # changes nothing, but makes the run look at what it waits for
        except Exception:  # else the run would wait for it until its deadline
            log.exception("a call of %s ended on an error of ours", self.execution.arn)
            text = "The call failed inside the server; see its log."
            self._signals.put_nowait(TaskFailed(branch, attempt, "States.Runtime", text))
        else:
            callback = isinstance(effect, CallService) and effect.task_token is not None
            submitted = callback and not isinstance(output, Completed)
            value = output.value if isinstance(output, Completed) else output
            made = TaskSubmitted(branch, attempt, value) if submitted else TaskSucceeded(branch, attempt, value)
            self._signals.put_nowait(made)
        finally:
            self._calls.pop((branch, attempt), None)

    async def _next_signal(self) -> Signal:
        if not self._signals.empty():
            return self._signals.get_nowait()
        timer = self._next_timer()
        if timer is None and not self._calls:
            raise StuckError([branch.state for branch in self.execution.branches.values() if _waits(branch)])
        if timer is None:
            return await self._signals.get()
        return await self._signal_before(*timer)

    async def _signal_before(self, due_ms: int, signal: Signal) -> Signal:
        """What comes first: a signal, or the timer."""
        getting = asyncio.ensure_future(self._signals.get())
        sleeping = asyncio.ensure_future(self.clock.sleep_until(due_ms, bool(self._calls)))
        waiting: set[asyncio.Future[Any]] = {getting, sleeping}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                return getting.result()
            return signal
        finally:
            for future in waiting:
                future.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _next_timer(self) -> tuple[int, Signal] | None:
        """The earliest timer; without a timer of its own, an execution that nothing works at waits in vain."""
        timers: list[tuple[int, int, Signal]] = [
            (branch.wake_ms, branch.id, TimerFired(branch.id, branch.wake_ms))
            for branch in self.execution.branches.values()
            if branch.wake_ms is not None
        ]
        if timers or self._calls:
            timers.append((self.execution.deadline_ms, -1, DeadlineReached()))
        if not timers:
            return None
        due_ms, _, signal = min(timers, key=lambda timer: timer[:2])
        return due_ms, signal


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A call has started a job; `result` waits for that: the Task's result, or StateError."""

    submitted: Any
    result: Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Completed:
    """A call's result that also answers the task token: what a mock gives."""

    value: Any


def _waits(branch: Branch) -> bool:
    return branch.phase is Phase.TASK

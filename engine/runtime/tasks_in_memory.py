"""Answering the Tasks of an execution that runs in memory: by a built-in service, a function, or a mock."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.contract import (
    Actions,
    Call,
    HttpTrace,
    JobCaller,
    LocalAction,
    RemoteAction,
    RemoteCaller,
    TracedCaller,
)
from engine.core.effects import CallService, OfferActivity
from engine.core.execution import Branch, Execution
from engine.errors import StateError
from engine.runtime.calls import JOB_PATTERNS, call_of, caller_of, perform, with_time_left
from engine.runtime.dispatch import stop_job
from engine.runtime.ephemeral import Completed, JobStarted, NobodyAnswersError, Timekeeper
from engine.runtime.transaction import BatchTransaction, Operation
from engine.runtime.waiting import WITHIN_CALL


@dataclass(frozen=True, slots=True)
class Return:
    value: Any


@dataclass(frozen=True, slots=True)
class Throw:
    error: str
    cause: str | None = None


class Mocks(Protocol):
    """What a Task answers instead of running: by state and attempt (0 is the first)."""

    def answer(self, state_name: str, retry_count: int) -> Return | Throw | None: ...


@dataclass(slots=True)
class Tracer:
    """Keeps the last HTTP exchange of a Task."""

    reveal_secrets: bool = False
    trace: HttpTrace | None = None

    def note(self, trace: HttpTrace) -> None:
        self.trace = trace


@dataclass(frozen=True, slots=True)
class TasksInMemory:
    """`write` runs a local action in a transaction of its own, and waits where that says NotYet; None where there is no
    store (then it is refused)."""

    execution: Execution
    clock: Timekeeper
    actions: Actions
    callers: Mapping[str, RemoteCaller]
    write: Callable[[Operation], Awaitable[Any]] | None = None
    mocks: Mocks | None = None
    tracer: Tracer | None = None

    async def answer(self, branch: Branch, effect: CallService | OfferActivity) -> Any:
        """An AnswerTask of engine.runtime.ephemeral; each answer is awaited by an asyncio task of its own."""
        WITHIN_CALL.set(True)
        mocked = self.mocks.answer(branch.state, branch.retry_count) if self.mocks is not None else None
        if isinstance(mocked, Throw):
            raise StateError(mocked.error, mocked.cause)
        if mocked is not None:
            return Completed(mocked.value)
        if isinstance(effect, OfferActivity):
            raise NobodyAnswersError
        return await self._call(with_time_left(call_of(effect, self.execution), self.clock.moment().epoch_ms))

    async def _call(self, call: Call) -> Any:
        action = self.actions.find(call.service, call.action, call.sdk)
        if isinstance(action, RemoteAction):
            return await self._call_remote(call, caller_of(call, self.actions, self.callers))
        if isinstance(action, LocalAction) and self.write is not None:
            answer = await self.write(lambda tx: _perform(tx, action, call))
            if isinstance(answer, StateError):
                raise answer
            return answer
        if isinstance(action, LocalAction):
            raise StateError("States.Runtime", f"{call.resource} {_NEEDS_A_SERVER}")
        raise StateError("States.Runtime", f"No target for the resource '{call.resource}' is built into this server.")

    async def _call_remote(self, call: Call, caller: RemoteCaller) -> Any:
        if self.tracer is not None and isinstance(caller, TracedCaller):
            return await caller.call_traced(call, self.tracer.note, self.tracer.reveal_secrets)
        output = await caller.call(call)
        if call.pattern not in JOB_PATTERNS or not isinstance(caller, JobCaller):
            return output
        return JobStarted(output, lambda: _follow(caller, call, output))


_NEEDS_A_SERVER = (
    "is built into the server, which keeps what it changes: run the machine on one (statewright serve), "
    "or mock the state with --mock."
)


async def _follow(caller: JobCaller, call: Call, submitted: Any) -> Any:
    """Watch a job to its end. Where nobody waits for it any more, it is stopped."""
    try:
        return await caller.follow(call, submitted)
    except asyncio.CancelledError:
        await stop_job(caller, call, submitted)
        raise


def _perform(tx: BatchTransaction, action: LocalAction, call: Call) -> Any:
    """The batch is others' too: the error is returned."""
    try:
        return perform(tx, action, call)
    except StateError as error:
        return error

"""What the shell feeds into batches: timers that are due, calls that were answered, Express executions that ran.

Each function makes an operation: `feed(resume(key))`. What nobody waits for any more changes nothing, and what is told
twice is known the second time: so the shell may feed again what a lost batch took back, or what a crash left open.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from engine.contract import Call, NotYet, Recorded
from engine.core.signals import DeadlineReached, Resumed, StopRequested, TaskFailed, TimerFired
from engine.errors import StateError
from engine.runtime.after import DEADLINE, Job
from engine.runtime.calls import read_call
from engine.runtime.journal import READY_AT
from engine.runtime.loading import LOCAL
from engine.runtime.nesting import ANSWER, STOP_ROW, read_answer
from engine.runtime.publishing import publish_one
from engine.runtime.transaction import BatchTransaction
from engine.store import express_starts, tasks
from engine.store.rows import TaskRow

Given = ParamSpec("Given")
Told = TypeVar("Told")


def fed(
    verb: Callable[Concatenate[BatchTransaction, Given], Told],
) -> Callable[Given, Callable[[BatchTransaction], Told]]:
    """The function that takes all but the batch, and gives the operation."""

    @wraps(verb)
    def operation(*given: Given.args, **named: Given.kwargs) -> Callable[[BatchTransaction], Told]:
        return lambda tx: verb(tx, *given, **named)

    return operation


@dataclass(frozen=True, slots=True)
class Waited:
    """What a local call answers that has waited in vain."""

    answer: Any


# ---- time ----


@fed
def timer(tx: BatchTransaction, key: int, branch: int, due_ms: int) -> bool:
    """A timer of an execution is due: a branch's, its deadline, or a slice that has its turn."""
    if due_ms == READY_AT:
        return tx.post(key, Resumed())
    return tx.post(key, DeadlineReached() if branch == DEADLINE else TimerFired(branch, due_ms))


@fed
def resume(tx: BatchTransaction, key: int) -> bool:
    """An execution that had done enough in its last batch goes on."""
    return tx.post(key, Resumed())


# ---- calls ----


@fed
def call_answered(tx: BatchTransaction, key: int, branch: int, attempt: int, output: Any) -> bool:
    live = tx.live(key)
    return live is not None and tx.advancing.result(live, branch, attempt, output)


@fed
def call_submitted(tx: BatchTransaction, key: int, branch: int, attempt: int, call: Call, job: Job) -> bool:
    """A remote call has started a job. False: nobody waits for that."""
    live = tx.live(key)
    if live is None:
        return False
    rows = tasks.of_execution(tx.connection, key) if live.stored else []
    if any((row.branch, row.attempt, row.status) == (branch, attempt, "STARTED") for row in rows):
        return True
    return tx.advancing.submitted(live, branch, attempt, call, job)


@fed
def call_failed(tx: BatchTransaction, key: int, branch: int, attempt: int, error: StateError) -> bool:
    return tx.post(key, TaskFailed(branch, attempt, error.name, error.cause))


@fed
def perform_local(tx: BatchTransaction, key: int, branch: int, attempt: int) -> bool | NotYet:
    """A local call that was put off to this batch. NotYet: what it would answer, a `Waited`, comes later."""
    live = tx.live(key)
    row = _task(tx, key, branch, attempt) if live is not None else None
    if live is None or row is None or row.kind != LOCAL:
        return False  # it was made before, and may be waited for by now
    tx.advancing.perform(live, branch, attempt, read_call(row.payload))
    not_yet = tx.advancing.calling.not_yet(key, branch, attempt)
    return True if not_yet is None else replace(not_yet, answer=Waited(not_yet.answer))


# ---- nested executions ----


@fed
def take_answer(tx: BatchTransaction, key: int, branch: int, attempt: int) -> bool:
    """How a child ended, which was left to this batch."""
    row = _task(tx, key, branch, attempt)
    return row is not None and row.kind == ANSWER and tx.post(key, read_answer(row.payload, branch, attempt))


@fed
def stop_child(tx: BatchTransaction, key: int) -> None:
    """A child that nobody waits for any more, which was left to this batch."""
    row = _task(tx, key, STOP_ROW, 0)
    live = tx.live(key)
    if row is not None:
        tasks.delete_many(tx.connection, [(key, STOP_ROW)])
    if row is not None and live is not None:
        tx.advancing.signal(live, StopRequested(None, row.payload))


def _task(tx: BatchTransaction, key: int, branch: int, attempt: int) -> TaskRow | None:
    rows = tasks.of_execution(tx.connection, key)
    return next((found for found in rows if (found.branch, found.attempt) == (branch, attempt)), None)


# ---- Express executions ----


@fed
def express_ran(tx: BatchTransaction, one: Recorded) -> None:
    """An Express execution has ended: its history, which is not kept, goes to those who asked for it."""
    publish_one(tx, tx.extensions.sinks, one)


@fed
def express_ended(tx: BatchTransaction, key: int, one: Recorded | None = None) -> None:
    """An asynchronous Express execution ran to its end: it need not be run again."""
    if one is not None:
        publish_one(tx, tx.extensions.sinks, one)
    express_starts.delete_many(tx.connection, [key])

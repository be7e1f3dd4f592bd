"""Sending remote calls: after the commit that wrote them down, as many at once as the limit allows.

A call that is cancelled (its Task timed out, its execution was stopped) is cancelled here too. Its answer goes back
as an operation of the next batch; while a batch cannot be committed, the answer is kept and offered again, for it
must not be lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from engine import limits
from engine.contract import RemoteCaller
from engine.errors import ServiceError, StateError
from engine.runtime.after import DueCall
from engine.runtime.calls import with_time_left
from engine.runtime.transaction import Operation

log = logging.getLogger("statewright.dispatch")

RETRY_SECONDS = 1.0  # between offers of an answer that could not be committed


class Dispatcher:
    """Runs in the task group of the shell; `post` runs an operation in the next batch."""

    def __init__(
        self,
        callers: Mapping[str, RemoteCaller],
        post: Callable[[Operation], Awaitable[Any]],
        now_ms: Callable[[], int],
    ):
        self._callers = callers
        self._post = post
        self._now_ms = now_ms
        self._slots = asyncio.Semaphore(limits.REMOTE_CALLS_QUEUED_MAX)
        self._running: dict[tuple[int, int, int], asyncio.Task[None]] = {}
        self._closed = False

    def send(self, due: DueCall) -> None:
        """Send a call, unless it is under way."""
        name = (due.key, due.branch, due.attempt)
        if name not in self._running and not self._closed:
            task = asyncio.get_running_loop().create_task(self._send(due))
            self._running[name] = task
            task.add_done_callback(lambda done: self._ended(name, done))

    def cancel(self, key: int, branch: int, attempt: int) -> None:
        task = self._running.get((key, branch, attempt))
        if task is not None:
            task.cancel()

    @property
    def under_way(self) -> int:
        return len(self._running)

    async def close(self) -> None:
        """Let go of what is under way: the store has it, and the next start sends it again."""
        self._closed = True
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, name: tuple[int, int, int], task: asyncio.Task[None]) -> None:
        self._running.pop(name, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a remote call ended on an error of ours", exc_info=error)

    async def _send(self, due: DueCall) -> None:
        key, branch, attempt = due.key, due.branch, due.attempt
        try:
            async with self._slots:
                output = await self._call(due)
        except StateError as error:
            await self._fail(due, error)
            return
        try:
            await self._deliver(lambda tx: tx.call_answered(key, branch, attempt, output))
        except Exception:  # else the Task would wait for ever
            log.exception("the answer to a call of %s could not be taken on an error of ours", due.call.resource)
            await self._fail(due, StateError("States.Runtime", "The answer failed inside the server; see its log."))

    async def _fail(self, due: DueCall, error: StateError) -> None:
        await self._deliver(lambda tx: tx.call_failed(due.key, due.branch, due.attempt, error))

    async def _call(self, due: DueCall) -> Any:
        caller = self._callers.get(due.call.service)
        if caller is None:
            raise StateError("States.Runtime", f"No target for the resource '{due.call.resource}' is configured.")
        if due.again and caller.at_most_once(due.call):
            raise StateError(
                "States.TaskFailed",
                "The call was sent before the server stopped and its answer is lost; "
                "its target is marked at_most_once, so it was not sent again.",
            )
        try:
            return await caller.call(with_time_left(due.call, self._now_ms()))
        except (StateError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("a call of %s ended on an error of ours", due.call.resource)
            raise StateError("States.Runtime", "The call failed inside the server; see its log.") from None

    async def _deliver(self, operation: Operation) -> None:
        while True:
            try:
                await self._post(operation)
                return
            except ServiceError as error:
                log.warning("an answer could not be committed, and is offered again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

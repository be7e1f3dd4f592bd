"""Sending remote calls: after the commit that wrote them down, as many at once as the limit allows.

A call that is cancelled (its Task timed out, its execution was stopped) is cancelled here too. Its answer goes back
as an operation of the next batch; while a batch cannot be committed, the answer is kept and offered again, for it
must not be lost.

A call that starts a job is never cancelled while it starts: only its answer tells which job to stop. Once that is
committed the job is followed, here or, after a crash, by the next process; the watching is cancelled like a call, and
the job is asked to stop then.

Local calls that were put off are made here too: they may have to wait (a receiver at an empty queue), and are then
cancelled like the others.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from engine import limits
from engine.contract import Actions, Call, JobCaller, RemoteCaller
from engine.errors import ServiceError, StateError
from engine.runtime.after import DueCall, Job
from engine.runtime.calls import JOB_PATTERNS, caller_of, with_time_left
from engine.runtime.endings import Endings
from engine.runtime.happenings import Waited, call_answered, call_failed, call_submitted, perform_local
from engine.runtime.transaction import Operation
from engine.runtime.waiting import WITHIN_CALL

log = logging.getLogger("statewright.dispatch")

RETRY_SECONDS = 1.0  # between offers of an answer that could not be committed


class Dispatcher:
    """Runs in the task group of the shell; `post` runs an operation in the next batch."""

    def __init__(
        self,
        actions: Actions,
        callers: Mapping[str, RemoteCaller],
        post: Callable[[Operation], Awaitable[Any]],
        now_ms: Callable[[], int],
    ):
        self._actions = actions
        self._callers = callers
        self._post = post
        self._now_ms = now_ms
        self._slots = asyncio.Semaphore(limits.REMOTE_CALLS_QUEUED_MAX)
        self._jobs = asyncio.Semaphore(limits.JOBS_FOLLOWED_MAX)
        self._running: dict[tuple[int, int, int], asyncio.Task[None]] = {}
        self._following: dict[tuple[int, int, int], tuple[JobCaller, Call, Job]] = {}
        self._again: set[tuple[int, int, int]] = set()  # local calls that were put off again while they were made
        self._starting: set[tuple[int, int, int]] = set()
        self._stopping: set[asyncio.Task[None]] = set()
        self._closed = False
        self.endings = Endings()

    def send(self, due: DueCall) -> None:
        """Send a call, unless it is under way."""
        self._run((due.key, due.branch, due.attempt), self._send(due))

    def send_again(self, due: DueCall) -> None:
        """A call that the store had without an answer when it was read; it may have got one since."""
        if (due.key, due.branch, due.attempt) not in self.endings:
            self.send(due)

    def _run(self, name: tuple[int, int, int], work: Coroutine[Any, Any, None]) -> None:
        if name in self._running or self._closed:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._running[name] = task
        task.add_done_callback(lambda done: self._ended(name, done))

    def perform(self, key: int, branch: int, attempt: int) -> None:
        """Make a local call that was put off; it may have to wait. Where it is being made, once more after that."""
        name = (key, branch, attempt)
        if name in self._running:
            self._again.add(name)
        else:
            self._run(name, self._perform(key, branch, attempt))

    def cancel(self, key: int, branch: int, attempt: int) -> None:
        name = (key, branch, attempt)
        self._again.discard(name)
        task = self._running.get(name)
        if task is None or name in self._starting:
            return
        task.cancel()
        if name in self._following:
            stopping = asyncio.get_running_loop().create_task(_stop(*self._following[name]))
            self._stopping.add(stopping)
            stopping.add_done_callback(self._stopping.discard)

    @property
    def under_way(self) -> int:
        return len(self._running)

    @property
    def unanswered(self) -> int:
        """Calls under way, without the jobs that are only watched."""
        return len(self._running) - len(self._following)

    async def forget(self) -> None:
        """Cancel what is under way: nobody waits for it any more."""
        for name in list(self._running):
            self.cancel(*name)
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def close(self) -> None:
        """Let go of what is under way: the store has it, and the next start sends it again."""
        self._closed = True
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._stopping, return_exceptions=True)

    def _ended(self, name: tuple[int, int, int], task: asyncio.Task[None]) -> None:
        self._running.pop(name, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a call ended on an error of ours", exc_info=error)
        else:
            self.endings.note(name)
        if name in self._again:
            self._again.discard(name)
            self.perform(*name)

    async def _perform(self, key: int, branch: int, attempt: int) -> None:
        """Its answer is committed with what the call does. A batch that was lost is recovered by the shell."""
        WITHIN_CALL.set(True)
        try:
            done = await self._post(perform_local(key, branch, attempt))
        except ServiceError as error:
            log.warning("a call could not be made, and is made again: %s", error)
            return
        if isinstance(done, Waited):
            await self._deliver(call_answered(key, branch, attempt, done.answer))

    async def _send(self, due: DueCall) -> None:
        key, branch, attempt = due.key, due.branch, due.attempt
        WITHIN_CALL.set(True)
        try:
            caller = caller_of(due.call, self._actions, self._callers)
            if due.call.pattern in JOB_PATTERNS and isinstance(caller, JobCaller):
                job = due.job or await self._start(due, caller)
                if job is None:
                    return
                output = await self._follow(due, caller, job)
            else:
                async with self._slots:
                    output = await self._call(due, caller)
        except StateError as error:
            await self._fail(due, error)
            return
        try:
            await self._deliver(call_answered(key, branch, attempt, output))
        except Exception:  # else the Task would wait for ever
            log.exception("the answer to a call of %s could not be taken on an error of ours", due.call.resource)
            await self._fail(due, StateError("States.Runtime", "The answer failed inside the server; see its log."))

    async def _fail(self, due: DueCall, error: StateError) -> None:
        await self._deliver(call_failed(due.key, due.branch, due.attempt, error))

    async def _start(self, due: DueCall, caller: JobCaller) -> Job | None:
        """Start a job and commit that it is started; None where nobody waits for it any more."""
        name = (due.key, due.branch, due.attempt)
        self._starting.add(name)
        try:
            async with self._slots:
                job = Job(await self._call(due, caller))
            if await self._deliver(call_submitted(*name, due.call, job)):
                return job
            await stop_job(caller, due.call, job.submitted)
            return None
        finally:
            self._starting.discard(name)

    async def _follow(self, due: DueCall, caller: JobCaller, job: Job) -> Any:
        name = (due.key, due.branch, due.attempt)
        self._following[name] = (caller, due.call, job)
        try:
            async with self._jobs:
                return await _mapped(due, caller.follow(with_time_left(due.call, self._now_ms()), job.submitted))
        finally:
            self._following.pop(name, None)

    async def _call(self, due: DueCall, caller: RemoteCaller) -> Any:
        if due.again and caller.at_most_once(due.call):
            raise StateError(
                "States.TaskFailed",
                "The call was sent before the server stopped and its answer is lost; "
                "its target is marked at_most_once, so it was not sent again.",
            )
        return await _mapped(due, caller.call(with_time_left(due.call, self._now_ms())))

    async def _deliver(self, operation: Operation) -> Any:
        while True:
            try:
                return await self._post(operation)
            except ServiceError as error:
                log.warning("an answer could not be committed, and is offered again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)


async def _mapped(due: DueCall, answer: Awaitable[Any]) -> Any:
    """What a caller answers; an error of its own ends the Task, and never goes unseen."""
    try:
        return await answer
    except (StateError, asyncio.CancelledError):
        raise
    except Exception:
        log.exception("a call of %s ended on an error of ours", due.call.resource)
        raise StateError("States.Runtime", "The call failed inside the server; see its log.") from None


async def _stop(caller: JobCaller, call: Call, job: Job) -> None:
    await stop_job(caller, call, job.submitted)


async def stop_job(caller: JobCaller, call: Call, submitted: Any) -> None:
    """Ask for the end of a job that nobody waits for any more. As on AWS that is tried once, and promised to nobody."""
    try:
        async with asyncio.timeout(limits.JOB_STOP_SECONDS_MAX):
            await caller.stop(call, submitted)
    except Exception as error:
        log.warning("a job of %s could not be stopped: %s", call.resource, error or type(error).__name__)

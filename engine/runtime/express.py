"""Express executions: run in memory, on the event loop.

A synchronous one runs at most once and its caller waits for it. An asynchronous one was written down when it was
acknowledged; it runs until it has ended, again after a crash: at least once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from engine import limits
from engine.contract import Actions, LogSettings, Recorded, RemoteCaller
from engine.core.execution import Execution
from engine.errors import ServiceError
from engine.runtime.after import UNSTORED, ExpressStart, express_start
from engine.runtime.clock import Clock
from engine.runtime.directory import CompiledMachines
from engine.runtime.endings import Endings
from engine.runtime.ephemeral import EphemeralRun, Timekeeper
from engine.runtime.express_child import ExpressChild
from engine.runtime.express_log import ExpressLog
from engine.runtime.happenings import express_ended, express_ran
from engine.runtime.loading import new_execution
from engine.runtime.log_settings import log_settings
from engine.runtime.protocol import SyncResult
from engine.runtime.tasks_in_memory import TasksInMemory
from engine.runtime.transaction import Operation
from engine.runtime.waiting import WITHIN_CALL, Waiting
from engine.store.rows import MachineRow

log = logging.getLogger("statewright.express")

RETRY_SECONDS = 1.0


class ExpressRuns:
    def __init__(
        self,
        actions: Actions,
        callers: Mapping[str, RemoteCaller],
        clock: Clock,
        waiting: Waiting,
        post: Callable[[Operation], Awaitable[Any]],
    ):
        self._actions = actions
        self._callers = callers
        self._clock = Timekeeper(clock, waiting=waiting)
        self._held_up_clock = Timekeeper(clock, waiting=waiting, held_up=True)
        self._post = post
        self._compiled = CompiledMachines()
        self._slots = asyncio.Semaphore(limits.EXPRESS_RUNS_MAX)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._runs: dict[str, EphemeralRun] = {}  # by ARN
        self._nested: set[str] = set()  # of those, the ones that a Task's call waits for
        self._closed = False
        self.endings = Endings()

    @property
    def in_memory(self) -> int:
        """Executions that run, and the calls that they wait for; not those that are themselves part of a call."""
        return sum((arn not in self._nested) + run.calls for arn, run in self._runs.items())

    async def run_sync(self, machine: MachineRow, arn: str, name: str, input_text: str) -> SyncResult:
        if self._slots.locked():
            raise ServiceError("ThrottlingException", "Rate exceeded")
        async with self._slots:
            execution, events = await self._run(express_start(machine, UNSTORED, arn, name, input_text))
        if events is not None:
            await self._log(events)
        return SyncResult(
            arn=arn,
            name=name,
            status=execution.status,
            start_ms=execution.start_ms,
            stop_ms=execution.stop_ms or execution.start_ms,
            input=input_text,
            output=execution.output_text,
            error=execution.error,
            cause=execution.cause,
        )

    def start(self, start: ExpressStart) -> None:
        """Run an asynchronous execution, when there is room; unless it runs."""
        if start.key not in self._running and not self._closed:
            task = asyncio.create_task(self._run_started(start))
            self._running[start.key] = task
            task.add_done_callback(lambda _: self._running.pop(start.key, None))

    def start_again(self, start: ExpressStart) -> None:
        """One that the store had without an end when it was read; it may have ended since, and never runs again."""
        if start.key not in self.endings:
            self.start(start)

    async def forget(self) -> None:
        """End the asynchronous executions; what is left of them in the store runs again at the next start."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        self._closed = True
        await self.forget()

    async def _run_started(self, start: ExpressStart) -> None:
        try:
            async with self._slots:
                _, events = await self._run(start)
            await self._note_end(start.key, events)
            self.endings.note(start.key)
        except Exception:
            log.exception(
                "the Express execution %s ended on an error of ours; it runs again at the next start", start.arn
            )

    async def _log(self, events: Recorded) -> None:
        """The execution has ended, whether its log can be written or not."""
        try:
            await self._post(express_ran(events))
        except ServiceError as error:
            log.warning("the log of the Express execution %s could not be written: %s", events.execution_arn, error)

    async def _note_end(self, key: int, events: Recorded | None) -> None:
        """While that cannot be committed it is tried again: else the execution would run again for nothing.

        Its log goes with it, so that a run that is cut off by a crash, and made again, is not told twice.
        """
        while True:
            try:
                await self._post(express_ended(key, events))
                return
            except ServiceError as error:
                log.warning("the end of an Express execution could not be committed, and is noted again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _run(self, start: ExpressStart) -> tuple[Execution, Recorded | None]:
        """The execution that has ended, and what of its history is still to be logged."""
        machine = self._compiled.get(start.revision, start.definition, "EXPRESS")
        held_up = start.key == UNSTORED and not WITHIN_CALL.get()
        clock = self._held_up_clock if held_up else self._clock
        now_ms = clock.moment().epoch_ms
        seconds = min(machine.timeout_seconds or limits.EXPRESS_SECONDS_MAX, limits.EXPRESS_SECONDS_MAX)
        execution = new_execution(
            arn=start.arn,
            name=start.name,
            machine=machine,
            role_arn=start.role_arn,
            input_text=start.input_text,
            start_ms=now_ms,
            deadline_ms=now_ms + seconds * 1000,
            express=True,
            version=start.version,
            alias=start.alias,
        )
        return await self._to_its_end(execution, clock, log_settings(start.logging))

    async def run_child(self, child: ExpressChild) -> tuple[Execution, Recorded | None]:
        """A child of a Map Run, run to its end, and what of its history is still to be logged."""
        now_ms = self._clock.moment().epoch_ms
        execution = new_execution(
            arn=child.arn,
            name=child.name,
            machine=self._compiled.get(child.revision, child.definition, "STANDARD"),
            role_arn=child.role_arn,
            input_text=child.input_text,
            start_ms=now_ms,
            deadline_ms=now_ms + limits.EXPRESS_SECONDS_MAX * 1000,
            express=True,
        )
        execution.root_flow = child.flow
        return await self._to_its_end(execution, self._clock, log_settings(child.logging))

    async def _to_its_end(
        self, execution: Execution, clock: Timekeeper, logging: LogSettings | None
    ) -> tuple[Execution, Recorded | None]:
        tasks = TasksInMemory(execution, clock, self._actions, self._callers, self._post)
        if logging is None:
            await self._run_in_memory(EphemeralRun(execution, clock, tasks.answer))
            return execution, None
        book = ExpressLog(execution, logging)
        between = partial(book.write_if_large, self._post)
        await self._run_in_memory(EphemeralRun(execution, clock, tasks.answer, book.take, between))
        return execution, book.part()

    async def _run_in_memory(self, run: EphemeralRun) -> None:
        arn = run.execution.arn
        self._runs[arn] = run
        if WITHIN_CALL.get():
            self._nested.add(arn)
        try:
            await run.run()
        finally:
            self._runs.pop(arn, None)
            self._nested.discard(arn)

"""The durable shell: the kernel on its writer thread, and around it, on the event loop, all that waits.

    request -> writer thread (a batch, one commit) -> what follows from it (engine.runtime.following), then the answers

Nothing leaves before its commit. Here are the doors' side, and start and end.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from engine import limits
from engine.contract import Actions, Caller, NotYet, RemoteCaller, Transaction
from engine.errors import ServiceError
from engine.runtime import operating, recovery, redriving
from engine.runtime.clock import Clock
from engine.runtime.extensions import NOTHING_ADDED, Extensions
from engine.runtime.following import Following
from engine.runtime.housekeeping import keep_house
from engine.runtime.kernel import Answer, Kernel, Request
from engine.runtime.long_polls import LongPoll, Place
from engine.runtime.ownership import keep_lease
from engine.runtime.pollers import Pollers, activity_topic
from engine.runtime.protocol import ClaimedTask, ReadTransaction, SyncResult
from engine.runtime.reader import Reader, Reading
from engine.runtime.retention import retention
from engine.runtime.state_test import StateTest, StateTestResult, StateTests
from engine.runtime.threads import BatchThread
from engine.runtime.transaction import Operation
from engine.runtime.waiting import Waiting, WallWaiting
from engine.runtime.workers import Workplace, keep_at_work
from engine.store import outbox
from engine.store.database import Database
from engine.store.leases import Lease
from engine.store.rows import ExecutionRow, MachineRow

log = logging.getLogger("statewright.runtime")


class Shell:
    """Implements engine.runtime.protocol.Runtime. Made by `open_shell`."""

    def __init__(
        self,
        database: Database,
        lease: Lease,
        actions: Actions,
        callers: Mapping[str, RemoteCaller],
        clock: Clock,
        on_fatal: Callable[[BaseException], None],
        extensions: Extensions = NOTHING_ADDED,
        waiting: Waiting | None = None,
    ):
        self._clock = clock
        self._waiting = waiting or WallWaiting(clock)
        self._lease = lease
        self._kernel = Kernel(database, lease, actions, clock, extensions)
        self._writer: BatchThread[Request, Answer] = BatchThread("statewright-writer", self._process, on_fatal)
        answering = Reader(database, clock, extensions).answer
        self._reader: BatchThread[Reading, Answer] = BatchThread("statewright-reader", answering, on_fatal)
        self._loop = asyncio.get_running_loop()
        self._following = Following(
            database,
            actions,
            callers,
            clock,
            self._waiting,
            extensions,
            post=self.post,
            feed=self._feed,
            read=self.read,
        )
        self._long_polls = self._following.long_polls
        self._pollers = Pollers()
        self._state_tests = StateTests(actions, callers, clock, self._waiting, self.post)
        self._upkeep = (*extensions.upkeep, redriving.UPKEEP, retention())
        self._workers = extensions.workers
        self._workplace = Workplace(self._write_within, extensions.calls, self._waiting, extensions.objects)
        self._on_fatal = on_fatal
        self._keepers: list[asyncio.Task[None]] = []

    # ---- engine.runtime.protocol.Runtime ----

    async def write(self, operation: Operation, size_bytes: int = 0, savepoint: bool = True) -> Any:
        value = await self._ask(Request(operation, savepoint), size_bytes)
        return value if type(value) is not Place else await self._held_up(value, operation, savepoint).answer()

    async def write_at_once(self, operation: Operation, size_bytes: int = 0, savepoint: bool = True) -> Any:
        value = await self._ask(Request(operation, savepoint), size_bytes)
        return value if type(value) is not Place else self._held_up(value, operation, savepoint)

    async def read(self, operation: Callable[[ReadTransaction], Any]) -> Any:
        return _value(await self._reader.submit(operation))

    async def poll_activity(self, activity_arn: str, worker_name: str | None) -> ClaimedTask | None:
        not_yet = NotYet(activity_topic(activity_arn), None, round(limits.ACTIVITY_POLL_SECONDS * 1000))
        with self._pollers.one_more(activity_arn):
            claimed = await self.write(lambda tx: tx.claim_task(activity_arn, worker_name) or not_yet)
        return claimed if isinstance(claimed, ClaimedTask) else None

    async def run_express(self, machine: MachineRow, arn: str, name: str, input_text: str) -> SyncResult:
        return await self._following.express.run_sync(machine, arn, name, input_text)

    async def test_state(self, caller: Caller, test: StateTest) -> StateTestResult:
        return await self._state_tests.run(caller, test)

    # ---- for the doors ----

    async def post(self, operation: Operation) -> Any:
        """An operation of the engine's own: never refused for a full queue."""
        value = await self._ask(Request(operation, savepoint=False), bounded=False)
        return value if type(value) is not Place else await self._held_up(value, operation, False).answer()

    async def _write_within(self, operation: Callable[[Transaction], Any]) -> Any:
        """For workers: in a savepoint, and never refused for a full queue."""
        value = await self._ask(Request(operation), bounded=False)
        return value if type(value) is not Place else await self._held_up(value, operation, True).answer()

    async def _ask(self, request: Request, size_bytes: int = 0, bounded: bool = True) -> Any:
        """The answer of its batch; the place that the request has got, where that is NotYet."""
        try:
            value = _value(await self._writer.submit(request, size_bytes, bounded=bounded))
        except asyncio.CancelledError:
            request.gone = True
            if request.place is not None:
                self._long_polls.leave(request.place)
            raise
        return request.place if type(value) is NotYet else value

    def _held_up(self, place: Place, operation: Operation, savepoint: bool) -> LongPoll:
        async def ask(before: Place) -> Any:
            return await self._ask(Request(operation, savepoint, before), bounded=False)

        return LongPoll(self._long_polls, place, ask)

    async def waiting_tasks(self, row: ExecutionRow) -> list[dict[str, Any]]:
        """What a running execution waits for others to do, with the tokens that answer it."""
        found = await self.write(lambda tx: operating.waiting_tasks(tx, row), savepoint=False)
        return list(found)

    async def database_ok(self) -> bool:
        return bool(await self.read(lambda tx: tx.connection.exec_driver_sql("SELECT 1").scalar_one()))

    async def reset(self) -> None:
        """Forget everything that users made."""
        await self.write(operating.reset, savepoint=False)

    # ---- for tests that steer the clock ----

    def under_way(self) -> list[str]:
        """What is being done now, in words; empty when the shell only waits for time or for somebody outside.

        Counts those that sleep with the rest: `work_in_memory` says how many may.
        """
        found = {
            "commits": self._writer.busy,
            "reads": self._reader.busy,
            **self._following.busy,
        }
        return [name for name, busy in found.items() if busy]

    def work_in_memory(self) -> int:
        """Calls of functions and services, Express executions and their calls, deliveries, what workers call: each
        works, or sleeps until a time."""
        actors = self._following
        called = actors.dispatcher.unanswered + actors.outbox.under_way + self._workplace.calling
        return called + actors.express.in_memory

    async def next_due_ms(self, until_ms: int) -> int | None:
        """The first time, after now, for which the store has something to do."""

        def look(tx: ReadTransaction) -> list[int]:
            now_ms = tx.moment.epoch_ms
            timers = recovery.due_timers(tx.connection, now_ms, until_ms, 1)
            delivery = outbox.next_due_ms(tx.connection, now_ms)
            return [timer[0] for timer in timers] + ([delivery] if delivery is not None else [])

        dues = await self.read(look)
        due_ms = self._long_polls.next_due_ms()
        return min(dues if due_ms is None else [*dues, due_ms], default=None)

    async def forget_everything(self) -> None:
        """`reset`, and what runs in memory ended too."""
        await self.reset()
        await self._following.forget()

    def gauges(self) -> list[tuple[str, str, float]]:
        """(name, help, value) for the metrics page."""
        return [
            ("writer_queue", "Requests that wait for a commit", self._writer.queued),
            ("cached_executions", "Executions in memory", self._kernel.cached_executions),
            ("polling_workers", "Workers that wait for a task of an activity", self._pollers.count),
            *self._following.gauges(),
        ]

    # ---- the writer's thread ----

    def _process(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """A batch, and what follows from it handed to the loop before the answers."""
        answers, after = self._kernel.process(requests)
        self._loop.call_soon_threadsafe(self._following.follow, after)
        return answers

    def _feed(self, operation: Operation) -> "asyncio.Future[Answer] | None":
        """An operation whose answer nobody needs: if its batch is lost, the store still has what it is for."""
        try:
            future = self._writer.submit(Request(operation, savepoint=False), bounded=False)
        except ServiceError:
            return None  # closing: the store has it
        future.add_done_callback(_log_failure)
        return future

    # ---- start and end ----

    async def begin(self) -> None:
        await asyncio.to_thread(self._following.take_up_open)
        workers = [keep_at_work(worker, self._workplace) for worker in self._workers]
        houses = [keep_house(upkeep, self.post) for upkeep in self._upkeep]
        for keeper in [*self._following.keepers(), keep_lease(self._lease, self.post), *workers, *houses]:
            task = asyncio.create_task(keeper)
            task.add_done_callback(self._keeper_ended)
            self._keepers.append(task)

    def _keeper_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the engine cannot go on", exc_info=error)
            self._on_fatal(error)

    async def close(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await self._following.close()
        await self._writer.close()
        await self._reader.close()


@asynccontextmanager
async def open_shell(
    database: Database,
    lease: Lease,
    actions: Actions,
    callers: Mapping[str, RemoteCaller],
    clock: Clock,
    on_fatal: Callable[[BaseException], None],
    extensions: Extensions = NOTHING_ADDED,
    waiting: Waiting | None = None,
) -> AsyncIterator[Shell]:
    """The running shell over an upgraded, leased database; closed with what it has under way kept in the store."""
    shell = Shell(database, lease, actions, callers, clock, on_fatal, extensions, waiting)
    try:
        await shell.begin()
        yield shell
    finally:
        await shell.close()


def _value(answer: Answer) -> Any:
    if answer.error is not None:
        raise answer.error
    return answer.value


def _log_failure(future: "asyncio.Future[Answer]") -> None:
    if future.cancelled() or future.exception() is not None:
        return
    error = future.result().error
    if error is not None:
        log.error("a step of the engine failed: %s", error)

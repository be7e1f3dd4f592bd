"""The durable shell: the kernel on its writer thread, and around it, on the event loop, all that waits.

    request -> writer thread (a batch, one commit) -> answers; timers armed, calls sent, workers woken, turns taken

Nothing leaves before its commit. After a start it takes up what the store has open: overdue timers, calls without an
answer, branches in the middle of a slice, Express executions that were acknowledged. It does the same after a batch
that was lost (a full disk, a database that went away), for what followed from it, or led to it, is in the store only.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from engine import limits
from engine.contract import Actions, Caller, NotYet, RemoteCaller, Transaction
from engine.errors import ServiceError
from engine.runtime import operating, recovery, redriving
from engine.runtime.after import AfterCommit
from engine.runtime.clock import Clock
from engine.runtime.dispatch import Dispatcher
from engine.runtime.express import ExpressRuns
from engine.runtime.express_children import ExpressChildren
from engine.runtime.extensions import NOTHING_ADDED, Extensions
from engine.runtime.happenings import resume, stop_child, take_answer
from engine.runtime.housekeeping import keep_house
from engine.runtime.item_reads import ItemReads
from engine.runtime.kernel import Answer, Kernel, Request
from engine.runtime.long_polls import LongPoll, LongPolls, Place
from engine.runtime.map_run_happenings import continue_map_run, stop_children
from engine.runtime.outbox import OutboxRunner
from engine.runtime.ownership import keep_lease
from engine.runtime.pollers import Pollers, activity_topic
from engine.runtime.protocol import ClaimedTask, ReadTransaction, SyncResult
from engine.runtime.result_exports import ResultExports
from engine.runtime.snapshots import Snapshot
from engine.runtime.state_test import StateTest, StateTestResult, StateTests
from engine.runtime.threads import BatchThread
from engine.runtime.timekeeper import Timekeeper
from engine.runtime.transaction import Operation
from engine.runtime.waiting import Waiting, WallWaiting
from engine.runtime.workers import Workplace, keep_at_work
from engine.store import outbox
from engine.store.database import Database
from engine.store.leases import Lease
from engine.store.rows import ExecutionRow, MachineRow

log = logging.getLogger("statewright.runtime")

RETRY_SECONDS = 1.0  # before a store that failed is asked again


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
        self._database = database
        self._clock = clock
        self._waiting = waiting or WallWaiting(clock)
        self._lease = lease
        self._kernel = Kernel(database, lease, actions, clock, extensions)
        self._writer: BatchThread[Request, Answer] = BatchThread("statewright-writer", self._process, on_fatal)
        self._reader: BatchThread[Callable[[ReadTransaction], Any], Answer] = BatchThread(
            "statewright-reader", self._read, on_fatal
        )
        self._loop = asyncio.get_running_loop()
        self._dispatcher = Dispatcher(actions, callers, self.post, lambda: clock.moment().epoch_ms)
        self._long_polls = LongPolls(clock, self._waiting)
        self._pollers = Pollers()
        self._express = ExpressRuns(actions, callers, clock, self._waiting, self.post)
        self._children = ExpressChildren(self._express.run_child, self.read, self.post)
        self._exports = ResultExports(database, extensions.objects, self.post)
        self._item_reads = ItemReads(extensions.objects, self.post)
        self._state_tests = StateTests(actions, callers, clock, self._waiting, self.post)
        self._outbox = OutboxRunner(extensions.outbox, clock, self._waiting, self.read, self.post)
        self._upkeep = (*extensions.upkeep, redriving.UPKEEP)
        self._extensions = extensions
        self._timekeeper = Timekeeper(clock, self._waiting, self.read, self._feed)
        self._workplace = Workplace(self._write_within, extensions.calls, self._waiting)
        self._lost = asyncio.Event()
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

    async def run_express(
        self, caller: Caller, machine: MachineRow, arn: str, name: str, input_text: str, trace_header: str | None
    ) -> SyncResult:
        return await self._express.run_sync(machine, arn, name, input_text)

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
            "timers": not self._timekeeper.at_rest,
            "deliveries of the outbox": not self._outbox.at_rest,
            "Express children that begin": not self._children.at_rest,
            "results of Map Runs": not self._exports.at_rest,
            "items of Map Runs": not self._item_reads.at_rest,
        }
        return [name for name, busy in found.items() if busy]

    def work_in_memory(self) -> int:
        """Calls of functions and services, Express executions and their calls, deliveries, what workers call: each
        works, or sleeps until a time."""
        called = self._dispatcher.unanswered + self._outbox.under_way + self._workplace.calling
        return called + self._express.in_memory

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
        await self._dispatcher.forget()
        await self._exports.forget()
        await self._item_reads.forget()
        await self._children.forget()
        await self._express.forget()
        self._timekeeper.rewind()
        self._outbox.wake()

    def gauges(self) -> list[tuple[str, str, float]]:
        """(name, help, value) for the metrics page."""
        return [
            ("writer_queue", "Requests that wait for a commit", self._writer.queued),
            ("cached_executions", "Executions in memory", self._kernel.cached_executions),
            ("near_timers", "Timers in memory", self._timekeeper.near),
            ("polling_workers", "Workers that wait for a task of an activity", self._pollers.count),
            ("long_polls", "Requests that wait for something to come", self._long_polls.waiting_count),
            ("outbox_waiting", "Deliveries that wait to be made", self._outbox.waiting),
            ("express_children_waiting", "Express children of Map Runs that wait for room", self._children.waiting),
            ("remote_calls", "Calls of functions under way", self._dispatcher.under_way),
        ]

    # ---- the threads' work ----

    def _process(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """On the writer thread: a batch, and what follows from it handed to the loop before the answers."""
        answers, after = self._kernel.process(requests)
        self._loop.call_soon_threadsafe(self._follow, after)
        return answers

    def _read(self, operations: Sequence[Callable[[ReadTransaction], Any]]) -> Sequence[Answer]:
        """On the reader thread: one snapshot for all that was asked."""
        try:
            with self._database.reader() as connection:
                snapshot = Snapshot(connection, self._clock.moment(), self._extensions)
                return [_read_one(snapshot, operation) for operation in operations]
        except Exception as error:
            if len(operations) > 1:  # alone it fails alone
                return [answer for operation in operations for answer in self._read([operation])]
            log.exception("the store could not be read")
            if not isinstance(error, SQLAlchemyError):
                return [Answer(error=error)]
            text = "The database could not be read; try again."
            return [Answer(error=ServiceError("ServiceUnavailable", text, 503))]

    # ---- after a commit ----

    def _follow(self, after: AfterCommit) -> None:
        for cancelled in after.cancelled:
            self._dispatcher.cancel(*cancelled)
        for due in after.calls:
            self._dispatcher.send(due)
        for request, not_yet in after.waiting:
            if not request.gone:
                request.place = self._long_polls.enter(not_yet, request.before)
        for topic, count in after.wakes.items():
            self._long_polls.wake(topic, count)
        for activity_arn in after.offers:
            self._long_polls.wake(activity_topic(activity_arn))
        for start in after.express:
            self._express.start(start)
        self._children.start(after.express_children)
        self._children.stop(after.express_stopped)
        self._exports.start(after.exports)
        for read in after.reads:
            self._item_reads.start(read)
        for key in dict.fromkeys(after.resumes):
            self._feed(resume(key))
        for local_call in after.local_calls:
            self._dispatcher.perform(*local_call)
        for answer in after.answers:
            self._feed(take_answer(*answer))
        for key in after.unwanted:
            self._feed(stop_child(key))
        for waiting in dict.fromkeys(after.map_runs):
            self._feed(continue_map_run(*waiting))
        for run in dict.fromkeys(after.map_runs_over):
            self._feed(stop_children(run))
        if after.delivering:
            self._outbox.wake()
        if after.purging:
            self._feed(lambda tx: None)
        if after.timers:
            self._timekeeper.arm(after.timers)
        if after.lost:
            self._lost.set()

    def _feed(self, operation: Operation) -> "asyncio.Future[Answer] | None":
        """An operation whose answer nobody needs: if its batch is lost, the store still has what it is for."""
        try:
            future = self._writer.submit(Request(operation, savepoint=False), bounded=False)
        except ServiceError:
            return None  # closing: the store has it
        future.add_done_callback(_log_failure)
        return future

    # ---- a batch was lost ----

    async def _keep_recovering(self) -> None:
        """After a lost batch, take up again what the store has open, until it can be read."""
        while True:
            await self._lost.wait()
            await asyncio.sleep(RETRY_SECONDS)
            self._lost.clear()
            try:
                await asyncio.to_thread(self._recover)
            except SQLAlchemyError as error:
                log.warning("the store could not be read, and is asked again: %s", error)
                self._lost.set()
            else:
                self._timekeeper.rewind()

    # ---- start and end ----

    def _recover(self) -> None:
        """Take up what the store has open; the timers come by themselves."""
        for due in recovery.unanswered_calls(self._database):
            self._loop.call_soon_threadsafe(self._dispatcher.send, due)
        for call in recovery.local_calls(self._database):
            self._loop.call_soon_threadsafe(self._dispatcher.perform, *call)
        for answer in recovery.answers_left(self._database):
            self._loop.call_soon_threadsafe(self._feed, take_answer(*answer))
        for key in recovery.unwanted_children(self._database):
            self._loop.call_soon_threadsafe(self._feed, stop_child(key))
        for run in recovery.open_map_runs(self._database):
            more = continue_map_run(run.parent, run.branch, run.key)
            left = more if run.status == "RUNNING" else stop_children(run.key)
            self._loop.call_soon_threadsafe(self._feed, left)
            for keys in recovery.express_children_left(self._database, run):
                self._loop.call_soon_threadsafe(self._children.start, keys)
        for key in recovery.results_to_write(self._database):
            self._loop.call_soon_threadsafe(self._exports.start, [key])
        for start in recovery.express_starts_left(self._database):
            self._loop.call_soon_threadsafe(self._express.start, start)
        self._loop.call_soon_threadsafe(self._feed, lambda tx: None)  # removes what deleted machines left

    async def begin(self) -> None:
        await asyncio.to_thread(self._recover)
        workers = [keep_at_work(worker, self._workplace) for worker in self._extensions.workers]
        keepers = [self._timekeeper.keep(), self._keep_recovering(), self._outbox.keep(), self._long_polls.keep()]
        keepers.append(keep_lease(self._lease, self.post))
        for keeper in [*keepers, *workers, *(keep_house(upkeep, self.post) for upkeep in self._upkeep)]:
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
        await self._outbox.close()
        await self._exports.close()
        await self._item_reads.close()
        await self._children.close()
        await self._express.close()
        await self._dispatcher.close()
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


def _read_one(snapshot: Snapshot, operation: Callable[[ReadTransaction], Any]) -> Answer:
    try:
        return Answer(operation(snapshot))
    except ServiceError as error:
        return Answer(error=error)


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

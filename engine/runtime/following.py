"""What follows a commit: calls are sent, waiters woken, Express executions run, timers armed, deliveries made.

    AfterCommit (of a batch) -> follow         the store (at a start, after a lost batch) -> take_up_open

Both ways lead to the same actors, who know each piece of work by its key: what is told twice is done once. A batch that
was lost (a full disk, a database that went away) took back what followed from it, or led to it; the store has the rest.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from engine.contract import Actions, RemoteCaller
from engine.runtime import recovery
from engine.runtime.after import AfterCommit
from engine.runtime.clock import Clock
from engine.runtime.dispatch import Dispatcher
from engine.runtime.express import ExpressRuns
from engine.runtime.express_children import ExpressChildren
from engine.runtime.extensions import Extensions
from engine.runtime.happenings import resume, stop_child, take_answer
from engine.runtime.item_reads import ItemReads
from engine.runtime.kernel import Answer
from engine.runtime.long_polls import LongPolls
from engine.runtime.map_run_happenings import continue_map_run, stop_children
from engine.runtime.outbox import OutboxRunner
from engine.runtime.pollers import activity_topic
from engine.runtime.reader import Reading
from engine.runtime.result_exports import ResultExports
from engine.runtime.timekeeper import Timekeeper
from engine.runtime.transaction import Operation
from engine.runtime.waiting import Waiting
from engine.store.database import Database

log = logging.getLogger("statewright.runtime")

RETRY_SECONDS = 1.0  # before a store that failed is asked again

Post = Callable[[Operation], Awaitable[Any]]
Read = Callable[[Reading], Awaitable[Any]]
Feed = Callable[[Operation], "asyncio.Future[Answer] | None"]


class Following:
    """The actors. `post` runs an operation in the next batch, `feed` too and nobody waits; `read` on a snapshot."""

    def __init__(
        self,
        database: Database,
        actions: Actions,
        callers: Mapping[str, RemoteCaller],
        clock: Clock,
        waiting: Waiting,
        extensions: Extensions,
        *,
        post: Post,
        feed: Feed,
        read: Read,
    ):
        self._database = database
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self._lost = asyncio.Event()
        self.long_polls = LongPolls(clock, waiting)
        self.dispatcher = Dispatcher(actions, callers, post, lambda: clock.moment().epoch_ms)
        self.express = ExpressRuns(actions, callers, clock, waiting, post)
        self.outbox = OutboxRunner(extensions.outbox, clock, waiting, read, post)
        self.timekeeper = Timekeeper(clock, waiting, read, feed)
        self._children = ExpressChildren(self.express.run_child, read, post)
        self._exports = ResultExports(database, extensions.objects, post)
        self._item_reads = ItemReads(extensions.objects, post)

    def follow(self, after: AfterCommit) -> None:
        """On the loop, before the answers of the batch."""
        for cancelled in after.cancelled:
            self.dispatcher.cancel(*cancelled)
        for due in after.calls:
            self.dispatcher.send(due)
        for request, not_yet in after.waiting:
            if not request.gone:
                request.place = self.long_polls.enter(not_yet, request.before)
        for topic, count in after.wakes.items():
            self.long_polls.wake(topic, count)
        for activity_arn in after.offers:
            self.long_polls.wake(activity_topic(activity_arn))
        for start in after.express:
            self.express.start(start)
        self._children.start(after.express_children)
        self._children.stop(after.express_stopped)
        self._exports.start(after.exports)
        for read in after.reads:
            self._item_reads.start(read)
        for key in dict.fromkeys(after.resumes):
            self._feed(resume(key))
        for local_call in after.local_calls:
            self.dispatcher.perform(*local_call)
        for answer in after.answers:
            self._feed(take_answer(*answer))
        for key in after.unwanted:
            self._feed(stop_child(key))
        for waiting in dict.fromkeys(after.map_runs):
            self._feed(continue_map_run(*waiting))
        for run in dict.fromkeys(after.map_runs_over):
            self._feed(stop_children(run))
        if after.delivering:
            self.outbox.wake()
        if after.purging:
            self._feed(lambda tx: None)
        if after.timers:
            self.timekeeper.arm(after.timers)
        if after.lost:
            self._lost.set()

    # ---- after a start, and after a lost batch ----

    def take_up_open(self) -> None:
        """Take up what the store has open; the timers come by themselves."""
        for due in recovery.unanswered_calls(self._database):
            self._loop.call_soon_threadsafe(self.dispatcher.send_again, due)
        for call in recovery.local_calls(self._database):
            self._loop.call_soon_threadsafe(self.dispatcher.perform, *call)
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
            self._loop.call_soon_threadsafe(self.express.start_again, start)
        self._loop.call_soon_threadsafe(self._feed, lambda tx: None)  # removes what deleted machines left

    async def keep_recovering(self) -> None:
        """After a lost batch, take up again what the store has open, until it can be read."""
        while True:
            await self._lost.wait()
            await asyncio.sleep(RETRY_SECONDS)
            self._lost.clear()
            try:
                with self.dispatcher.endings.noting(), self.express.endings.noting():
                    await asyncio.to_thread(self.take_up_open)
            except SQLAlchemyError as error:
                log.warning("the store could not be read, and is asked again: %s", error)
                self._lost.set()
            else:
                self.timekeeper.rewind()

    def keepers(self) -> list[Any]:
        """What runs as long as the shell does."""
        return [self.timekeeper.keep(), self.keep_recovering(), self.outbox.keep(), self.long_polls.keep()]

    # ---- how it goes ----

    @property
    def busy(self) -> dict[str, bool]:
        """Who does something now, and not only waits for time or for somebody outside."""
        return {
            "timers": not self.timekeeper.at_rest,
            "deliveries of the outbox": not self.outbox.at_rest,
            "Express children that begin": not self._children.at_rest,
            "results of Map Runs": not self._exports.at_rest,
            "items of Map Runs": not self._item_reads.at_rest,
        }

    def gauges(self) -> list[tuple[str, str, float]]:
        """(name, help, value) for the metrics page."""
        return [
            ("near_timers", "Timers in memory", self.timekeeper.near),
            ("long_polls", "Requests that wait for something to come", self.long_polls.waiting_count),
            ("outbox_waiting", "Deliveries that wait to be made", self.outbox.waiting),
            ("express_children_waiting", "Express children of Map Runs that wait for room", self._children.waiting),
            ("remote_calls", "Calls of functions under way", self.dispatcher.under_way),
        ]

    async def forget(self) -> None:
        """End what runs in memory: the store was emptied."""
        await self.dispatcher.forget()
        await self._exports.forget()
        await self._item_reads.forget()
        await self._children.forget()
        await self.express.forget()
        self.timekeeper.rewind()
        self.outbox.wake()

    async def close(self) -> None:
        """Let go of what is under way: the store has it."""
        await self.outbox.close()
        await self._exports.close()
        await self._item_reads.close()
        await self._children.close()
        await self.express.close()
        await self.dispatcher.close()

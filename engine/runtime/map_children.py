"""The children of Map Runs within a batch: they begin, end, are gathered and stopped; so many in one commit.

See engine.runtime.map_runs for what joins a run, its parent and its children. What is too much for this batch is left
to the next one, in `AfterCommit`; after a crash the open runs in the store say as much.
"""

from typing import Any

from engine import limits
from engine.core.distributed import awaits
from engine.core.effects import StartChild
from engine.core.map_run import MapRun, is_express_arn, items_in
from engine.core.signals import ChildEnded, Resumed, RoomMade, Started, StopRequested
from engine.runtime.express_child import ChildOutcome, ExpressChild
from engine.runtime.feeding import Feed
from engine.runtime.live import ChildOf, Live
from engine.runtime.map_runs import LateEnds, items_of_child, output_bytes
from engine.runtime.redriven_children import RedrivenChildren
from engine.store import executions, map_runs


class MapChildren:
    def __init__(self, feed: Feed):
        self._feed = feed
        self._starts_left = limits.MAP_RUN_STARTS_PER_BATCH_MAX
        self._stops_left = limits.MAP_RUN_STOPS_PER_BATCH_MAX
        self.late_ends = LateEnds()
        self.redriven = RedrivenChildren(feed, self.late_ends)
        self._begun: list[dict[str, Any]] = []  # rows of Express children
        self._over: dict[int, dict[str, Any]] = {}  # by key: how Express children ended

    def make_room(self, live: Live, branch: int, run: MapRun) -> None:
        """Let as many children begin as this batch still takes; the rest in the next one."""
        if run.status != "RUNNING":
            return
        if run.marked_after is not None:
            self.redriven.begin(live, branch, run)
            return
        if self._starts_left <= 0:
            self._feed.after.map_runs.append((live.key, branch, run.key))
            return
        count = min(self._starts_left, run.room)
        self._starts_left -= count
        self._feed.deliver(live, RoomMade(branch, run.key, count, self.redriven.take(run, count)))

    def start(self, live: Live, effect: StartChild) -> None:
        run = effect.map_run
        over = run.status != "RUNNING"  # it failed before this one began: as on its way, so that a redrive finds it
        if run.express:
            row = self._feed.batch.new_express_child(live, effect)
            self._begun.append(row)
            if over:
                self._end(row["key"], "ABORTED", None, None, None, self._feed.moment.epoch_ms)
                self.late_ends.count(run.key, "ABORTED", items_in(effect.input, run.items is not None))
            return
        child = self._feed.batch.new_child(live, effect)
        self._feed.advance(child, Started())
        if over:
            self._feed.advance(child, StopRequested(None, None))

    def ended(self, child: Live, place: ChildOf) -> None:
        """A child has ended: its parent takes note in this very batch, or the store does where that waits no more."""
        parent = self._feed.batch.live(place.parent)
        status = child.execution.status
        items = items_in(child.execution.input, place.batched)
        ended = ChildEnded(place.branch, place.map_run, status, output_bytes(child.execution), items)
        if parent is None or not self._feed.advance(parent, ended):
            self.late_ends.count(place.map_run, status, items)

    def express_ended(self, child: ExpressChild, outcome: ChildOutcome) -> bool:
        """An Express child has run to its end. False: its end is known, or nobody waited for it any more."""
        feed = self._feed
        if child.key in self._over or executions.status_of(feed.connection, child.key) != "RUNNING":
            return False
        stop_ms = feed.moment.epoch_ms if outcome.stop_ms is None else outcome.stop_ms
        self._end(child.key, outcome.status, outcome.output, outcome.error, outcome.cause, stop_ms)
        parent = feed.batch.live(child.parent)
        if parent is not None and feed.directory.is_deleting(parent.machine_id):
            feed.deliver(parent, Resumed())  # as on AWS: it ends at its next transition
        ended = ChildEnded(child.branch, child.map_run, outcome.status, outcome.output_bytes, child.items)
        if parent is None or not feed.advance(parent, ended):
            self.late_ends.count(child.map_run, outcome.status, child.items)
        return True

    def _end(
        self, key: int, status: str, output: str | None, error: str | None, cause: str | None, stop_ms: int
    ) -> None:
        self._over[key] = {
            "key": key,
            "status": status,
            "output": output,
            "error": error,
            "cause": cause,
            "stop_ms": stop_ms,
            "last_event": 0,
            "next_branch": 0,
        }

    def flush(self) -> None:
        """Write what the journal does not: Express children, and the ends that nobody waited for."""
        self.write_express()
        self.late_ends.flush(self._feed.connection)

    def write_express(self) -> None:
        """The children that began and ended in this batch, into the store."""
        connection = self._feed.connection
        executions.insert_many(connection, self._begun)
        executions.update_many(connection, list(self._over.values()))
        self._feed.after.express_children += [row["key"] for row in self._begun]
        self._begun.clear()
        self._over.clear()

    def stop(self, key: int) -> None:
        """The run is over: stop what runs of it, so much in this batch. Those that began in it are in its journal.

        One that was redriven meanwhile goes on, with what still runs of it.
        """
        feed = self._feed
        if self._goes_on(key):
            return
        if self._stops_left <= 0:
            feed.after.map_runs_over.append(key)
            return
        self.write_express()
        rows = executions.children_page(feed.connection, key, "RUNNING", None, self._stops_left)
        if len(rows) == self._stops_left:
            feed.after.map_runs_over.append(key)  # there may be more
        run = map_runs.by_key(feed.connection, key)
        for row in rows:
            if is_express_arn(row.arn):
                self._stop_express(row.key, key, 1 if run is None else items_of_child(run, row.input))
        keys = {row.key for row in rows} | {
            entry.live.key
            for entry in feed.journal.entries
            if entry.live.child_of is not None and entry.live.child_of.map_run == key
        }
        for child in sorted(keys):
            live = feed.batch.live(child)
            if live is not None:
                self._stops_left -= 1
                feed.advance(live, StopRequested(None, None))

    def _goes_on(self, key: int) -> bool:
        row = map_runs.by_key(self._feed.connection, key)
        parent = None if row is None else self._feed.batch.live(row.parent)
        branch = None if row is None or parent is None else parent.execution.branches.get(row.branch)
        return branch is not None and awaits(branch, key)

    def _stop_express(self, key: int, run: int, items: int) -> None:
        self._stops_left -= 1
        self._end(key, "ABORTED", None, None, None, self._feed.moment.epoch_ms)
        self.late_ends.count(run, "ABORTED", items)
        self._feed.after.express_stopped.append(key)

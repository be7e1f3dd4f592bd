"""The children of Map Runs within a batch: they begin, end, are gathered and stopped; so many in one commit.

See engine.runtime.map_runs for what joins a run, its parent and its children. What is too much for this batch is left
to the next one, in `AfterCommit`; after a crash the open runs in the store say as much.
"""

from engine import limits
from engine.core.effects import GatherResults, StartChild
from engine.core.map_run import MapRun, items_in
from engine.core.signals import ChildEnded, ResultsGathered, RoomMade, Started, StopRequested
from engine.runtime.feeding import Feed
from engine.runtime.live import ChildOf, Live
from engine.runtime.map_runs import LateEnds, gathered, output_bytes
from engine.store import executions


class MapChildren:
    def __init__(self, feed: Feed):
        self._feed = feed
        self._starts_left = limits.MAP_RUN_STARTS_PER_BATCH_MAX
        self._stops_left = limits.MAP_RUN_STOPS_PER_BATCH_MAX
        self.late_ends = LateEnds()

    def make_room(self, live: Live, branch: int, run: MapRun) -> None:
        """Let as many children begin as this batch still takes; the rest in the next one."""
        if run.status != "RUNNING":
            return
        if self._starts_left <= 0:
            self._feed.after.map_runs.append((live.key, branch, run.key))
            return
        count = min(self._starts_left, run.room)
        self._starts_left -= count
        self._feed.deliver(live, RoomMade(branch, run.key, count))

    def start(self, live: Live, effect: StartChild) -> None:
        run = effect.map_run
        if run.status != "RUNNING":  # it failed before this one began
            self.late_ends.count(run.key, "ABORTED", items_in(effect.input, run.items is not None))
            return
        self._feed.advance(self._feed.batch.new_child(live, effect), Started())

    def gather(self, live: Live, effect: GatherResults) -> None:
        feed, run = self._feed, effect.map_run
        if run.status == "RUNNING":
            results = gathered(feed.connection, feed.journal.entries, run.key)
            feed.deliver(live, ResultsGathered(effect.branch, run.key, results))

    def ended(self, child: Live, place: ChildOf) -> None:
        """A child has ended: its parent takes note in this very batch, or the store does where that waits no more."""
        parent = self._feed.batch.live(place.parent)
        status = child.execution.status
        items = items_in(child.execution.input, place.batched)
        ended = ChildEnded(place.branch, place.map_run, status, output_bytes(child.execution), items)
        if parent is None or not self._feed.advance(parent, ended):
            self.late_ends.count(place.map_run, status, items)

    def stop(self, key: int) -> None:
        """The run is over: stop what runs of it, so much in this batch. Those that began in it are in its journal."""
        feed = self._feed
        if self._stops_left <= 0:
            feed.after.map_runs_over.append(key)
            return
        rows = executions.children_page(feed.connection, key, "RUNNING", None, self._stops_left)
        if len(rows) == self._stops_left:
            feed.after.map_runs_over.append(key)  # there may be more
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

"""The children of a Map Run that is redriven, within a batch: which of them, in which order, and letting them go on.

    RUNNING again -> [pages of children that ended without success: marked] -> as there is room: taken, RUNNING

Marking begins in the batch after the redrive, when the store has the ends of all children that ended before it. After a
crash it goes on behind the last one that was looked at. What is marked is taken once: the mark goes in the commit in
which the child runs again.
"""

from engine import limits
from engine.core.effects import RedriveChild
from engine.core.map_run import MapRun, is_express_arn, items_in
from engine.core.signals import FailedChild, FailuresMarked
from engine.errors import InvariantError
from engine.jsontext import loads_own
from engine.runtime.feeding import Feed
from engine.runtime.live import Live
from engine.runtime.map_runs import LateEnds
from engine.store import failed_children, result_exports
from engine.store.failed_children import FailedChildRow


class RedrivenChildren:
    def __init__(self, feed: Feed, late_ends: LateEnds):
        self._feed = feed
        self._late_ends = late_ends

    def begin(self, live: Live, branch: int, run: MapRun) -> None:
        """The run goes on: it takes note of ends that nobody waited for, and its results are not written before its
        own end. The next batch begins to mark, or goes on with it.
        """
        self._late_ends.hand_over(run)
        result_exports.delete(self._feed.connection, run.key)
        self._feed.after.map_runs.append((live.key, branch, run.key))

    def mark(self, live: Live, branch: int, run: MapRun) -> None:
        """Look at the next page of children that ended without success: those that can be redriven are."""
        feed = self._feed
        if self._some_just_ended(run.key):
            feed.after.map_runs.append((live.key, branch, run.key))
            return
        after_key = run.marked_after or 0
        size = limits.MAP_RUN_MARKS_PER_BATCH_MAX if run.items is None else limits.MAP_RUN_BATCHES_MARKED_MAX
        page = failed_children.page(feed.connection, run.key, after_key, size)
        chosen = [row.key for row in page if can_go_on(row, feed.moment.epoch_ms)]
        failed_children.mark(feed.connection, chosen, run.redrive_count)
        items = sum(self._items(run, key) for key in chosen)
        after = page[-1].key if len(page) == size else None
        feed.deliver(live, FailuresMarked(branch, run.key, len(chosen), items, after))

    def take(self, run: MapRun, count: int) -> tuple[FailedChild, ...]:
        """At most `count` of those that are marked, the first ones."""
        if not (count and run.pending_redrive):
            return ()
        connection = self._feed.connection
        found = failed_children.next_due(connection, run.key, run.redrive_count, min(count, run.pending_redrive))
        if not found:
            raise InvariantError(f"{run.arn} waits for {run.pending_redrive} children that are not there")
        failed_children.mark(connection, [key for key, _ in found], None)
        return tuple(FailedChild(key, status, self._items(run, key)) for key, status in found)

    def redrive(self, effect: RedriveChild) -> None:
        feed, run = self._feed, effect.map_run
        if run.status != "RUNNING":  # it failed before this one ran again
            self._late_ends.count(run.key, effect.status, effect.items)
        elif run.express:
            failed_children.restart_express(feed.connection, [effect.child])
            feed.after.express_children.append(effect.child)
        else:
            feed.advance(*feed.batch.redriven_child(effect.child))

    def _items(self, run: MapRun, key: int) -> int:
        if run.items is None:
            return 1
        return items_in(loads_own(failed_children.input_of(self._feed.connection, key)), batched=True)

    def _some_just_ended(self, run_key: int) -> bool:
        """Whether children ended in this very batch, of which the store does not know."""
        lives = (entry.live for entry in self._feed.journal.entries)
        return any(
            live.child_of is not None and live.child_of.map_run == run_key and live.execution.status != "RUNNING"
            for live in lives
        )


def can_go_on(row: FailedChildRow, now_ms: int) -> bool:
    """An Express child begins anew, always; a Standard one goes on within the bounds of any redrive."""
    if is_express_arn(row.arn):
        return True
    return (
        row.kept
        and row.last_event <= limits.REDRIVE_HISTORY_EVENTS_MAX
        and now_ms < row.start_ms + limits.EXECUTION_SECONDS_MAX * 1000
        and now_ms < row.stop_ms + limits.REDRIVE_SECONDS_MAX * 1000
    )

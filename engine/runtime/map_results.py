"""The results of Map Runs within a batch: gathered for the state's output, or left to be written by a ResultWriter."""

import logging
from typing import Any

from sqlalchemy import Connection

from engine.asl.model import MapState, ResultWriter
from engine.core.effects import GatherResults, WriteResults
from engine.core.map_run import MapRun
from engine.core.result_writer import result_texts
from engine.core.signals import ResultsGathered, ResultsNotWritten, ResultsWritten
from engine.jsontext import dumps, loads_own
from engine.runtime.feeding import Feed
from engine.runtime.journal import Entry
from engine.runtime.live import Live
from engine.runtime.map_children import MapChildren
from engine.runtime.map_runs import gathered
from engine.runtime.result_files import all_results, child_result
from engine.store import map_runs, result_exports
from engine.store.result_exports import ResultRow

log = logging.getLogger("statewright.results")


class MapResults:
    def __init__(self, feed: Feed, children: MapChildren):
        self._feed = feed
        self._children = children

    def finish(self, live: Live, branch: int, run: MapRun) -> None:
        """All children have ended, of which a restart lost sight."""
        if run.writer is None:
            self.gather(live, GatherResults(branch, run))
        else:
            self.write(WriteResults(branch, run))

    def gather(self, live: Live, effect: GatherResults) -> None:
        feed, run = self._feed, effect.map_run
        if run.status != "RUNNING":
            return
        self._children.write_express()
        writer = _writer_of(live, effect.branch)
        if writer is None:
            results = gathered(feed.connection, feed.journal.entries, run.key)
        else:
            results = _formatted(feed.connection, feed.journal.entries, run.key, writer.transformation)
        feed.deliver(live, ResultsGathered(effect.branch, run.key, results))

    def write(self, effect: WriteResults) -> None:
        """Let the results be written after the commit."""
        key = effect.map_run.key
        row = {"map_run": key, "pending": dumps(effect.pending), "created_ms": self._feed.moment.epoch_ms}
        result_exports.put(self._feed.connection, row)
        self._feed.after.exports.append(key)

    def exported(self, key: int, redrive: int, count: int, cause: str | None) -> None:
        """The results of so many children are written; or they cannot be, for this cause. Told twice it is known.

        Of what was written before the run was redriven, when its results come anew, no note is taken.
        """
        feed = self._feed
        run = map_runs.by_key(feed.connection, key)
        if run is None or run.redrive_count != redrive or result_exports.by_run(feed.connection, key) is None:
            return
        parent = feed.batch.live(run.parent)
        written = ResultsWritten(run.branch, key, count)
        signal = written if cause is None else ResultsNotWritten(run.branch, key, cause)
        taken = parent is not None and feed.deliver(parent, signal)
        feed.settle()
        if not taken and cause is None:
            map_runs.set_results_written(feed.connection, key, count)
        elif not taken:
            log.warning("%s is over, and its results were not written: %s", run.arn, cause)
        result_exports.delete(feed.connection, key)

    def flush(self) -> None:
        """Children of runs that are over have ended: their results may be complete."""
        for key in self._children.late_ends.runs:
            if result_exports.by_run(self._feed.connection, key) is not None:
                self._feed.after.exports.append(key)


def _writer_of(live: Live, branch_id: int) -> ResultWriter | None:
    branch = live.execution.branches[branch_id]
    state = live.execution.machine.flows[branch.flow].states[branch.state]
    return state.result_writer if isinstance(state, MapState) else None


def _formatted(connection: Connection, entries: list[Entry], key: int, transformation: str) -> list[Any]:
    """The results of a run's children in the form that a ResultWriter wants: the store's, and this batch's."""
    rows = {row.item: row for row in all_results(connection, key)}
    for entry in entries:
        child = entry.live.child_of
        if child is not None and child.map_run == key:
            rows[child.index] = _row(entry.live, child.index)
    texts = [text for item in sorted(rows) for text in result_texts(child_result(rows[item]), transformation)]
    return [loads_own(text) for text in texts]


def _row(live: Live, item: int) -> ResultRow:
    execution = live.execution
    return ResultRow(
        key=live.key,
        arn=execution.arn,
        name=execution.name,
        status=execution.status,
        item=item,
        input=execution.input_text,
        output=execution.output_text,
        error=execution.error,
        cause=execution.cause,
        start_ms=execution.start_ms,
        stop_ms=execution.stop_ms,
        redrive_count=execution.redrive_count,
    )

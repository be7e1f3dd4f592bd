"""Map Runs in a batch: children that begin, their ends, what they gave, and stopping them.

| from | to | kept as |
|---|---|---|
| the parent's branch | its run | `map_runs.parent`, `branch`; Join.map_run |
| a child | its run | `executions.map_run`, `item`; Live.child_of |

A child's end and the counters of its run change in one commit, which also starts the next children: so many of them
in one commit, the rest in the next. A run that is over has its children stopped the same way; those ends are only
counted, in the store, for the parent waits for them no more.
"""

from collections import Counter
from typing import Any

from sqlalchemy import Connection

from engine import limits
from engine.core.effects import StartChild
from engine.core.execution import Execution, Phase
from engine.core.map_run import ItemCounts, MapRun, child_arn, items_in
from engine.jsontext import loads_own, size_bytes
from engine.moment import Moment
from engine.runtime.journal import Entry
from engine.runtime.keys import KeyMaker, shard_of
from engine.runtime.live import ChildOf, Live
from engine.store import executions, map_runs
from engine.store.rows import MapRunRow


def new_child(parent: Live, effect: StartChild, keys: KeyMaker, moment: Moment) -> Live:
    """The execution that runs the Map's processor for one item; not yet begun."""
    around, name = parent.execution, moment.ordered_uuid()
    arn = child_arn(effect.map_run.arn, name)
    shard = shard_of(arn)
    machine_name = arn.split(":")[6]
    execution = Execution(
        arn=arn,
        name=name,
        machine=around.machine,
        machine_arn=arn.rpartition(":")[0].replace(":execution:", ":stateMachine:", 1),
        machine_name=machine_name,
        role_arn=around.role_arn,
        input=effect.input,
        input_text=effect.input_text,
        start_ms=moment.epoch_ms,
        deadline_ms=moment.epoch_ms + limits.EXECUTION_SECONDS_MAX * 1000,
        root_flow=effect.map_run.flow,
    )
    live = Live(
        keys.next(shard, moment.epoch_ms), shard, parent.machine_id, parent.revision, None, execution, stored=False
    )
    live.logging = parent.logging
    run = effect.map_run
    live.child_of = ChildOf(parent.key, run.key, effect.branch, effect.index, run.items is not None)
    return live


def adopt(connection: Connection, live: Live, map_run: int, item: int) -> None:
    """An execution from the store is a child of this run."""
    row = map_runs.by_key(connection, map_run)
    if row is not None:
        live.child_of = ChildOf(row.parent, map_run, row.branch, item, row.items_total is not None)
        live.execution.root_flow = row.flow


def rejoin(connection: Connection, live: Live) -> None:
    """Give the branches of an execution from the store the runs that they wait for."""
    if not any(branch.phase is Phase.JOINING for branch in live.execution.branches.values()):
        return
    for row in map_runs.running_of(connection, live.key):
        join = live.execution.branches[row.branch].join
        if join is not None:
            join.map_run = restored(row)


def restored(row: MapRunRow) -> MapRun:
    return MapRun(
        key=row.key,
        arn=row.arn,
        branch=row.branch,
        flow=row.flow,
        total=row.total,
        concurrency=row.concurrency,
        tolerated_count=row.tolerated_count,
        tolerated_percentage=row.tolerated_percentage,
        start_ms=row.start_ms,
        status=row.status,
        stop_ms=row.stop_ms,
        started=row.started,
        succeeded=row.succeeded,
        failed=row.failed,
        timed_out=row.timed_out,
        aborted=row.aborted,
        result_bytes=row.result_bytes,
        express=bool(row.express),
        writer=row.writer,
        results_written=row.results_written,
        items=_item_counts(row),
        reading=bool(row.reading),
        cursor=row.cursor,
        consumed=row.consumed,
        redrive_count=row.redrive_count,
        redrive_ms=row.redrive_ms,
        marked_after=row.marked_after,
        pending_redrive=row.pending_redrive,
        pending_items=row.pending_items,
    )


def _item_counts(row: MapRunRow) -> ItemCounts | None:
    if row.items_total is None:
        return None
    return ItemCounts(
        row.items_total,
        row.items_started,
        row.items_succeeded,
        row.items_failed,
        row.items_timed_out,
        row.items_aborted,
    )


def items_of_child(run: MapRunRow, input_text: str) -> int:
    """How many items a child of this run has."""
    return 1 if run.items_total is None else items_in(loads_own(input_text), batched=True)


def output_bytes(execution: Execution) -> int:
    return 0 if execution.output_text is None else size_bytes(execution.output_text)


def gathered(connection: Connection, entries: list[Entry], key: int) -> list[Any]:
    """The outputs of a run's children that succeeded, in the order of their items: the store's, and this batch's."""
    texts = executions.child_results(connection, key)
    for entry in entries:
        child, execution = entry.live.child_of, entry.live.execution
        if child is not None and child.map_run == key and execution.output_text is not None:
            texts[child.index] = execution.output_text
    return [loads_own(texts[index]) for index in sorted(texts)]


class LateEnds:
    """Ends of children whose run is over: counted in the store when the batch closes, after the journal."""

    def __init__(self) -> None:
        self._children: Counter[tuple[int, str]] = Counter()
        self._items: Counter[tuple[int, str]] = Counter()

    def count(self, key: int, status: str, items: int) -> None:
        """A child with so many items."""
        self._children[key, status] += 1
        self._items[key, status] += items

    def hand_over(self, run: MapRun) -> None:
        """A run that is redriven takes note of them itself."""
        for key, status in [found for found in self._children if found[0] == run.key]:
            run.late_ends(status, self._children.pop((key, status)), self._items.pop((key, status)))

    def flush(self, connection: Connection) -> None:
        for (key, status), ends in self._children.items():
            map_runs.add_ends(connection, key, status, ends, self._items[key, status])
        self._children.clear()
        self._items.clear()

    @property
    def runs(self) -> set[int]:
        """The runs that there are ends of."""
        return {counted[0] for counted in self._children}

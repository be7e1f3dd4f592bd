"""The distributed Map: a branch that rests in JOINING over a Map Run, the children of which are executions.

    MapStateStarted -> MapRunStarted -> [children run] -> MapRunSucceeded -> MapStateSucceeded -> MapStateExited

The interpreter says how many children may begin and with what input; the shell starts them, a bounded number in each
commit, and says how each ended. What an ItemReader reads comes page by page: the next one is asked for when all items
of the last one are in children, and where that is stands in the commit that begins them.

Recorded on AWS: the event that leaves the state follows MapRunSucceeded in a Map that its execution begins with, and
MapRunStarted in every other.
"""

from typing import Any

from engine import limits
from engine.asl.model import MapState
from engine.core import children, history, item_reader, result_writer
from engine.core.batches import evaluated
from engine.core.context import begun_scope, dataset, joined_dataset, visit_of
from engine.core.effects import GatherResults, MakeRoom, ReadItems, RedriveChild, StartChild, WriteResults
from engine.core.execution import Branch, Join, Phase
from engine.core.map_run import THRESHOLD_CAUSE, THRESHOLD_ERROR, ItemCounts, MapRun, label_of, run_arn
from engine.core.run import Run
from engine.core.signals import (
    ChildEnded,
    FailuresMarked,
    ItemsNotRead,
    ItemsRead,
    MapRunUpdated,
    ResultsGathered,
    ResultsNotWritten,
    ResultsWritten,
    RoomMade,
)
from engine.core.supply import Supply
from engine.core.values import concurrency_field, tolerated_count, tolerated_percentage
from engine.errors import InvariantError, PlainStateError

_FIRST_STATE = 2  # the event of an execution's first state


def begin(run: Run, branch: Branch, state: MapState) -> None:
    scope = run.scope(branch, state)
    reads = state.item_reader is not None
    items = [] if reads else dataset(run.execution, branch, state, scope)
    run.emit(branch, "MapStateStarted", {"length": len(items)})  # 0 where they are read: they are not yet known
    concurrency = concurrency_field(state.max_concurrency, scope)
    count = tolerated_count(state.tolerated_failure_count, scope)
    percentage = tolerated_percentage(state.tolerated_failure_percentage, scope)
    writing = None if state.result_writer is None else result_writer.evaluated(state.result_writer, scope)
    execution = run.execution
    label = label_of(execution.machine_name.partition("/")[0], branch.flow, state.name, state.label)
    made = MapRun(
        arn=run_arn(execution.arn, label, run.moment.uuid()),
        branch=branch.id,
        flow=state.item_processor.id,
        total=0,
        concurrency=concurrency,
        tolerated_count=count or 0,
        tolerated_percentage=percentage or 0.0,
        start_ms=run.now_ms,
        items=None if state.item_batcher is None else ItemCounts(),
        express=state.express,
        reading=reads,
        cursor="" if reads else None,
        writer=None if writing is None else writing.text,
    )
    visit = visit_of(execution, branch)
    branch.join = Join(total=len(items), concurrency=concurrency, items=items, map_run=made, visit=visit)
    supply = supply_of(run, branch, state)
    run.map_runs.append(made)
    run.emit(branch, "MapRunStarted", {"mapRunArn": made.arn})
    run.rest(branch, Phase.JOINING)
    made.items_known(supply.end)
    _go_on(run, branch, state, made)


def supply_of(run: Run, branch: Branch, state: MapState) -> Supply:
    """The items that are in no child, as far as they are in memory; made again where they are not."""
    join = _join_of(branch)
    if join.supply is None:
        made = map_run_of(branch)
        scope = begun_scope(run.execution, branch, state, run.moment)
        batcher = None if state.item_batcher is None else evaluated(state.item_batcher, scope)
        supply = Supply(state.name, state.item_selector, batcher, index=made.taken, end=made.taken - made.consumed)
        if state.item_reader is None:
            supply.add_dataset(joined_dataset(run.execution, branch, state, run.moment))
        else:
            supply.request = item_reader.evaluated(state.item_reader, run.execution, scope)
            supply.next_cursor = made.cursor or ""
        join.supply = supply
    return join.supply


def room_made(run: Run, branch: Branch, state: MapState, signal: RoomMade) -> None:
    """The shell takes up to so many more children; those that are redriven come first."""
    made = map_run_of(branch)
    supply = supply_of(run, branch, state)
    scope = run.scope(branch, state) if state.item_selector is not None else None
    for failed in signal.failed:
        made.child_redriven(failed.status, failed.items)
        run.effects.append(RedriveChild(branch.id, made, failed.key, failed.status, failed.items))
    left = 0 if made.pending_redrive else signal.count - len(signal.failed)
    for _ in range(min(made.room, left)):
        index = made.started
        child = supply.next_child(made, scope)
        if child is None:
            break
        run.effects.append(StartChild(branch.id, made, index, child.value, child.text))
    run.map_runs.append(made)
    _ask_for_more(run, branch, made, supply)


def _ask_for_more(run: Run, branch: Branch, made: MapRun, supply: Supply) -> None:
    """Let more children begin; read on where nothing is left for them."""
    if made.room and (made.pending_redrive or supply.ready(made)):
        run.effects.append(MakeRoom(branch.id, made))
    if supply.request is not None and not supply.asked and not supply.ready(made) and supply.unread(made):
        supply.asked = True
        run.effects.append(ReadItems(branch.id, made, supply.request, supply.next_cursor))


def items_read(run: Run, branch: Branch, state: MapState, signal: ItemsRead) -> None:
    """More items are here, if they are those that follow; they are not where they were read twice."""
    made = map_run_of(branch)
    supply = supply_of(run, branch, state)
    if supply.unread(made) and signal.cursor == supply.next_cursor:
        made.reading = supply.add_page(signal.page)
        made.items_known(supply.end)
        run.map_runs.append(made)
    _go_on(run, branch, state, made)


def items_not_read(run: Run, branch: Branch, state: MapState, signal: ItemsNotRead) -> None:
    made = map_run_of(branch)
    supply = supply_of(run, branch, state)
    if supply.unread(made) and signal.cursor == supply.next_cursor:
        raise PlainStateError(item_reader.FAILED, signal.cause)
    _go_on(run, branch, state, made)


def redrive(run: Run, branch: Branch) -> None:
    """The branch rests over its Map Run again: the children that did not succeed go on, then those not yet begun."""
    made = map_run_of(branch)
    if made.redrive_count >= limits.MAP_RUN_REDRIVES_MAX:
        text = f"The Map Run has been redriven {limits.MAP_RUN_REDRIVES_MAX} times, which is the most."
        raise PlainStateError("States.Runtime", text)
    made.redrive(run.now_ms)
    run.map_runs.append(made)
    run.emit(branch, "MapRunRedriven", {"mapRunArn": made.arn, "redriveCount": made.redrive_count})
    run.effects.append(MakeRoom(branch.id, made))


def failures_marked(run: Run, branch: Branch, state: MapState, signal: FailuresMarked) -> None:
    """So many more of the children are to be redriven."""
    made = map_run_of(branch)
    made.pending_redrive += signal.children
    made.pending_items += signal.items
    made.marked_after = signal.after
    run.map_runs.append(made)
    if made.marked_after is not None:
        run.effects.append(MakeRoom(branch.id, made))
    else:
        _go_on(run, branch, state, made)


def child_ended(run: Run, branch: Branch, state: MapState, signal: ChildEnded) -> None:
    made = map_run_of(branch)
    made.child_ended(signal.status, signal.output_bytes, signal.items)
    run.map_runs.append(made)
    _go_on(run, branch, state, made)


def updated(run: Run, branch: Branch, state: MapState, signal: MapRunUpdated) -> None:
    """UpdateMapRun: new limits, for what is to come and for the failures that there were."""
    made = map_run_of(branch)
    if signal.concurrency is not None:
        made.concurrency = signal.concurrency
    if signal.tolerated_count is not None:
        made.tolerated_count = signal.tolerated_count
    if signal.tolerated_percentage is not None:
        made.tolerated_percentage = signal.tolerated_percentage
    run.map_runs.append(made)
    _go_on(run, branch, state, made)


def _go_on(run: Run, branch: Branch, state: MapState, made: MapRun) -> None:
    if made.exceeded:
        raise PlainStateError(THRESHOLD_ERROR, THRESHOLD_CAUSE)
    if made.complete:
        if made.writer is not None:
            run.effects.append(WriteResults(branch.id, made))
            return
        _check_size(made, state)
        run.effects.append(GatherResults(branch.id, made))
    else:
        _ask_for_more(run, branch, made, supply_of(run, branch, state))


def _check_size(made: MapRun, state: MapState) -> None:
    """Results that cannot be a state's are not fetched."""
    if made.result_bytes + 1 > limits.PAYLOAD_BYTES_MAX:
        text = f"The state/task '{state.name}' returned a result with a size exceeding"
        raise PlainStateError("States.DataLimitExceeded", f"{text} the maximum number of bytes service limit.")


def results_gathered(run: Run, branch: Branch, state: MapState, signal: ResultsGathered) -> None:
    _succeed(run, branch, state, signal.results)


def results_written(run: Run, branch: Branch, state: MapState, signal: ResultsWritten) -> None:
    made = map_run_of(branch)
    if made.writer is None:
        raise InvariantError(f"the results of {made.arn} were written, and it has no ResultWriter")
    made.results_written = signal.count
    _succeed(run, branch, state, result_writer.read_writing(made.writer).output(made.arn))


def results_not_written(run: Run, branch: Branch, state: MapState, signal: ResultsNotWritten) -> None:
    raise PlainStateError(result_writer.RESULT_WRITER_FAILED, signal.cause)


def _succeed(run: Run, branch: Branch, state: MapState, result: Any) -> None:
    started = branch.previous_event
    succeeded = run.emit(branch, "MapRunSucceeded")
    run.end_map_run(branch, "SUCCEEDED")
    leaves_after = succeeded if branch.entered_event == _FIRST_STATE else started
    children.finish(run, branch, state, result, leaves_after)


def fail(run: Run, branch: Branch, error: str | None, cause: str | None) -> None:
    """The state fails while its run is under way, and the run with it."""
    if branch.join is not None and branch.join.map_run is not None and branch.join.map_run.status == "RUNNING":
        run.emit(branch, "MapRunFailed", history.failure(error, cause))
        _let_pending_be_known(run, branch)
        run.end_map_run(branch, "FAILED")


def _let_pending_be_known(run: Run, branch: Branch) -> None:
    """The items of children that will not begin are to be in memory, where a ResultWriter lists them."""
    state = run.state_of(branch)
    if isinstance(state, MapState) and map_run_of(branch).writer is not None:
        supply_of(run, branch, state)


def map_run_of(branch: Branch) -> MapRun:
    join = _join_of(branch)
    if join.map_run is None:
        raise InvariantError(f"branch {branch.id} has no Map Run")
    return join.map_run


def _join_of(branch: Branch) -> Join:
    if branch.join is None:
        raise InvariantError(f"branch {branch.id} joins nothing")
    return branch.join


def awaits(branch: Branch, key: int) -> bool:
    """Whether the branch still joins the children of this run."""
    if branch.phase is not Phase.JOINING or branch.join is None or branch.join.map_run is None:
        return False
    return branch.join.map_run.key == key and branch.join.map_run.status == "RUNNING"

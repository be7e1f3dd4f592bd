"""The children of a Parallel or a Map: beginning them, ending them, joining their results, aborting them.

How their events chain, as recorded on AWS: a child begins after its parent's *StateStarted, or, where it had to wait
for its turn, after the last state of the iteration that made room. *StateSucceeded and *StateExited both follow the
last event of the child that ended last.
"""

from typing import Any

from engine import limits
from engine.asl.model import Flow, MapState, ParallelState
from engine.core import variables
from engine.core.context import joined_items, result_scope, visit_of, with_item
from engine.core.dataflow import output_text, parameters_text, result_text, state_output
from engine.core.execution import Branch, Fallen, Join, Phase
from engine.core.run import Run
from engine.core.transition import leave
from engine.errors import InvariantError, StateError


def begin_parallel(run: Run, branch: Branch, state: ParallelState) -> None:
    value, text = branches_input(run, branch, state)
    started = run.emit(branch, "ParallelStateStarted")
    count = len(state.branches)
    branch.join = join = Join(total=count, concurrency=count, started=count, running=count)
    run.rest(branch, Phase.JOINING)
    for index, flow in enumerate(state.branches):
        child = run.add_branch(branch, index, flow.id, flow.start_at, value, text, started)
        join.children[index] = child.id


def branches_input(run: Run, branch: Branch, state: ParallelState) -> tuple[Any, str]:
    """What each branch of a Parallel gets, and its text."""
    scope = run.scope(branch, state)
    value = state.parameters.render(scope) if state.parameters is not None else scope.data
    return value, branch.input_text if value is branch.input else parameters_text(value, state.name)


def begin_map(run: Run, branch: Branch, state: MapState, items: list[Any], concurrency: int) -> None:
    at_once = min(concurrency or limits.INLINE_MAP_CONCURRENCY_MAX, limits.INLINE_MAP_CONCURRENCY_MAX)
    branch.join = Join(total=len(items), concurrency=at_once, items=items, visit=visit_of(run.execution, branch))
    started = run.emit(branch, "MapStateStarted", {"length": len(items)})
    run.rest(branch, Phase.JOINING)
    if items:
        _begin_iterations(run, branch, state, started)
    else:
        _join(run, branch, state)


def _begin_iterations(run: Run, branch: Branch, state: MapState, previous_event: int) -> None:
    """Begin as many iterations as there is room for."""
    join = _join_of(branch)
    items = joined_items(run.execution, branch, state, run.moment)
    scope = run.scope(branch, state) if state.item_selector is not None else None
    while join.started < join.total and join.running < join.concurrency:
        index = join.started
        value = items[index]
        if state.item_selector is not None and scope is not None:
            try:
                value = state.item_selector.render(scope.within(with_item(scope.context, index, value)))
            except StateError:
                _abort_children(run, branch)
                raise
        _begin_iteration(run, branch, join, state.item_processor, index, value, previous_event)


def _begin_iteration(
    run: Run, branch: Branch, join: Join, flow: Flow, index: int, value: Any, previous_event: int
) -> None:
    text = parameters_text(value, branch.state)
    child = run.add_branch(branch, index, flow.id, flow.start_at, value, text, previous_event)
    join.children[index] = child.id
    join.started += 1
    join.running += 1
    run.touched.add(branch.id)
    run.emit(child, "MapIterationStarted", {"name": branch.state, "index": index})


def done(run: Run, parent: Branch, child: Branch) -> None:
    """A child reached the end of its flow: let the next one begin; join when it was the last."""
    join = _join_of(parent)
    state = run.state_of(parent)
    before = child.previous_event
    if isinstance(state, MapState):
        run.emit(child, "MapIterationSucceeded", {"name": parent.state, "index": child.index})
    join.running -= 1
    run.touched.add(parent.id)
    if isinstance(state, MapState) and join.started < join.total:
        _begin_iterations(run, parent, state, before)
    elif join.running == 0:
        parent.previous_event = child.previous_event
        _join(run, parent, state)


def go_on(run: Run, parent: Branch) -> None:
    """After a redrive: begin what there is room for, or join where every child had succeeded before."""
    join, state = _join_of(parent), run.state_of(parent)
    if isinstance(state, MapState) and join.started < join.total:
        _begin_iterations(run, parent, state, parent.previous_event)
    elif join.running == 0:
        _join(run, parent, state)


def begin_again(run: Run, parent: Branch, child: Branch) -> None:
    """A child that did not succeed runs once more; its chain goes on from the state that it is in."""
    _join_of(parent).running += 1
    if isinstance(run.state_of(parent), MapState):
        run.emit(child, "MapIterationStarted", {"name": parent.state, "index": child.index}, advances=False)


def _join(run: Run, branch: Branch, state: Any) -> None:
    """All children are DONE: their outputs, in the order of their index, are the state's result."""
    join = _join_of(branch)
    branches = run.execution.branches
    finish(run, branch, state, [branches[join.children[index]].input for index in range(join.total)])


def finish(run: Run, branch: Branch, state: Any, result: Any, leaves_after: int | None = None) -> None:
    """The state's work has come to its result; `leaves_after`: the event that the way out follows, if another."""
    run.emit(branch, "MapStateSucceeded" if isinstance(state, MapState) else "ParallelStateSucceeded", advances=False)
    if leaves_after is not None:
        branch.previous_event = leaves_after
    scope = run.scope(branch, state)
    seen = result_scope(state, scope, result) if state.jsonata or state.assign is not None else scope
    result_text(result, state.name)
    own = seen if state.jsonata else scope
    inspection = run.execution.inspection
    output = state_output(state, branch.input, own, result, state.result_selector, inspection)
    assigned = None if state.assign is None else variables.evaluate(state.assign, seen, state.name)
    text = output_text(branch, output, state.name)
    for child in run.children(branch):
        run.remove(child)
    leave(run, branch, state, output, text, state.next, assigned)


def failed(run: Run, parent: Branch, child: Branch) -> None:
    """A child failed: its siblings are aborted, and the parent's chain goes on from the child's last event."""
    if isinstance(run.state_of(parent), MapState):
        details = {"name": parent.state, "index": child.index}
        run.emit(child, "MapIterationFailed", details, advances=False)
    for sibling in run.children(parent):
        if sibling.id != child.id and sibling.phase is not Phase.DONE:
            _abort_child(run, parent, sibling)
    parent.previous_event = child.previous_event


def discard(run: Run, branch: Branch) -> None:
    """Remove what is left below a Parallel or Map that failed; a redrive may go on from it."""
    fallen = list(run.children(branch))
    for child in fallen:
        discard(run, child)
        run.remove(child)
    if branch.join is not None:
        branch.fallen = Fallen(branch.join, fallen)
    branch.join = None


def abort(run: Run, branch: Branch) -> None:
    """Say in the history that what a branch was doing was aborted, innermost first."""
    _abort_children(run, branch)
    # READY in a state that was entered: its next attempt is due and waits for its turn.
    phase = Phase.RETRYING if branch.phase is Phase.READY and branch.entered_event else branch.phase
    kind = _ABORTED.get((phase, type(run.state_of(branch)).__name__))
    if branch.join is not None and branch.join.map_run is not None:
        run.emit(branch, "MapRunAborted", advances=False)
        run.end_map_run(branch, "ABORTED")
    if kind is not None:
        run.emit(branch, kind, advances=False)


def _abort_children(run: Run, branch: Branch) -> None:
    for child in run.children(branch):
        if child.phase is not Phase.DONE:
            _abort_child(run, branch, child)


def _abort_child(run: Run, parent: Branch, child: Branch) -> None:
    abort(run, child)
    if isinstance(run.state_of(parent), MapState):
        run.emit(child, "MapIterationAborted", {"name": parent.state, "index": child.index}, advances=False)


# (phase, state) -> the event that says that it was aborted; what is between two states says nothing.
_ABORTED = {
    (Phase.TASK, "TaskState"): "TaskStateAborted",
    (Phase.RETRYING, "TaskState"): "TaskStateAborted",
    (Phase.WAITING, "WaitState"): "WaitStateAborted",
    (Phase.JOINING, "ParallelState"): "ParallelStateAborted",
    (Phase.RETRYING, "ParallelState"): "ParallelStateAborted",
    (Phase.JOINING, "MapState"): "MapStateAborted",
    (Phase.RETRYING, "MapState"): "MapStateAborted",
}


def _join_of(branch: Branch) -> Join:
    if branch.join is None:
        raise InvariantError(f"branch {branch.id} joins nothing")
    return branch.join

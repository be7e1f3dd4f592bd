"""The interpreter: (execution, signal, moment) -> events, effects, touched branches. Sans IO, and the same for Standard
and Express executions, local runs and the simulation.

    advance -> take(signal) -> [branches made READY] -> enter(state) -> leave(state) -> ... -> every branch rests

A branch runs until it rests; after a slice of transitions another one has its turn, and after
`limits.TRANSITIONS_PER_STEP_MAX`, or `limits.STEP_WORK_MAX` of costly expressions, the step ends with branches READY,
to be resumed in the next commit, so that a tight loop starves nobody.

An error in a state's expressions fails the state; its cause says which state, entered at which event, as AWS's does.
"""

from collections.abc import Callable
from typing import Any

from engine import limits
from engine.asl.model import (
    ChoiceState,
    FailState,
    MapState,
    ParallelState,
    PassState,
    SucceedState,
    TaskState,
    WaitState,
)
from engine.core import children, distributed, flow, history, mocked, redrive, task
from engine.core.context import map_items
from engine.core.dataflow import PlainStateError
from engine.core.execution import Branch, Execution, Phase
from engine.core.failure import fail_branch, fail_state
from engine.core.run import HistoryFull, Run, Step, World
from engine.core.signals import (
    ActivityStarted,
    ChildEnded,
    DeadlineReached,
    FailuresMarked,
    Heartbeat,
    ItemsNotRead,
    ItemsRead,
    MapRunSignal,
    MapRunUpdated,
    Redriven,
    ResultsGathered,
    ResultsNotWritten,
    ResultsWritten,
    Resumed,
    RoomMade,
    Signal,
    Started,
    StopRequested,
    TaskFailed,
    TaskSubmitted,
    TaskSucceeded,
    TimerFired,
)
from engine.core.transition import ENTERED_EVENTS
from engine.core.values import concurrency_field, tolerated_count, tolerated_percentage
from engine.errors import QueryEvaluationError, StateError
from engine.jsontext import dumps
from engine.moment import Moment

TRANSITIONS_PER_TURN = 32  # of one branch, before another one has its turn


def advance(execution: Execution, signal: Signal, moment: Moment, world: World) -> Step:
    """Take note of a signal and run every branch until it rests. Changes `execution`."""
    run = Run(execution, moment, world)
    if execution.status != "RUNNING" and not isinstance(signal, Redriven):
        return run.step(accepted=False)
    try:
        accepted = _SIGNALS[type(signal)](run, signal)
        if accepted:
            _drain(run)
    except HistoryFull:
        accepted = True
        _end_full(run)
    return run.step(accepted)


# ---- the work list ----


def _drain(run: Run) -> None:
    execution = run.execution
    while True:
        if run.ended_children:
            _take_note_of_child(run)
        elif execution.ready and not run.exhausted:
            branch = execution.branches.get(execution.ready.popleft())
            if branch is not None and branch.phase is Phase.READY:
                _take_turn(run, branch)
        else:
            return


def _take_turn(run: Run, branch: Branch) -> None:
    """Run a branch for a slice of transitions, or until it rests."""
    ready = run.execution.ready
    for _ in range(TRANSITIONS_PER_TURN):
        run.transitions += 1
        _guard(run, branch, _enter)
        # A branch that goes on has just been put at the end of the list; as long as its slice lasts it stays in front.
        if not ready or ready[-1] != branch.id or branch.phase is not Phase.READY or run.ended_children:
            return
        if run.exhausted:
            return
        ready.pop()
    ready.append(branch.id)


def _take_note_of_child(run: Run) -> None:
    ended = run.ended_children.popleft()
    child = ended.child
    parent = run.execution.branches.get(child.parent) if child.parent is not None else None
    if parent is None or parent.join is None or parent.join.children.get(child.index) != child.id:
        return  # the parent has failed meanwhile and has let go of its children
    if ended.failed:
        children.failed(run, parent, child)
        _guard(run, parent, lambda run, branch: fail_state(run, branch, ended.error, ended.cause))
    else:
        _guard(run, parent, lambda run, branch: children.done(run, branch, child))


def _guard(run: Run, branch: Branch, action: Callable[[Run, Branch], None]) -> None:
    """Do something for a branch; a StateError on the way fails the branch's state."""
    work = run.moment.work
    work.begin()
    try:
        action(run, branch)
    except StateError as error:
        cause = _say_evaluation_failed(run, branch, error)
        try:
            fail_state(run, branch, error.name, cause, evaluating=isinstance(error, QueryEvaluationError))
        except StateError as second:  # the handling itself failed: a Catch whose ResultPath does not fit
            fail_branch(run, branch, second.name, _say_evaluation_failed(run, branch, second))
    run.work += work.spent


def _say_evaluation_failed(run: Run, branch: Branch, error: StateError) -> str | None:
    """The cause of a failure; where an expression failed, the history says so first, once for each attempt."""
    cause = _located(branch, error)
    if isinstance(error, QueryEvaluationError):
        details = history.evaluation_failed(error.name, cause, error.location, branch.state)
        run.emit(branch, "EvaluationFailed", details)
    return cause


def _located(branch: Branch, error: StateError) -> str | None:
    if isinstance(error, PlainStateError) or error.cause is None:
        return error.cause
    where = f"An error occurred while executing the state '{branch.state}' "
    return f"{where}(entered at the event id #{branch.entered_event}). {error.cause}"


# ---- entering a state ----


def _enter(run: Run, branch: Branch) -> None:
    state = run.state_of(branch)
    before = branch.previous_event
    if branch.entered_event == 0:
        first = branch.id == 0 and run.execution.last_event == 1
        text = run.execution.input_text if first else branch.input_text
        branch.entered_ms = run.now_ms
        branch.retries = (0,) * len(getattr(state, "retry", ()))
        branch.entered_event = run.emit(branch, ENTERED_EVENTS[type(state)], history.entered(state.name, text))
    try:
        _ENTER[type(state)](run, branch, state)
    except QueryEvaluationError:
        if branch.previous_event == branch.entered_event:
            # Recorded on AWS: EvaluationFailed follows what was before the state when it is the first to happen in it.
            branch.previous_event = before
        raise


def _enter_map(run: Run, branch: Branch, state: MapState) -> None:
    if state.distributed and run.execution.inspection is None:
        distributed.begin(run, branch, state)
        return
    scope = run.scope(branch, state)
    concurrency = concurrency_field(state.max_concurrency, scope)
    count = tolerated_count(state.tolerated_failure_count, scope)
    percentage = tolerated_percentage(state.tolerated_failure_percentage, scope)
    if run.execution.inspection is not None:
        mocked.map_state(run, branch, state, scope, mocked.Limits(concurrency, count, percentage))
        return
    children.begin_map(run, branch, state, map_items(run.execution, branch, state, scope), concurrency)


def _enter_parallel(run: Run, branch: Branch, state: ParallelState) -> None:
    begin = children.begin_parallel if run.execution.inspection is None else mocked.parallel_state
    begin(run, branch, state)


_ENTER: dict[type[Any], Callable[[Run, Branch, Any], None]] = {
    PassState: flow.enter_pass,
    ChoiceState: flow.enter_choice,
    WaitState: flow.enter_wait,
    SucceedState: flow.enter_succeed,
    FailState: flow.enter_fail,
    TaskState: task.attempt,
    ParallelState: _enter_parallel,
    MapState: _enter_map,
}


# ---- signals ----


def _started(run: Run, signal: Started) -> bool:
    execution = run.execution
    root_flow = execution.machine.flows[execution.root_flow]
    root = run.add_branch(None, 0, root_flow.id, root_flow.start_at, execution.input, execution.canonical_text, 0)
    if execution.inspection is not None and execution.inspection.variables:
        root.variables = dict(execution.inspection.variables)
        root.variable_texts = {name: dumps(value) for name, value in root.variables.items()}
    details = {
        "input": execution.input_text,
        "inputDetails": history.NOT_TRUNCATED,
        "roleArn": execution.role_arn,
    }
    if execution.version_arn is not None:
        details["stateMachineVersionArn"] = execution.version_arn
    if execution.alias_arn is not None:
        details["stateMachineAliasArn"] = execution.alias_arn
    run.emit(root, "ExecutionStarted", details, advances=False)
    return True


def _resumed(run: Run, signal: Resumed) -> bool:
    return bool(run.execution.ready)


def _task_signal(run: Run, signal: TaskSubmitted | TaskSucceeded | TaskFailed | ActivityStarted | Heartbeat) -> bool:
    branch = run.execution.branches.get(signal.branch)
    if branch is None or branch.phase is not Phase.TASK or branch.attempt != signal.attempt:
        return False
    if isinstance(signal, ActivityStarted) and branch.started:
        return False
    handle = _TASK_SIGNALS[type(signal)]
    _guard(run, branch, lambda run, branch: handle(run, branch, run.state_of(branch), signal))
    return True


_TASK_SIGNALS: dict[type[Any], Callable[[Run, Branch, Any, Any], None]] = {
    TaskSubmitted: task.submitted,
    TaskSucceeded: task.succeeded,
    TaskFailed: task.failed,
    ActivityStarted: task.activity_started,
    Heartbeat: task.heartbeat,
}


def _timer_fired(run: Run, signal: TimerFired) -> bool:
    branch = run.execution.branches.get(signal.branch)
    if branch is None or branch.wake_ms is None or branch.wake_ms != signal.due_ms or branch.wake_ms > run.now_ms:
        return False
    branch.wake_ms = None
    if branch.phase is Phase.RETRYING:
        run.make_ready(branch)
    else:
        handle = _TIMERS[branch.phase]
        _guard(run, branch, lambda run, branch: handle(run, branch, run.state_of(branch)))
    return True


_TIMERS: dict[Phase, Callable[[Run, Branch, Any], None]] = {
    Phase.WAITING: flow.leave_wait,
    Phase.TASK: task.timer_fired,
}


def _map_run_signal(run: Run, signal: MapRunSignal) -> bool:
    branch = run.execution.branches.get(signal.branch)
    if branch is None or not distributed.awaits(branch, signal.key):
        return False
    handle = _MAP_RUN_SIGNALS[type(signal)]
    _guard(run, branch, lambda run, branch: handle(run, branch, run.state_of(branch), signal))
    return True


_MAP_RUN_SIGNALS: dict[type[Any], Callable[[Run, Branch, Any, Any], None]] = {
    RoomMade: distributed.room_made,
    ItemsRead: distributed.items_read,
    ItemsNotRead: distributed.items_not_read,
    FailuresMarked: distributed.failures_marked,
    ChildEnded: distributed.child_ended,
    ResultsGathered: distributed.results_gathered,
    ResultsWritten: distributed.results_written,
    ResultsNotWritten: distributed.results_not_written,
    MapRunUpdated: distributed.updated,
}


def _deadline_reached(run: Run, signal: DeadlineReached) -> bool:
    if run.execution.deadline_ms > run.now_ms:
        return False
    root = run.execution.branches[0]
    children.abort(run, root)
    details = {"error": "States.Timeout"}
    run.end("TIMED_OUT", "ExecutionTimedOut", root, details, stop_ms=run.execution.deadline_ms)
    return True


def _stop_requested(run: Run, signal: StopRequested) -> bool:
    root = run.execution.branches[0]
    children.abort(run, root)
    run.end("ABORTED", "ExecutionAborted", root, history.failure(signal.error, signal.cause))
    return True


def _redriven(run: Run, signal: Redriven) -> bool:
    joining = redrive.rise(run, signal)
    for branch in joining or ():
        _guard(run, branch, redrive.go_on)
    return joining is not None


_SIGNALS: dict[type[Any], Callable[[Run, Any], bool]] = {
    Started: _started,
    Resumed: _resumed,
    TaskSubmitted: _task_signal,
    TaskSucceeded: _task_signal,
    TaskFailed: _task_signal,
    ActivityStarted: _task_signal,
    Heartbeat: _task_signal,
    TimerFired: _timer_fired,
    DeadlineReached: _deadline_reached,
    StopRequested: _stop_requested,
    Redriven: _redriven,
    **dict.fromkeys(_MAP_RUN_SIGNALS, _map_run_signal),
}


def _end_full(run: Run) -> None:
    """The history holds no more events: the one that is left says so and ends the execution."""
    execution = run.execution
    root = execution.branches[0]
    root.previous_event = execution.last_event
    cause = f"The execution reached the maximum number of history events ({limits.HISTORY_EVENTS_MAX})."
    run.end("FAILED", "ExecutionFailed", root, history.failure("States.Runtime", cause))

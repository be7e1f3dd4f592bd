"""Taking note of signals: what each one means for the branches of an execution. False: it is stale, nothing changed.

A task's signals carry the attempt, a timer's its time, a Map Run's the run's key: what is not waited for any more is
known by them.
"""

from collections.abc import Callable
from typing import Any

from engine.core import children, distributed, flow, history, redrive, task
from engine.core.execution import Branch, Phase
from engine.core.guarding import guard
from engine.core.run import Run
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
    Started,
    StopRequested,
    TaskFailed,
    TaskSubmitted,
    TaskSucceeded,
    TimerFired,
)
from engine.jsontext import dumps


def _started(run: Run, signal: Started) -> bool:
    execution = run.execution
    root_flow = execution.machine.flows[execution.root_flow]
    root = run.add_branch(None, 0, root_flow.id, root_flow.start_at, execution.input, execution.input_text, 0)
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
    guard(run, branch, lambda run, branch: handle(run, branch, run.state_of(branch), signal))
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
        guard(run, branch, lambda run, branch: handle(run, branch, run.state_of(branch)))
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
    guard(run, branch, lambda run, branch: handle(run, branch, run.state_of(branch), signal))
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
        guard(run, branch, redrive.go_on)
    return joining is not None


SIGNALS: dict[type[Any], Callable[[Run, Any], bool]] = {
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

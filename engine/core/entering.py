"""Entering a state: its first event, then what its type does. Again for each attempt of a state that is retried."""

from collections.abc import Callable
from typing import Any

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
from engine.core import children, distributed, flow, history, mocked, task
from engine.core.context import map_items
from engine.core.execution import Branch
from engine.core.run import Run
from engine.core.transition import ENTERED_EVENTS
from engine.core.values import concurrency_field, tolerated_count, tolerated_percentage
from engine.errors import QueryEvaluationError


def enter(run: Run, branch: Branch) -> None:
    state = run.state_of(branch)
    before = branch.previous_event
    if branch.entered_event == 0:
        branch.entered_ms = run.now_ms
        branch.retries = (0,) * len(getattr(state, "retry", ()))
        branch.entered_event = run.emit(
            branch, ENTERED_EVENTS[type(state)], history.entered(state.name, branch.input_text)
        )
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

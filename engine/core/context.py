"""The context object, `$$`: what a state may know of its execution.

Built only when an expression looks at it. Source: AWS Step Functions, "Accessing execution data from the Context
object".
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from engine.asl.model import AnyState, MapState, ParallelState, State, TaskState
from engine.core import variables
from engine.core.dataflow import apply_path
from engine.core.execution import Branch, Execution, Join
from engine.errors import InvariantError, QueryEvaluationError, StateError
from engine.jsontext import dumps
from engine.moment import Moment, iso_time
from engine.query.path import Path, PathNotFound
from engine.query.scope import NOTHING, Given, Scope


def context_object(
    execution: Execution, branch: Branch, moment: Moment, task_token: str | None = None
) -> dict[str, Any]:
    context: dict[str, Any] = {
        "Execution": {
            "Id": execution.arn,
            "Input": execution.input,
            "StartTime": iso_time(execution.start_ms),
            "Name": execution.name,
            "RoleArn": execution.role_arn,
            **({} if execution.express else _redrives(execution.redrive_count, execution.redrive_ms)),
        },
        "StateMachine": {"Id": execution.machine_arn, "Name": execution.machine_name},
        "State": {"Name": branch.state, "EnteredTime": iso_time(branch.entered_ms)},
    }
    state = execution.machine.flows[branch.flow].states[branch.state]
    if isinstance(state, TaskState | ParallelState | MapState):
        context["State"]["RetryCount"] = branch.retry_count
    if task_token is not None:
        context["Task"] = {"Token": task_token}
    item = _current_item(execution, branch, moment)
    if item is not None:
        context["Map"] = {"Item": item}
    return context if execution.inspection is None else execution.inspection.context_of(context)


def _redrives(count: int, redriven_ms: int | None) -> dict[str, Any]:
    return {"RedriveCount": count, **({"RedriveTime": iso_time(redriven_ms)} if redriven_ms else {})}


def visit_of(execution: Execution, branch: Branch) -> tuple[int, int, int]:
    """What of the context object a redrive changes for a state that goes on (Join.visit)."""
    return branch.retry_count, execution.redrive_count, execution.redrive_ms or 0


def _context_at(visit: tuple[int, int, int], execution: Execution, branch: Branch, moment: Moment) -> dict[str, Any]:
    """The context object as it was when a Map began to iterate."""
    context = context_object(execution, branch, moment)
    retry_count, redrive_count, redriven_ms = visit
    context["State"]["RetryCount"] = retry_count
    context["Execution"].pop("RedriveTime", None)
    context["Execution"].update(_redrives(redrive_count, redriven_ms or None))
    return context


def with_item(
    context: Mapping[str, Any], index: int, value: Any, source: str | None = None, key: str | None = None
) -> dict[str, Any]:
    """The context object in which a Map's ItemSelector is evaluated for one item.

    `source`: where a distributed Map has it from. `key`: its name, where it is a member of a JSON object.
    """
    item = {"Index": index, "Value": value}
    if key is not None:
        item["Key"] = key
    if source is not None:
        item["Source"] = source
    return {**context, "Map": {"Item": item}}


def _current_item(execution: Execution, branch: Branch, moment: Moment) -> dict[str, Any] | None:
    """The item of the innermost Map iteration that the branch runs in."""
    while branch.parent is not None:
        parent = execution.branches[branch.parent]
        state = execution.machine.flows[parent.flow].states[parent.state]
        if isinstance(state, MapState):
            return {"Index": branch.index, "Value": joined_items(execution, parent, state, moment)[branch.index]}
        branch = parent
    return None


def joined_items(execution: Execution, branch: Branch, state: MapState, moment: Moment) -> list[Any]:
    """What a running Map iterates over; evaluated again after a restart, for the store keeps only its input."""
    join = branch.join
    if join is None:
        raise InvariantError(f"branch {branch.id} of {execution.arn} joins nothing")
    if join.items is None:
        join.items = _items_again(execution, branch, state, join, moment)
    return join.items


def _items_again(execution: Execution, branch: Branch, state: MapState, join: Join, moment: Moment) -> list[Any]:
    context = partial(_context_at, join.visit, execution, branch, moment)
    scope = scope_of(execution, branch, state, moment, context=context)
    items = map_items(execution, branch, state, scope, join.visit[0])
    if len(items) != join.total:
        raise InvariantError(f"branch {branch.id} of {execution.arn} had {join.total} items and has {len(items)}")
    return items


def scope_of(
    execution: Execution,
    branch: Branch,
    state: AnyState,
    moment: Moment,
    task_token: str | None = None,
    context: Callable[[], dict[str, Any]] | None = None,
) -> Scope:
    """What the expressions of a state see: `$` is its input after InputPath, `$$` its context object, `$name` the
    variables; in JSONata `$states` has the input and the context. `context`: another one than that of now.
    """
    if context is None:
        context = partial(context_object, execution, branch, moment, task_token)
    data = branch.input
    seen: Given = NOTHING
    if branch.parent is not None:
        seen = partial(variables.visible, execution, branch)
    elif branch.variables is not None:
        seen = branch.variables
    if state.jsonata:
        return Scope(data, context, moment, seen, {"input": data})
    if state.input_path is None or not state.input_path.whole:
        data = apply_path(state.input_path, Scope(data, context, moment, seen))
    if execution.inspection is not None:
        execution.inspection.saw("afterInputPath", data)
    return Scope(data, context, moment, seen)


def result_scope(state: State, scope: Scope, result: Any) -> Scope:
    """What Assign and, in JSONata, Output see of a Task's, Map's or Parallel's result."""
    return scope.stating("result", result) if state.jsonata else scope.over(result)


def error_scope(execution: Execution, branch: Branch, state: State, moment: Moment, error_output: Any) -> Scope:
    """What the Assign and Output of a catcher see; InputPath does not matter here, it may be what has failed."""

    def context() -> dict[str, Any]:
        return context_object(execution, branch, moment)

    states = {"input": branch.input, "errorOutput": error_output} if state.jsonata else {}
    return Scope(error_output, context, moment, variables.visible(execution, branch), states)


def map_items(
    execution: Execution, branch: Branch, state: MapState, scope: Scope, retry_count: int | None = None
) -> list[Any]:
    """The array that a Map iterates over; `retry_count`: in which attempt at the state, if not in this one.

    Raises StateError where there is none.
    """
    if isinstance(state.items, Path):
        return _items_at(state.items, scope)
    if state.items is None:
        if isinstance(scope.data, list):
            return scope.data
        raise QueryEvaluationError(f"Map state input must be an array but was: {dumps(scope.data)}")
    # What an expression gives by chance or by the clock must be the same when it is evaluated again: after a restart.
    retries = branch.retry_count if retry_count is None else retry_count
    seed = f"{execution.arn}/{branch.id}/{branch.entered_event}/{retries}"
    items = state.items.render(scope.at(scope.moment.replayed(branch.entered_ms, seed)))
    if isinstance(items, list):
        return items
    raise QueryEvaluationError(f"The field 'Items' must be an array but was: {dumps(items)}", "Items")


def begun_scope(execution: Execution, branch: Branch, state: MapState, moment: Moment) -> Scope:
    """What a running Map's expressions saw when it began to iterate: what they give by chance or by the clock, they
    give again after a restart.
    """
    if branch.join is None:
        raise InvariantError(f"branch {branch.id} of {execution.arn} joins nothing")
    visit = branch.join.visit
    context = partial(_context_at, visit, execution, branch, moment)
    scope = scope_of(execution, branch, state, moment, context=context)
    return scope.at(moment.replayed(branch.entered_ms, _seed(execution, branch, visit[0])))


def _seed(execution: Execution, branch: Branch, retry_count: int) -> str:
    return f"{execution.arn}/{branch.id}/{branch.entered_event}/{retry_count}"


def _items_at(path: Path, scope: Scope) -> list[Any]:
    try:
        items = path.find(scope)
    except PathNotFound as missing:
        raise StateError("States.Runtime", path.invalid_path_cause(missing.detail)) from None
    if isinstance(items, list):
        return items
    raise StateError("States.Runtime", f'Reference path "{path.text}" must point to array.')

"""The context object, `$$`: what a state may know of its execution.

Built only when an expression looks at it. Source: AWS Step Functions, "Accessing execution data from the Context
object".
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeGuard

from engine.asl.model import AnyState, MapState, ParallelState, State, TaskState
from engine.core import variables
from engine.core.dataflow import apply_path
from engine.core.execution import Branch, Execution, Join
from engine.errors import InvariantError, QueryEvaluationError, StateError
from engine.jsontext import dumps
from engine.moment import Moment, iso_time
from engine.query.path import Path, PathNotFound
from engine.query.result_path import conflict, first_misfit
from engine.query.scope import NOTHING, Given, Scope

Dataset = list[Any] | dict[str, Any]  # what a Map iterates over: an array; a distributed one over an object too
STATE_DATA = "STATE_DATA"  # the source of items that are no reader's


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
    context: Mapping[str, Any], index: int, value: Any, source: str = STATE_DATA, key: str | None = None
) -> dict[str, Any]:
    """The context object in which a Map's ItemSelector is evaluated for one item.

    `source`: where the Map has it from. `key`: its name, where it is a member of a JSON object.
    """
    named = {} if key is None else {"Key": key}
    return {**context, "Map": {"Item": {"Index": index, **named, "Value": value, "Source": source}}}


def _current_item(execution: Execution, branch: Branch, moment: Moment) -> dict[str, Any] | None:
    """The item of the innermost Map iteration that the branch runs in."""
    while branch.parent is not None:
        parent = execution.branches[branch.parent]
        state = execution.machine.flows[parent.flow].states[parent.state]
        if isinstance(state, MapState):
            value = joined_items(execution, parent, state, moment)[branch.index]
            return {"Index": branch.index, "Value": value, "Source": STATE_DATA}
        branch = parent
    return None


def joined_items(execution: Execution, branch: Branch, state: MapState, moment: Moment) -> list[Any]:
    """What a running inline Map iterates over."""
    return _array(joined_dataset(execution, branch, state, moment), state)


def joined_dataset(execution: Execution, branch: Branch, state: MapState, moment: Moment) -> Dataset:
    """What a running Map iterates over; evaluated again after a restart, for the store keeps only its input."""
    join = branch.join
    if join is None:
        raise InvariantError(f"branch {branch.id} of {execution.arn} joins nothing")
    if join.items is None:
        join.items = _items_again(execution, branch, state, join, moment)
    return join.items


def _items_again(execution: Execution, branch: Branch, state: MapState, join: Join, moment: Moment) -> Dataset:
    context = partial(_context_at, join.visit, execution, branch, moment)
    scope = scope_of(execution, branch, state, moment, context=context)
    items = dataset(execution, branch, state, scope, join.visit[0])
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
    data: Any = branch.input
    text: str | None = branch.input_text
    seen: Given = NOTHING
    if branch.parent is not None:
        seen = partial(variables.visible, execution, branch)
    elif branch.variables is not None:
        seen = branch.variables
    if state.jsonata:
        return Scope(data, context, moment, seen, {"input": data})
    if state.input_path is None or not state.input_path.whole:
        data, text = apply_path(state.input_path, Scope(data, context, moment, seen)), None
    if execution.inspection is not None:
        execution.inspection.saw("afterInputPath", data)
    return Scope(data, context, moment, seen, text=text)


def result_scope(state: State, scope: Scope, result: Any) -> Scope:
    """What Assign and, in JSONata, Output see of a Task's, Map's or Parallel's result."""
    return scope.stating("result", result) if state.jsonata else scope.over(result)


def error_scope(execution: Execution, branch: Branch, state: State, moment: Moment, error_output: Any) -> Scope:
    """What the Assign and Output of a catcher see; InputPath does not matter here, it may be what has failed."""

    def context() -> dict[str, Any]:
        return context_object(execution, branch, moment)

    states = {"input": branch.input, "errorOutput": error_output} if state.jsonata else {}
    return Scope(error_output, context, moment, variables.visible(execution, branch), states)


def map_items(execution: Execution, branch: Branch, state: MapState, scope: Scope) -> list[Any]:
    """The array that an inline Map iterates over. Raises StateError where there is none."""
    return _array(dataset(execution, branch, state, scope), state)


def _array(found: Dataset, state: MapState) -> list[Any]:
    if not isinstance(found, list):
        raise InvariantError(f"the inline Map {state.name} iterates over an object")
    return found


def dataset(
    execution: Execution, branch: Branch, state: MapState, scope: Scope, retry_count: int | None = None
) -> Dataset:
    """What a Map iterates over; `retry_count`: in which attempt at the state, if not in this one.

    A distributed Map iterates over the members of an object too (AWS Step Functions, "Distributed Map state fields").
    Raises StateError where there is nothing of the kind.
    """
    if isinstance(state.items, Path):
        return _items_at(state.items, scope, state)
    if state.items is None:
        if _fits(scope.data, state):
            return scope.data
        raise QueryEvaluationError(f"Map state input must be an array but was: {dumps(scope.data)}")
    # What an expression gives by chance or by the clock must be the same when it is evaluated again: after a restart.
    retries = branch.retry_count if retry_count is None else retry_count
    seed = f"{execution.arn}/{branch.id}/{branch.entered_event}/{retries}"
    items = state.items.render(scope.at(scope.moment.replayed(branch.entered_ms, seed)))
    if _fits(items, state):
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


def _fits(value: Any, state: MapState) -> TypeGuard[Dataset]:
    return isinstance(value, list) or (state.distributed and isinstance(value, dict))


def _items_at(path: Path, scope: Scope, state: MapState) -> Dataset:
    try:
        items = path.find(scope)
    except PathNotFound as missing:
        if path.root == "$" and path.names and scope.data is not None:
            raise conflict(path, first_misfit(path, scope.data), scope.data) from None
        raise StateError("States.Runtime", path.invalid_path_cause(missing.detail)) from None
    if _fits(items, state):
        return items
    raise StateError("States.Runtime", f'Reference path "{path.text}" must point to array.')

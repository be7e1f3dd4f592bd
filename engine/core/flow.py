"""The states that do no work of their own: Pass, Choice, Wait, Succeed, Fail.

Each `enter_*` is called after the state's Entered event and either leaves the state or lets the branch rest.
"""

from typing import Any

from engine import limits
from engine.asl.model import ChoiceState, FailState, Number, PassState, State, SucceedState, WaitState
from engine.core import variables
from engine.core.dataflow import apply_path, output_text, state_output
from engine.core.execution import Branch, Phase
from engine.core.failure import fail_branch
from engine.core.run import Run
from engine.core.transition import leave
from engine.core.values import as_text, evaluated_number, whole_number
from engine.errors import QueryEvaluationError, StateError
from engine.jsontext import dumps
from engine.query.path import Path, PathNotFound
from engine.query.scope import Scope
from engine.query.template import Template
from engine.query.timestamp import parse_timestamp


def enter_pass(run: Run, branch: Branch, state: PassState) -> None:
    scope = run.scope(branch, state)
    if state.has_result:
        result = state.result
    elif state.parameters is not None:
        result = state.parameters.render(scope)
    else:
        result = scope.data
    inspection = run.execution.inspection
    if inspection is not None and not state.jsonata:
        inspection.saw_pass(state.has_result, result)
    output = state_output(state, branch.input, scope, result, inspection=inspection)
    assigned = None if state.assign is None else variables.evaluate(state.assign, scope.over(result), state.name)
    leave(run, branch, state, output, output_text(branch, output, state.name), state.next, assigned)


def enter_succeed(run: Run, branch: Branch, state: SucceedState) -> None:
    scope = run.scope(branch, state)
    output = _passed_on(state, state.output, scope)
    leave(run, branch, state, output, output_text(branch, output, state.name), None)


def enter_choice(run: Run, branch: Branch, state: ChoiceState) -> None:
    scope = run.scope(branch, state)
    rule = next((rule for rule in state.choices if rule.matches(scope)), None)
    target, assign, output_template = (
        (rule.next, rule.assign, rule.output) if rule is not None else (state.default, state.assign, state.output)
    )
    if target is None:
        text = "Failed to transition out of the state. The state does not point to a next state."
        raise StateError("States.Runtime", text)
    output = _passed_on(state, output_template, scope)
    assigned = None if assign is None else variables.evaluate(assign, scope, state.name)
    leave(run, branch, state, output, output_text(branch, output, state.name), target, assigned)


def enter_wait(run: Run, branch: Branch, state: WaitState) -> None:
    wake_ms = _wake_ms(run, state, run.scope(branch, state))
    if wake_ms > run.now_ms + limits.SECONDS_MAX * 1000:
        raise StateError("States.Runtime", "Wait state delay is too long.")
    if wake_ms <= run.now_ms:
        leave_wait(run, branch, state)
    else:
        run.rest(branch, Phase.WAITING, wake_ms)


def leave_wait(run: Run, branch: Branch, state: WaitState) -> None:
    scope = run.scope(branch, state)
    output = _passed_on(state, state.output, scope)
    assigned = None if state.assign is None else variables.evaluate(state.assign, scope, state.name)
    leave(run, branch, state, output, output_text(branch, output, state.name), state.next, assigned)


def enter_fail(run: Run, branch: Branch, state: FailState) -> None:
    scope = run.scope(branch, state)
    error = _failure_text(state.error, "ErrorPath", scope)
    cause = _failure_text(state.cause, "CausePath", scope)
    fail_branch(run, branch, error, cause)


def _passed_on(state: State, output: Template | None, scope: Scope) -> Any:
    """The output of a state without a result: its input, through OutputPath or Output."""
    if output is not None:
        return output.render(scope)
    return scope.data if state.jsonata else apply_path(state.output_path, scope)


def _wake_ms(run: Run, state: WaitState, scope: Scope) -> int:
    if state.seconds is not None:
        return run.now_ms + _wait_seconds(state.seconds, scope) * 1000
    if state.timestamp is None:
        raise StateError("States.Runtime", "The Wait state says neither how long nor until when.")
    # AWS Step Functions, "Wait workflow state": it "considers the time value up to seconds and truncates milliseconds".
    return _wait_timestamp_ms(state.timestamp, scope) // 1000 * 1000


def _wait_seconds(seconds: Number, scope: Scope) -> int:
    if isinstance(seconds, int):
        return seconds
    if isinstance(seconds, Path):
        return whole_number(_referenced(seconds, scope, "SecondsPath"), seconds.text, "SecondsPath")
    return evaluated_number(seconds, scope, "Seconds")


def _wait_timestamp_ms(timestamp: Number, scope: Scope) -> int:
    if isinstance(timestamp, int):
        return timestamp
    if isinstance(timestamp, Path):
        found = _referenced(timestamp, scope, "TimestampPath")
        if (found_ms := _timestamp_ms(found)) is not None:
            return found_ms
        raise StateError("States.Runtime", f"{_NO_TIMESTAMP}{timestamp.text} == {as_text(found)}")
    value = timestamp.render(scope)
    if (value_ms := _timestamp_ms(value)) is not None:
        return value_ms
    text = "The field 'Timestamp' must be a valid ISO-8601 extended offset date-time format string but was: "
    raise QueryEvaluationError(text + dumps(value), "Timestamp")


_NO_TIMESTAMP = (
    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
)


def _referenced(path: Path, scope: Scope, field: str) -> Any:
    try:
        return path.find(scope)
    except PathNotFound:
        text = f"The {field} parameter does not reference an input value: {path.text}"
        raise StateError("States.Runtime", text) from None


def _timestamp_ms(value: Any) -> int | None:
    try:
        return int(parse_timestamp(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _failure_text(field: str | Template | None, name: str, scope: Scope) -> str | None:
    """Error or Cause of a Fail state: a constant, or what its path, intrinsic or expression gives: a string."""
    if field is None or isinstance(field, str):
        return field
    value = field.render(scope)
    if not isinstance(value, str):
        text = f"The {name} field must evaluate to a string but was: {as_text(value)}"
        raise StateError("States.Runtime", text)
    return value

"""The states that do no work of their own: Pass, Choice, Wait, Succeed, Fail.

Each `enter_*` is called after the state's Entered event and either leaves the state or lets the branch rest.
"""

from typing import Any

from engine import limits
from engine.asl.model import ChoiceState, FailState, PassState, SucceedState, WaitState
from engine.core.dataflow import apply_path, result_text, state_output
from engine.core.execution import Branch, Phase
from engine.core.failure import fail_branch
from engine.core.run import Run
from engine.core.transition import leave
from engine.core.values import as_text, whole_number
from engine.errors import StateError
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
    output = state_output(state, branch.input, scope, result)
    leave(run, branch, state, output, _text_of(branch, output, state.name), state.next)


def enter_succeed(run: Run, branch: Branch, state: SucceedState) -> None:
    scope = run.scope(branch, state)
    output = apply_path(state.output_path, scope)
    leave(run, branch, state, output, _text_of(branch, output, state.name), None)


def enter_choice(run: Run, branch: Branch, state: ChoiceState) -> None:
    scope = run.scope(branch, state)
    target = next((rule.next for rule in state.choices if rule.matches(scope)), state.default)
    if target is None:
        text = "Failed to transition out of the state. The state does not point to a next state."
        raise StateError("States.Runtime", text)
    output = apply_path(state.output_path, scope)
    leave(run, branch, state, output, _text_of(branch, output, state.name), target)


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
    output = apply_path(state.output_path, scope)
    leave(run, branch, state, output, _text_of(branch, output, state.name), state.next)


def enter_fail(run: Run, branch: Branch, state: FailState) -> None:
    scope = run.scope(branch, state)
    error = _failure_text(state.error, "ErrorPath", scope)
    cause = _failure_text(state.cause, "CausePath", scope)
    fail_branch(run, branch, error, cause)


def _text_of(branch: Branch, output: Any, state_name: str) -> str:
    return branch.input_text if output is branch.input else result_text(output, state_name)


def _wake_ms(run: Run, state: WaitState, scope: Scope) -> int:
    if state.seconds is not None:
        return run.now_ms + state.seconds * 1000
    if state.timestamp_ms is not None:
        return state.timestamp_ms
    if state.seconds_path is not None:
        value = _referenced(state.seconds_path, scope, "SecondsPath")
        return run.now_ms + whole_number(value, state.seconds_path.text, "SecondsPath") * 1000
    if state.timestamp_path is None:
        raise StateError("States.Runtime", "The Wait state says neither how long nor until when.")
    return _timestamp_ms(_referenced(state.timestamp_path, scope, "TimestampPath"), state.timestamp_path)


def _referenced(path: Path, scope: Scope, field: str) -> Any:
    try:
        return path.find(scope)
    except PathNotFound:
        text = f"The {field} parameter does not reference an input value: {path.text}"
        raise StateError("States.Runtime", text) from None


def _timestamp_ms(value: Any, path: Path) -> int:
    try:
        if isinstance(value, str):
            return int(parse_timestamp(value))
    except ValueError:
        pass
    raise StateError(
        "States.Runtime",
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
        f"{path.text} == {as_text(value)}",
    )


def _failure_text(field: str | Template | None, name: str, scope: Scope) -> str | None:
    """Error or Cause of a Fail state: a constant, or what its path or intrinsic gives, which must be a string."""
    if field is None or isinstance(field, str):
        return field
    value = field.render(scope)
    if not isinstance(value, str):
        text = f"The {name} field must evaluate to a string but was: {as_text(value)}"
        raise StateError("States.Runtime", text)
    return value

"""Workflow variables: what a state sees of them, and what its Assign makes of them.

Each branch is a scope: the root, a Parallel branch, a Map iteration. It reads the variables of the branches around it
and assigns its own; they go with it. All that one Assign evaluates sees the values before it, and the next state sees
those after it. Values are kept beside their JSON texts: a row and the history are written from the texts.

Source: AWS Step Functions, "Passing data between states with variables".
"""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import limits
from engine.core.execution import Branch, Execution
from engine.errors import StateError
from engine.jsontext import JsonError, dumps, size_bytes
from engine.query.scope import Scope
from engine.query.template import Template


@dataclass(frozen=True, slots=True)
class Assigned:
    """What an Assign came to: values and their JSON texts by the names of the variables."""

    values: Mapping[str, Any]
    texts: Mapping[str, str]


def visible(execution: Execution, branch: Branch) -> Mapping[str, Any]:
    """The variables that a branch reads: its own before those around it. Nothing is copied."""
    scopes = [branch.variables]
    while branch.parent is not None:
        branch = execution.branches[branch.parent]
        scopes.append(branch.variables)
    return ChainMap(*(scope for scope in scopes if scope is not None))


def evaluate(assign: Template, scope: Scope, state_name: str) -> Assigned:
    """Raises StateError, States.DataLimitExceeded where a variable or all of them together are over 256 KiB."""
    values: dict[str, Any] = assign.render(scope)
    texts = {name: _text(value) for name, value in values.items()}
    if sum(map(size_bytes, texts.values())) > limits.VARIABLE_BYTES_MAX:
        raise StateError(
            "States.DataLimitExceeded",
            f"The state '{state_name}' assigned variables with a size exceeding the maximum of "
            f"{limits.VARIABLE_BYTES_MAX} bytes for one Assign.",
        )
    return Assigned(values, texts)


def keep(execution: Execution, branch: Branch, assigned: Assigned) -> None:
    """Let the branch have what was assigned. Raises StateError where the execution would keep more than 10 MiB."""
    values, texts = branch.variables or {}, branch.variable_texts or {}
    before = sum(size_bytes(texts[name]) for name in assigned.texts if name in texts)
    total = execution.variable_bytes - before + sum(map(size_bytes, assigned.texts.values()))
    if total > limits.VARIABLES_BYTES_MAX:
        raise StateError(
            "States.DataLimitExceeded",
            f"The variables of the execution exceed the maximum of {limits.VARIABLES_BYTES_MAX} bytes.",
        )
    execution.variable_bytes = total
    branch.variables = {**values, **assigned.values}
    branch.variable_texts = {**texts, **assigned.texts}


def forget(execution: Execution, branch: Branch) -> None:
    """The branch is over, and its scope with it."""
    put_away(execution, branch)
    branch.variable_texts = None


def put_away(execution: Execution, branch: Branch) -> None:
    """The branch is over without success: its variables are nobody's, unless it is redriven."""
    execution.variable_bytes -= stored_bytes(branch)
    branch.variables = None


def stored_bytes(branch: Branch) -> int:
    return sum(map(size_bytes, (branch.variable_texts or {}).values()))


def _text(value: Any) -> str:
    try:
        return dumps(value)
    except JsonError as error:
        raise StateError("States.Runtime", str(error)) from None

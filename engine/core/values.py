"""Values that a state takes from its input where it needs a number: read as AWS reads them, refused in AWS's words."""

from typing import Any

from engine.asl.model import Number
from engine.errors import QueryEvaluationError, StateError
from engine.jsontext import dumps
from engine.query.path import Path, PathNotFound
from engine.query.scope import Scope
from engine.query.template import Template


def as_text(value: Any) -> str:
    """A value as AWS quotes it in a cause: strings bare, the rest as JSON."""
    return value if isinstance(value, str) else dumps(value)


def whole_number(value: Any, path_text: str, field: str) -> int:
    """A number of seconds that is not negative. Raises StateError States.Runtime."""
    if isinstance(value, bool) or not isinstance(value, int):
        text = f"The {field} parameter cannot be parsed as a long value: {path_text} == {as_text(value)}"
        raise StateError("States.Runtime", text)
    if value < 0:
        raise StateError("States.Runtime", f"The {field} parameter references a negative value: {path_text} == {value}")
    return value


def evaluated_number(template: Template, scope: Scope, field: str, least: int = 0) -> int:
    """What the expression of a field gives: a whole number from `least` on. Raises QueryEvaluationError."""
    value = template.render(scope)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        kind = "a positive integer" if least else "a non-negative integer"
        raise QueryEvaluationError(f"The field '{field}' must be {kind} but was: {dumps(value)}", field)
    return value


def seconds_field(value: Number | None, scope: Scope, field: str) -> int | None:
    """TimeoutSeconds or HeartbeatSeconds: the number, or what its Path form or expression gives (at least 1)."""
    if value is None or isinstance(value, int):
        return value
    if not isinstance(value, Path):
        return evaluated_number(value, scope, field, least=1)
    try:
        found = value.find(scope)
    except PathNotFound:
        text = f"The {field}Path parameter does not reference an input value: {value.text}"
        raise StateError("States.Runtime", text) from None
    seconds = whole_number(found, value.text, f"{field}Path")
    if seconds == 0:
        raise StateError("States.Runtime", f"The {field}Path parameter must be positive: {value.text} == 0")
    return seconds


def concurrency_field(value: Number, scope: Scope) -> int:
    """MaxConcurrency; 0 and, as recorded on AWS, any negative number from a path stand for no limit of the author's."""
    if isinstance(value, int):
        return value
    if not isinstance(value, Path):
        return evaluated_number(value, scope, "MaxConcurrency")
    try:
        found = value.find(scope)
    except PathNotFound as missing:
        raise StateError("States.Runtime", value.invalid_path_cause(missing.detail)) from None
    if isinstance(found, bool) or not isinstance(found, int):
        shown = f'The MaxConcurrencyPath field refers to value "{as_text(found)}" which is not a valid integer'
        raise StateError("States.Runtime", f"{shown}: {value.text}")
    return max(found, 0)

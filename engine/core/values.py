"""Values that a state takes from its input where it needs a number: read as AWS reads them, refused in AWS's words."""

from typing import Any, TypeVar

from engine.asl.model import Number
from engine.errors import QueryEvaluationError, StateError
from engine.jsontext import dumps
from engine.query.path import Path, PathNotFound
from engine.query.scope import Scope
from engine.query.template import Template

Parsed = TypeVar("Parsed", int, float)


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
    return max(_read(value, scope, "MaxConcurrencyPath", int, "integer"), 0)


def tolerated_count(value: Number | None, scope: Scope) -> int | None:
    """ToleratedFailureCount: a whole number that is not negative."""
    if value is None or isinstance(value, int):
        return value
    if not isinstance(value, Path):
        return evaluated_number(value, scope, "ToleratedFailureCount")
    count = _read(value, scope, "ToleratedFailureCountPath", int, "integer")
    if count < 0:
        raise StateError("States.Runtime", "ToleratedFailureCount cannot be negative.")
    return count


def tolerated_percentage(value: Number | float | None, scope: Scope) -> float | None:
    """ToleratedFailurePercentage: a number from 0 to 100."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Path):
        percentage = _read(value, scope, "ToleratedFailurePercentagePath", float, "float")
        if not 0 <= percentage <= 100:
            raise StateError("States.Runtime", _PERCENTAGE)
        return percentage
    found: Any = value.render(scope)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 100:
        raise QueryEvaluationError(_PERCENTAGE, "ToleratedFailurePercentage")
    return found


_PERCENTAGE = "ToleratedFailurePercentage must be between 0 and 100."


def _read(path: Path, scope: Scope, field: str, kind: type[Parsed], shown: str) -> Parsed:
    """A number at a path, or a text that is one (recorded on AWS)."""
    try:
        found = path.find(scope)
    except PathNotFound as missing:
        raise StateError("States.Runtime", path.invalid_path_cause(missing.detail)) from None
    try:
        if isinstance(found, str) or (not isinstance(found, bool) and isinstance(found, int | kind)):
            return kind(found)
    except (ValueError, OverflowError):
        pass
    text = f'The {field} field refers to value "{as_text(found)}" which is not a valid {shown}: {path.text}'
    raise StateError("States.Runtime", text)

"""Values that a state takes from its input where it needs a number: read as AWS reads them, refused in AWS's words."""

from typing import Any

from engine.errors import StateError
from engine.jsontext import dumps
from engine.query.path import Path, PathNotFound
from engine.query.scope import Scope


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


def seconds_field(value: int | Path | None, scope: Scope, field: str) -> int | None:
    """TimeoutSeconds or HeartbeatSeconds: the number, or what its Path form refers to (at least 1)."""
    if value is None or isinstance(value, int):
        return value
    try:
        found = value.find(scope)
    except PathNotFound:
        text = f"The {field}Path parameter does not reference an input value: {value.text}"
        raise StateError("States.Runtime", text) from None
    seconds = whole_number(found, value.text, f"{field}Path")
    if seconds == 0:
        raise StateError("States.Runtime", f"The {field}Path parameter must be positive: {value.text} == 0")
    return seconds


def concurrency_field(value: int | Path, scope: Scope) -> int:
    """MaxConcurrency; 0 and, as recorded on AWS, any negative number from a path stand for no limit of the author's."""
    if isinstance(value, int):
        return value
    try:
        found = value.find(scope)
    except PathNotFound as missing:
        raise StateError("States.Runtime", value.invalid_path_cause(missing.detail)) from None
    if isinstance(found, bool) or not isinstance(found, int):
        shown = f'The MaxConcurrencyPath field refers to value "{as_text(found)}" which is not a valid integer'
        raise StateError("States.Runtime", f"{shown}: {value.text}")
    return max(found, 0)

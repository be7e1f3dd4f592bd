"""ResultPath: a value is put into the data at a reference path.

The data is never changed: the objects and arrays along the path are copied, everything else is shared. Objects that are
missing on the way are made; an array has no place but those that it has.
"""

from typing import Any

from engine import jsontext
from engine.errors import StateError
from engine.query.path import Path

_CAUSE_INPUT_CHARS_MAX = 10_000  # of the value that is quoted in a cause


def put(data: Any, path: Path, value: Any) -> Any:
    """New data with `value` at `path`, a reference path from `$`.

    Raises StateError(`States.ResultPathMatchFailure`) where a step does not fit what is there.
    """
    if not path.reference or path.root != "$":
        raise ValueError(f"'{path.text}' is not a reference path into the data")
    if path.whole:
        return value
    *parents, last = path.names
    top = here = _copy(data, path.names[0])
    for at, step in enumerate(parents):
        below = here.get(step, {}) if isinstance(here, dict) else here[step]
        here[step] = _copy(below, path.names[at + 1])
        here = here[step]
    here[last] = value
    return top


def _copy(value: Any, step: str | int) -> Any:
    """A copy of what `step` is to be applied to."""
    if isinstance(value, dict) and isinstance(step, str):
        return {**value}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return [*value]
    raise StateError("States.ResultPathMatchFailure", f"Unable to apply step {_quoted(step)} to input {_shown(value)}")


def _quoted(step: str | int) -> str:
    return f'"{step}"' if isinstance(step, str) else f'"[{step}]"'


def _shown(value: Any) -> str:
    try:
        return jsontext.dumps(value)[:_CAUSE_INPUT_CHARS_MAX]
    except jsontext.JsonError as error:
        return str(error)

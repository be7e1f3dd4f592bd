"""Reference paths applied to data: ResultPath puts a value into it, ItemsPath takes one out.

The data is never changed: the objects and arrays along the path are copied, everything else is shared. Objects that are
missing on the way are made; an array has no place but those that it has.

Where a path does not fit, AWS fails the state with States.ReferencePathConflict and one of two causes, which name no
state. Its documentation has States.ResultPathMatchFailure instead, which nobody has shown. Users have:
`Unable to apply ReferencePath $.someTaskResult to input "input1"` (Qiita, tsubasaogawa), for a ResultPath;
`Unable to apply step "objects" to input {"discovery":{"statusCode":500,...}}` (several repositories), for an ItemsPath
`$.discovery.objects` that leads nowhere: the input is the whole one.
"""

from typing import Any

from engine import jsontext
from engine.errors import PlainStateError, StateError
from engine.query.path import Path

_CAUSE_INPUT_CHARS_MAX = 10_000  # of the value that is quoted in a cause


def put(data: Any, path: Path, value: Any) -> Any:
    """New data with `value` at `path`, a reference path from `$`.

    Raises StateError(`States.ReferencePathConflict`) where a step does not fit what is there.
    """
    if not path.reference or path.root != "$":
        raise ValueError(f"'{path.text}' is not a reference path into the data")
    if path.whole:
        return value
    *parents, last = path.names
    top = here = _copy(data, path.names[0])
    if top is None:
        raise _conflict(f"ReferencePath {path.text}", data)
    for at, step in enumerate(parents):
        below = here.get(step, {}) if isinstance(here, dict) else here[step]
        here[step] = _copy(below, path.names[at + 1])
        here = here[step]
        if here is None:
            raise conflict(path, at + 1, data)
    here[last] = value
    return top


def conflict(path: Path, at: int, data: Any) -> StateError:
    """What to raise where the step of a reference path at position `at` does not fit what is there in the data."""
    step = path.names[at]
    return _conflict(f'step "{step}"' if isinstance(step, str) else f'step "[{step}]"', data)


def first_misfit(path: Path, data: Any) -> int:
    """The position of the step at which a reference path leads nowhere in the data; 0 where none is at fault."""
    for at, step in enumerate(path.names):
        try:
            if isinstance(step, int) is not isinstance(data, list):
                return at
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return at
    return 0


def _copy(value: Any, step: str | int) -> Any:
    """A copy of what `step` is to be applied to; None where it does not fit."""
    if isinstance(value, dict) and isinstance(step, str):
        return {**value}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return [*value]
    return None


def _conflict(what: str, data: Any) -> StateError:
    return PlainStateError("States.ReferencePathConflict", f"Unable to apply {what} to input {_shown(data)}")


def _shown(value: Any) -> str:
    try:
        return jsontext.dumps(value)[:_CAUSE_INPUT_CHARS_MAX]
    except jsontext.JsonError as error:
        return str(error)

"""From a Task's parameters to a request in the shapes of a service's model: names, types, nothing passed over.

| the model's type | what a Task may give |
|---|---|
| string | a string; anything else becomes its JSON text, as recorded on AWS (`Input` of `aws-sdk:sfn:startExecution`) |
| blob | a string, sent as its UTF-8 bytes; anything else becomes its JSON text |
| timestamp | ISO-8601 text, or seconds since 1970 |
| integer, long, float, double, boolean | a JSON value of that kind |
| structure, list, map | an object, an array, an object |
| document | any JSON value |

A member that is null is left out. All that is wrong is collected and said at once, in AWS's words.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from engine import jsontext, limits
from engine.errors import StateError
from engine.sdk.naming import capitalised, member_name


@dataclass(frozen=True, slots=True)
class Spelling:
    """How Tasks of one kind spell members. `also`: a second spelling that is understood."""

    member: Callable[[str], str]
    also: Callable[[str], str]


SDK = Spelling(member_name, capitalised)
OPTIMISED = Spelling(capitalised, str)


def request_of(
    parameters: Any,
    shape: StructureShape | None,
    spelling: Spelling,
    timestamp: Callable[[datetime], Any] = lambda moment: moment,
) -> dict[str, Any]:
    """The request of an operation whose input is `shape`; `timestamp` says how its times are to be.

    Raises StateError States.Runtime, as AWS does.
    """
    reader = _Reader(spelling, timestamp)
    request = reader.structure(parameters, shape, "") if isinstance(parameters, dict) else None
    if request is None:
        reader.complaints.append("The Parameters must be a JSON object")
    if reader.complaints or request is None:
        raise unusable_parameters(parameters, reader.complaints)
    return request


def unusable_parameters(parameters: Any, complaints: list[str]) -> StateError:
    """Parameters that Step Functions refuses before it calls the service."""
    text = jsontext.dumps(parameters)
    end = f"' could not be used to start the Task: [{', '.join(complaints)}]"
    room = limits.CAUSE_CHARS_MAX - 1_000 - len(end)  # the interpreter puts the state's name before it
    return StateError("States.Runtime", f"The Parameters '{text[: max(0, room)]}{end}"[: limits.CAUSE_CHARS_MAX])


class _WrongType(Exception):
    """A value that is not what the model's type takes; says what that is."""


def _text(value: Any) -> str:
    return _encodable(value if isinstance(value, str) else jsontext.dumps(value))


def _encodable(text: str) -> str:
    """Half a surrogate pair is no character: `?`, as Java's encoder has it. No service has to look for such."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _bytes(value: Any) -> bytes:
    return _text(value).encode()


def _integer(value: Any) -> int:
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is not int:
        raise _WrongType("a NUMBER")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise _WrongType("a NUMBER")
    return float(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongType("a BOOLEAN")
    return value


def _timestamp(value: Any) -> datetime:
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value)
            return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
        if type(value) in (int, float):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise _WrongType("a TIMESTAMP")


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": _text,
    "character": _text,
    "blob": _bytes,
    "timestamp": _timestamp,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "bigdecimal": _number,
    "boolean": _boolean,
}


@dataclass(slots=True)
class _Reader:
    spelling: Spelling
    timestamp: Callable[[datetime], Any]
    complaints: list[str] = field(default_factory=list)

    def value(self, value: Any, shape: Shape, name: str) -> Any:
        if isinstance(shape, StructureShape) and not shape.is_document_type:
            return self._checked(value, dict, "an OBJECT", name) and self.structure(value, shape, f"{name}.")
        if isinstance(shape, ListShape):
            return self._checked(value, list, "an ARRAY", name) and [
                self.value(item, shape.member, f"{name}[{position}]") for position, item in enumerate(value)
            ]
        if isinstance(shape, MapShape):
            return self._checked(value, dict, "an OBJECT", name) and {
                _encodable(key): self.value(item, shape.value, f"{name}.{_encodable(key)}")
                for key, item in value.items()
                if item is not None
            }
        if shape.type_name not in _SCALARS or shape.serialization.get("jsonvalue"):
            return value  # a document: any JSON
        try:
            read = _SCALARS[shape.type_name](value)
            return self.timestamp(read) if isinstance(read, datetime) else read
        except _WrongType as wrong:
            self._complain(f"The value for the field '{name}' must be {wrong}")
            return None

    def _checked(self, value: Any, kind: type, expected: str, name: str) -> Any:
        """The value itself, where it is of that kind and not empty; else what stands for it, after a complaint."""
        if not isinstance(value, kind):
            self._complain(f"The value for the field '{name}' must be {expected}")
            return None
        return value

    def structure(self, value: dict[str, Any], shape: StructureShape | None, prefix: str) -> dict[str, Any]:
        members = {} if shape is None else shape.members
        known = dict(self._spellings(members))
        request = {}
        for key, item in value.items():
            member = known.get(key)
            if member is None:
                self._complain(f"The field '{prefix}{key}' is not supported by Step Functions")
            elif item is not None:
                request[member] = self.value(item, members[member], f"{prefix}{key}")
        for required in [] if shape is None else shape.required_members:
            generated = members[required].metadata.get("idempotencyToken")
            if required not in request and not generated:
                missing = f"{prefix}{self.spelling.member(required)}"
                self._complain(f"The field '{missing}' is required but was missing")
        return request

    def _spellings(self, members: dict[str, Shape]) -> Iterator[tuple[str, str]]:
        """(as a Task spells it, as the model does); where two clash, the usual spelling wins."""
        yield from ((self.spelling.also(member), member) for member in members)
        yield from ((self.spelling.member(member), member) for member in members)

    def _complain(self, complaint: str) -> None:
        if len(self.complaints) < limits.VALIDATION_FAILURES_MAX:
            self.complaints.append(complaint)

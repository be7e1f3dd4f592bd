"""The library's functions on arrays, objects and any value (docs.jsonata.org/array-functions, object-functions)."""

from typing import Any

from engine.query.jsonata.calls import Call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.functional import clone
from engine.query.jsonata.values import (
    FUNCTIONS,
    UNDEFINED,
    Seq,
    append,
    is_number,
    lookup,
    same,
)


def to_boolean(call: Call, value: Any = UNDEFINED) -> Any:
    return UNDEFINED if value is UNDEFINED else call.run.true(value)


def negation(call: Call, value: Any = UNDEFINED) -> Any:
    return UNDEFINED if value is UNDEFINED else not call.run.true(value)


def exists(value: Any = UNDEFINED) -> bool:
    return value is not UNDEFINED


def type_name(value: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    if type(value) in FUNCTIONS:
        return "function"
    if value is None:
        return "null"
    if type(value) is bool:
        return "boolean"
    if is_number(value):
        return "number"
    return "string" if type(value) is str else "array" if isinstance(value, list) else "object"


def appended(call: Call, one: Any = UNDEFINED, other: Any = UNDEFINED) -> Any:
    call.run.hold_items(_count(one) + _count(other))
    return append(one, other)


def _count(value: Any) -> int:
    return len(value) if isinstance(value, list) else 1


def reverse(values: Any) -> Any:
    if values is UNDEFINED or len(values) <= 1:
        return values
    return values[::-1]


def shuffle(call: Call, values: Any) -> Any:
    if values is UNDEFINED or len(values) <= 1:
        return values
    result = list(values)
    for at in range(len(result) - 1, 0, -1):
        other = int(call.run.moment.random() * (at + 1))
        result[at], result[other] = result[other], result[at]
    return result


def distinct(call: Call, values: Any = UNDEFINED) -> Any:
    """The first of those that are equal. Scalars are found by hash, all else is compared."""
    if not isinstance(values, list) or len(values) <= 1:
        return values
    result: list[Any] = Seq() if isinstance(values, Seq) else []
    scalars: set[tuple[str, Any]] = set()
    others: list[Any] = []
    for value in values:
        if isinstance(value, list | dict):
            call.run.spend(3 * len(others))
            call.run.visit(value)
            if any(same(value, other) for other in others):
                continue
            others.append(value)
        else:
            key = ("number" if is_number(value) else type(value).__name__, value)
            if key in scalars:
                continue
            scalars.add(key)
        result.append(value)
    return result


def zipped(*arrays: Any) -> list[Any]:
    if any(not isinstance(array, list) for array in arrays):
        return []
    return [list(values) for values in zip(*arrays, strict=False)]


def keys(call: Call, value: Any = UNDEFINED) -> Any:
    """The names of an object's members, or of all objects' of an array."""
    if isinstance(value, list):
        found: dict[str, None] = {}
        waiting: list[Any] = [value]
        while waiting:
            each = waiting.pop()
            if isinstance(each, list):
                call.run.spend(len(each))
                waiting += reversed(each)
            elif type(each) is dict:
                call.run.spend(len(each))
                found |= dict.fromkeys(each)
        return Seq(found)
    return Seq(value) if type(value) is dict else Seq()


def looked_up(call: Call, value: Any = UNDEFINED, name: Any = UNDEFINED) -> Any:
    return UNDEFINED if name is UNDEFINED else lookup(value, name, call.run)


def spread(call: Call, value: Any = UNDEFINED) -> Any:
    """An object for each member."""
    if isinstance(value, list):
        call.run.spend(len(value))
        found: list[Any] = []
        for item in value:
            part = spread(call, item)
            found += part if isinstance(part, list) else [part] if part is not UNDEFINED else []
        return found if found else Seq()
    if type(value) is not dict:
        return value
    call.run.hold_items(4 * len(value))
    return Seq({name: member} for name, member in value.items())


def merge(call: Call, objects: Any) -> Any:
    if objects is UNDEFINED:
        return UNDEFINED
    merged: dict[str, Any] = {}
    for each in objects:
        call.run.hold_items(2 * len(each))
        merged.update(each)
    return merged


def cloned(call: Call, value: Any = UNDEFINED) -> Any:
    return UNDEFINED if value is UNDEFINED else clone(value, call.run)


def fail(message: Any = UNDEFINED) -> Any:
    raise JsonataError("D3137", message="$error() function evaluated" if message is UNDEFINED else message)


def require(condition: Any, message: Any = UNDEFINED) -> Any:
    if condition is not True:
        raise JsonataError("D3141", message="$assert() statement failed" if message is UNDEFINED else message)
    return UNDEFINED

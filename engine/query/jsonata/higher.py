"""The library's functions that call others (docs.jsonata.org/higher-order-functions), and `$sort`."""

from functools import cmp_to_key
from typing import Any

from engine.query.jsonata.calls import Call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.values import UNDEFINED, Seq, arity, is_number


def each_mapped(call: Call, values: Any, function: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    found = Seq()
    for at, value in enumerate(values):
        result = call.apply_with(function, value, at, values)
        if result is not UNDEFINED:
            found.append(_array(result))
    call.run.hold_items(len(found))
    return found


def _array(value: Any) -> Any:
    return list(value) if isinstance(value, Seq) else value


def filtered(call: Call, values: Any, function: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    return Seq(
        [value for at, value in enumerate(values) if call.run.true(call.apply_with(function, value, at, values))]
    )


def single(call: Call, values: Any, function: Any = UNDEFINED) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    found: list[Any] = []
    for at, value in enumerate(values):
        if function is UNDEFINED or call.run.true(call.apply_with(function, value, at, values)):
            if found:
                raise JsonataError("D3138", index=at)
            found.append(value)
    if not found:
        raise JsonataError("D3139")
    return found[0]


def reduce(call: Call, values: Any, function: Any, initial: Any = UNDEFINED) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    takes = arity(function)
    if takes < 2:
        raise JsonataError("D3050", index=1)
    result, start = initial, 0
    if initial is UNDEFINED and values:
        result, start = values[0], 1
    for at in range(start, len(values)):
        result = call.apply(function, [result, values[at], at, values][:takes])
    return result


def each_member(call: Call, value: Any, function: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    found = Seq()
    for name, member in value.items():
        result = call.apply_with(function, member, name, value)
        if result is not UNDEFINED:
            found.append(_array(result))
    return found


def sifted(call: Call, value: Any, function: Any = UNDEFINED) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    kept = {
        name: member for name, member in value.items() if call.run.true(call.apply_with(function, member, name, value))
    }
    return kept or UNDEFINED


def sort(call: Call, values: Any, function: Any = UNDEFINED) -> Any:
    """Stable; `function` says of two whether they are to change places."""
    if values is UNDEFINED or len(values) <= 1:
        return values
    call.run.spend(len(values) >> 1)
    call.run.hold_items(len(values))
    if function is UNDEFINED:
        if not (all(map(is_number, values)) or all(type(value) is str for value in values)):
            raise JsonataError("D3070")
        return sorted(values)
    return _merged(call, list(values), function)


def _merged(call: Call, values: list[Any], function: Any) -> list[Any]:
    """Python's sort only asks whether a later item is to stand before an earlier one, as merging does."""

    def compare(later: Any, earlier: Any) -> int:
        call.run.spend(2)
        return -1 if call.run.true(call.apply(function, [earlier, later])) else 0

    return sorted(values, key=cmp_to_key(compare))

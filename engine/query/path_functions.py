"""The functions of Jayway's JSONPath (`$.orders.length()`), in one table.

Each takes the value before the dot and its arguments, already evaluated. What Jayway refuses to compute is
PathNotFound: to a state it is a path that leads nowhere. Aggregates are doubles, as in Java.
"""

import math
from collections.abc import Callable
from typing import Any

from engine.query.path_steps import PathNotFound

Arguments = list[Any]

_EMPTY = "Aggregation function attempted to calculate value using empty array"
_NOT_FINITE = "Aggregation function gives no finite number"


def _numbers(value: Any, arguments: Arguments) -> list[float]:
    """The numbers of an array, then those of the arguments, each a number or an array of them."""
    found = [*(value if isinstance(value, list) else [])]
    for argument in arguments:
        found += argument if isinstance(argument, list) else [argument]
    try:
        numbers = [float(each) for each in found if isinstance(each, int | float) and not isinstance(each, bool)]
    except OverflowError:
        raise PathNotFound(_NOT_FINITE) from None
    if not numbers:
        raise PathNotFound(_EMPTY)
    return numbers


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise PathNotFound(_NOT_FINITE)
    return number


def _minimum(value: Any, arguments: Arguments) -> float:
    return min(_numbers(value, arguments))


def _maximum(value: Any, arguments: Arguments) -> float:
    return max(_numbers(value, arguments))


def _total(value: Any, arguments: Arguments) -> float:
    return _finite(sum(_numbers(value, arguments)))


def _average(value: Any, arguments: Arguments) -> float:
    numbers = _numbers(value, arguments)
    return _finite(sum(numbers) / len(numbers))


def _deviation(value: Any, arguments: Arguments) -> float:
    numbers = _numbers(value, arguments)
    mean = sum(numbers) / len(numbers)
    return math.sqrt(_finite(sum((number - mean) ** 2 for number in numbers) / len(numbers)))


def _length(value: Any, arguments: Arguments) -> int | None:
    measured = arguments[0] if arguments else value
    return len(measured) if isinstance(measured, list | dict) else None


def _keys(value: Any, arguments: Arguments) -> list[str] | None:
    return list(value) if isinstance(value, dict) else None


def _concatenated(value: Any, arguments: Arguments) -> str:
    found = [*(value if isinstance(value, list) else [])]
    for argument in arguments:
        found += argument if isinstance(argument, list) else [argument]
    return "".join(each for each in found if isinstance(each, str))


def _appended(value: Any, arguments: Arguments) -> Any:
    return [*value, *arguments] if isinstance(value, list) else value


def _item(value: Any, index: int) -> Any:
    if not isinstance(value, list) or not value:
        raise PathNotFound(_EMPTY)
    if not -len(value) <= index < len(value):
        raise PathNotFound(f"Target index:{index} larger than object count:{len(value)}")
    return value[index]


def _first(value: Any, arguments: Arguments) -> Any:
    return _item(value, 0)


def _last(value: Any, arguments: Arguments) -> Any:
    return _item(value, -1)


def _indexed(value: Any, arguments: Arguments) -> Any:
    index = arguments[0] if arguments else None
    if not isinstance(index, int) or isinstance(index, bool):
        raise PathNotFound("The function index() takes the index of an item, an integer")
    return _item(value, index)


FUNCTIONS: dict[str, Callable[[Any, Arguments], Any]] = {
    "min": _minimum,
    "max": _maximum,
    "avg": _average,
    "sum": _total,
    "stddev": _deviation,
    "length": _length,
    "size": _length,
    "keys": _keys,
    "concat": _concatenated,
    "append": _appended,
    "first": _first,
    "last": _last,
    "index": _indexed,
}

"""The operators, over values: arithmetic, comparison, joining of texts, ranges, membership.

Nothing in, nothing out: with an operand missing, arithmetic and order have no result, equality is false.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.frame import Run
from engine.query.jsonata.json_text import rounded_text, stringify
from engine.query.jsonata.values import (
    FUNCTIONS,
    SAFE_INTEGER,
    UNDEFINED,
    Seq,
    is_number,
    same,
    tidy,
    to_double,
    whole,
)

_LONG_TEXT = 4_096  # characters that are compared in about a unit of work
_RANGE_ITEMS_MAX = 10_000_000  # the language's own; memory ends sooner


def numeric(value: Any) -> bool:
    """Whether a value may be calculated with. Raises JsonataError D1001 where it is infinite."""
    if not is_number(value) or value != value:
        return False
    if value in (math.inf, -math.inf):
        raise JsonataError("D1001", value=value)
    return True


def _divide(one: float, other: float) -> float:
    """As JavaScript divides: nothing fails."""
    one, other = to_double(one), to_double(other)
    if other == 0:
        return math.nan if one == 0 else math.copysign(math.inf, one) * math.copysign(1, other)
    return one / other


def _remainder(one: float, other: float) -> float:
    """With the sign of the dividend."""
    one, other = to_double(one), to_double(other)
    return math.nan if other == 0 else math.fmod(one, other)


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remainder,
}
ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def calculate(name: str, one: Any, other: Any, run: Run) -> Any:
    calculated = ARITHMETIC[name]
    if type(one) is int and type(other) is int:
        if -SAFE_INTEGER <= one <= SAFE_INTEGER and -SAFE_INTEGER <= other <= SAFE_INTEGER:
            return _finite(tidy(calculated(one, other)), run)
    elif one is not UNDEFINED and not numeric(one):
        raise JsonataError("T2001", token=name, value=one)
    if other is not UNDEFINED and not numeric(other):
        raise JsonataError("T2002", token=name, value=other)
    if one is UNDEFINED or other is UNDEFINED:
        return UNDEFINED
    return _finite(tidy(calculated(to_double(one), to_double(other))), run)


def _finite(value: int | float, run: Run) -> int | float:
    if type(value) is float and not math.isfinite(value):
        run.unusual = True
    return value


def negate(value: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    if not numeric(value):
        raise JsonataError("D1002", token="-", value=value)
    return tidy(-value)


def compare(name: str, one: Any, other: Any, run: Run) -> Any:
    for value in (one, other):
        if value is not UNDEFINED and type(value) is not str and not is_number(value):
            raise JsonataError("T2010", token=name, value=value)
    if one is UNDEFINED or other is UNDEFINED:
        return UNDEFINED
    if (type(one) is str) != (type(other) is str):
        raise JsonataError("T2009", token=name, value=one, value2=other)
    if type(one) is str and len(one) > _LONG_TEXT:
        run.spend(len(one) // _LONG_TEXT)
    return ORDER[name](one, other)


def equal(one: Any, other: Any, run: Run) -> bool:
    if one is UNDEFINED or other is UNDEFINED:
        return False
    if isinstance(one, list | dict):
        if not isinstance(other, list | dict) or len(one) != len(other):
            return False
        run.visit(one)
    elif type(one) is str and len(one) > _LONG_TEXT:
        run.spend(len(one) // _LONG_TEXT)
    return same(one, other)


def unequal(one: Any, other: Any, run: Run) -> bool:
    return one is not UNDEFINED and other is not UNDEFINED and not equal(one, other, run)


def text_of(value: Any, run: Run, pretty: bool = False) -> str:
    """What `$string` gives."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is int or kind is float:
        if not math.isfinite(to_double(value)):
            raise JsonataError("D3001", value=value)
        return rounded_text(value)
    if kind in FUNCTIONS:
        return ""
    if isinstance(value, list | dict):
        run.weigh(value)
    text = stringify(value, pretty)
    run.hold(len(text))
    return text


def concatenate(one: Any, other: Any, run: Run) -> str:
    left = "" if one is UNDEFINED else text_of(one, run)
    right = "" if other is UNDEFINED else text_of(other, run)
    run.hold(len(left) + len(right))
    return left + right


def span(one: Any, other: Any, run: Run) -> Any:
    """`[one..other]`."""
    if one is not UNDEFINED and not whole(one):
        raise JsonataError("T2003", token="..", value=one)
    if other is not UNDEFINED and not whole(other):
        raise JsonataError("T2004", token="..", value=other)
    if one is UNDEFINED or other is UNDEFINED or one > other:
        return UNDEFINED
    count = int(other) - int(one) + 1
    if count > _RANGE_ITEMS_MAX:
        raise JsonataError("D2014", token="..", value=count)
    run.hold_items(count)
    run.spend(count >> 5)
    return Seq(range(int(one), int(other) + 1))


def contained(one: Any, other: Any, run: Run) -> bool:
    """Arrays and objects are only found as themselves."""
    if one is UNDEFINED or other is UNDEFINED:
        return False
    among = other if isinstance(other, list) else [other]
    run.spend(len(among))
    if isinstance(one, list | dict):
        return any(item is one for item in among)
    return any(same(one, item) for item in among)

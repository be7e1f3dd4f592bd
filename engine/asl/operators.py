"""The comparisons of the Choice state as a table: operator -> how two values compare.

A value of another type than the operator's is no match, never an error (recorded on AWS). Strings compare by UTF-16
code units, as Java does; numbers by value, whatever their spelling; timestamps as instants.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.query.timestamp import parse_timestamp_ns

Compare = Callable[[Any, Any], bool]
Read = Callable[[Any], Any]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _code_units(value: Any) -> str | bytes | None:
    """A key that orders texts as Java does. Below U+D800 the order of Python's characters is the same."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-16-be", "surrogatepass")


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _instant(value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_timestamp_ns(value)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`read` turns a value into what `compare` understands, None where it is of another type."""

    read: Read
    compare: Compare


_ORDERS: Mapping[str, Compare] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}

# 16 comparisons, each with a literal and with a `...Path` operand: 32 of the 39 operators.
COMPARISONS: Mapping[str, Comparison] = {
    "StringEquals": Comparison(_text, operator.eq),
    **{f"String{name}": Comparison(_code_units, order) for name, order in _ORDERS.items() if name != "Equals"},
    **{f"Numeric{name}": Comparison(_number, order) for name, order in _ORDERS.items()},
    **{f"Timestamp{name}": Comparison(_instant, order) for name, order in _ORDERS.items()},
    "BooleanEquals": Comparison(_boolean, operator.eq),
}

# The type tests, but for IsPresent, which looks at the path rather than the value.
TYPE_TESTS: Mapping[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: _number(value) is not None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: _instant(value) is not None,
}

OPERATORS = frozenset(
    {*COMPARISONS, *(name + "Path" for name in COMPARISONS), *TYPE_TESTS, "IsPresent", "StringMatches"}
)


def text_matcher(pattern: str) -> Callable[[str], bool]:
    r"""StringMatches: `*` stands for any characters, `\*` for a star, `\\` for a backslash.

    The literal parts are looked for from the left, each after the one before: no backtracking.
    """
    parts = _literal_parts(pattern)
    if len(parts) == 1:
        return lambda text: text == parts[0]
    first, *inner, last = parts

    def matches(text: str) -> bool:
        end = len(text) - len(last)
        if end < len(first) or not text.startswith(first) or not text.endswith(last):
            return False
        position = len(first)
        for part in inner:
            position = text.find(part, position, end)
            if position < 0:
                return False
            position += len(part)
        return True

    return matches


def _literal_parts(pattern: str) -> list[str]:
    parts = [""]
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            parts[-1] += next(characters, "\\")
        elif character == "*":
            parts.append("")
        else:
            parts[-1] += character
    return parts

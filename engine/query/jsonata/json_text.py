"""JSON text as JavaScript's `JSON.stringify` writes it, and numbers as JavaScript prints them.

`$string`, `&` and the values that error texts quote come from here. Keeps its own stack: values may nest deeply.
"""

import json
import math
from decimal import Decimal
from typing import Any

import orjson

from engine import limits
from engine.query.jsonata.values import FUNCTIONS, to_double

_EXACT = 10**15  # below it, 15 significant digits lose nothing of an integer


def number_text(value: float) -> str:
    """`String(value)`: `0.000001`, `1e-7`, `1e+21`."""
    number = to_double(value)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else f"{'-' if number < 0 else ''}Infinity"
    if number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    text = repr(number)
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    power = int(exponent)
    if -7 < power < 21:
        return f"{Decimal(text):f}"
    return f"{mantissa.removesuffix('.0')}e{'+' if power > 0 else '-'}{abs(power)}"


def rounded_text(value: float) -> str:
    """A number as `$string` prints it: with 15 significant digits, so that 0.1 + 0.2 is 0.3."""
    if type(value) is int and -_EXACT < value < _EXACT:
        return str(value)
    number = to_double(value)
    return number_text(float(f"{number:.15g}")) if math.isfinite(number) else "null"


def quoted(text: str) -> str:
    try:
        return orjson.dumps(text).decode()
    except TypeError:  # half a surrogate pair
        return json.dumps(text)


def stringify(value: Any, pretty: bool = False) -> str:
    """Functions are empty strings, what is not finite is null."""
    return _Writer(pretty).text(value)


def shown(value: Any) -> str:
    """The same for an error text, which is cut where causes end: the value may be of any size."""
    return _Writer(False, limits.CAUSE_CHARS_MAX).text(value)[: limits.CAUSE_CHARS_MAX]


class _Writer:
    __slots__ = ("_chars_left", "_parts", "_pretty")

    def __init__(self, pretty: bool, chars_max: int | None = None):
        self._pretty = pretty
        self._chars_left = chars_max
        self._parts: list[str] = []

    def text(self, value: Any) -> str:
        waiting: list[tuple[Any, int]] = [(value, 0)]  # a value with its depth, or (text, -1)
        while waiting:
            each, depth = waiting.pop()
            if depth < 0:
                self._parts.append(each)
            elif type(each) is dict and each:
                self._open(waiting, "{", "}", [(f"{quoted(name)}:", member) for name, member in each.items()], depth)
            elif isinstance(each, list) and each:
                self._open(waiting, "[", "]", [("", item) for item in each], depth)
            else:
                self._parts.append(self._scalar(each))
            if self._chars_left is not None and self._parts:
                self._chars_left -= len(self._parts[-1])
                if self._chars_left < 0:
                    break
        return "".join(self._parts)

    def _open(
        self, waiting: list[tuple[Any, int]], start: str, end: str, members: list[tuple[str, Any]], depth: int
    ) -> None:
        line, space = ("\n" + "  " * (depth + 1), " ") if self._pretty else ("", "")
        self._parts.append(start)
        waiting.append((("\n" + "  " * depth if self._pretty else "") + end, -1))
        for at in range(len(members) - 1, -1, -1):
            name, member = members[at]
            waiting.append((member, depth + 1))
            waiting.append((("," if at else "") + line + (name + space if name else ""), -1))

    def _scalar(self, value: Any) -> str:
        kind = type(value)
        if kind is str:
            return quoted(value if self._chars_left is None else value[: self._chars_left + 1])
        if kind is bool:
            return "true" if value else "false"
        if kind is int or kind is float:
            return rounded_text(value)
        if kind in FUNCTIONS:
            return '""'
        return "{}" if kind is dict else "[]" if isinstance(value, list) else "null"

"""The library's functions on numbers (docs.jsonata.org/numeric-functions and numeric-aggregation-functions)."""

import math
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any

from engine.query.jsonata.calls import Call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.operators import calculate
from engine.query.jsonata.values import UNDEFINED, tidy, to_double

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_RADIX = re.compile(r"0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+")
_NUMBER_CHARS_MAX = 1_000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PRECISION_MAX = 400  # a double has no digit further away from its point
_ROUNDING = Context(prec=800)


def number(value: Any = UNDEFINED) -> Any:
    if value is UNDEFINED or type(value) is int or type(value) is float:
        return value
    if type(value) is bool:
        return int(value)
    if type(value) is str and len(value) <= _NUMBER_CHARS_MAX:
        if _DECIMAL.fullmatch(value) and math.isfinite(float(value)):
            return tidy(float(value))
        if _RADIX.fullmatch(value):
            return tidy(int(value, 0))
    raise JsonataError("D3030", value=value)


def absolute(value: Any) -> Any:
    return UNDEFINED if value is UNDEFINED else tidy(abs(value))


def floor(value: Any) -> Any:
    return value if value is UNDEFINED or not _finite(value) else tidy(math.floor(value))


def ceil(value: Any) -> Any:
    return value if value is UNDEFINED or not _finite(value) else tidy(math.ceil(value))


def _finite(value: float) -> bool:
    return math.isfinite(to_double(value))


def rounded(value: Any, precision: Any = UNDEFINED) -> Any:
    """Half to even."""
    if value is UNDEFINED or not _finite(value):
        return value
    places = 0 if precision is UNDEFINED else int(max(min(precision, _PRECISION_MAX), -_PRECISION_MAX))
    exact = Decimal(repr(to_double(value)))
    if exact.as_tuple().exponent >= -places:  # type: ignore[operator]
        return tidy(value)
    try:
        return tidy(float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, _ROUNDING)))
    except InvalidOperation:
        return tidy(value)


def power(call: Call, base: Any, exponent: Any = UNDEFINED) -> Any:
    if base is UNDEFINED or exponent is UNDEFINED:
        return UNDEFINED if base is UNDEFINED else _not_a_number(call)
    try:
        result = math.pow(to_double(base), to_double(exponent))
    except (OverflowError, ValueError):
        result = math.nan
    if not math.isfinite(result):
        raise JsonataError("D3061", value=base, exp=exponent)
    return tidy(result)


def _not_a_number(call: Call) -> float:
    call.run.unusual = True
    return math.nan


def sqrt(value: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    if value < 0:
        raise JsonataError("D3060", value=value)
    return tidy(math.sqrt(value))


def total(call: Call, values: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    if all(type(value) is int for value in values):
        return tidy(sum(values))
    result: Any = 0
    for value in values:
        result = tidy(result + to_double(value))
    if not _finite(result):
        call.run.unusual = True
    return result


def count(values: Any = UNDEFINED) -> Any:
    return 0 if values is UNDEFINED else len(values)


def largest(values: Any) -> Any:
    return max(values) if values is not UNDEFINED and values else UNDEFINED


def smallest(values: Any) -> Any:
    return min(values) if values is not UNDEFINED and values else UNDEFINED


def average(call: Call, values: Any) -> Any:
    if values is UNDEFINED or not values:
        return UNDEFINED
    return calculate("/", total(call, values), len(values), call.run)


def format_base(value: Any, radix: Any = UNDEFINED) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    base = 10 if radix is UNDEFINED else rounded(radix)
    if not 2 <= base <= len(_DIGITS):
        raise JsonataError("D3100", value=base)
    whole = rounded(value)
    if not _finite(whole):
        return "NaN" if whole != whole else "Infinity" if whole > 0 else "-Infinity"
    digits: list[str] = []
    left = abs(int(whole))
    while left:
        left, digit = divmod(left, int(base))
        digits.append(_DIGITS[digit])
    return ("-" if whole < 0 else "") + ("".join(reversed(digits)) or "0")

"""What of Java shows through in AWS's answers: how values print, and its random numbers.

AWS runs the JSONPath language on Java: `States.Format` prints objects as Java does, and a seeded `States.MathRandom`
gives the numbers of java.util.Random.
"""

import math
import re
from typing import Any

_INT_MAX = 2**31 - 1
_MULTIPLIER = 0x5DEECE66D
_MASK = (1 << 48) - 1


def text(value: Any) -> str:
    """`String.valueOf(value)`: `{a=1, b=[x, null]}`. No recursion, as documents may be deep."""
    parts: list[str] = []
    waiting: list[tuple[bool, Any]] = [(False, value)]  # (printed as it stands, value)
    while waiting:
        literal, each = waiting.pop()
        if literal or isinstance(each, str):
            parts.append(each)
        elif isinstance(each, dict):
            waiting.append((True, "}"))
            for at, (name, member) in reversed(list(enumerate(each.items()))):
                waiting += [(False, member), (True, f"{', ' if at else ''}{name}=")]
            waiting.append((True, "{"))
        elif isinstance(each, list):
            waiting.append((True, "]"))
            for at, item in reversed(list(enumerate(each))):
                waiting += [(False, item), (True, ", " if at else "")]
            waiting.append((True, "["))
        else:
            parts.append(_scalar(each))
    return "".join(parts)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return double(value) if isinstance(value, float) else str(value)


def double(value: float) -> str:
    """`Double.toString`: plain between 0.001 and 10,000,000, else as 1.5E10."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return f"{value!r}" if "e" not in repr(value) else f"{value:.17f}".rstrip("0")
    sign, digits, exponent = re.fullmatch(r"(-?)(\d(?:\.\d+)?)e([+-]\d+)", _scientific(value)).groups()  # type: ignore[union-attr]
    return f"{sign}{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def _scientific(value: float) -> str:
    """The shortest digits that give the number back, in scientific notation."""
    for digits in range(17):
        found = f"{value:.{digits}e}"
        if float(found) == value:
            return found
    return f"{value:.16e}"


class JavaRandom:
    """java.util.Random: the same numbers for the same seed."""

    __slots__ = ("_state",)

    def __init__(self, seed: int):
        self._state = (seed ^ _MULTIPLIER) & _MASK

    def _next(self, bits: int) -> int:
        self._state = (self._state * _MULTIPLIER + 0xB) & _MASK
        found = self._state >> (48 - bits)
        return found - (1 << bits) if found >= 1 << (bits - 1) else found

    def next_double(self) -> float:
        high, low = self._next(26) & ((1 << 26) - 1), self._next(27) & ((1 << 27) - 1)
        return float((high << 27) + low) * 2.0**-53

    def next_below(self, bound: int) -> int:
        """`nextInt(bound)`: from 0, below `bound`, which fits in 31 bits."""
        found = self._next(31) & _INT_MAX
        if bound & (bound - 1) == 0:
            return (bound * found) >> 31
        while True:
            value = found % bound
            if found - value + (bound - 1) <= _INT_MAX:
                return value
            found = self._next(31) & _INT_MAX

    def between(self, start: int, end: int) -> int:
        """From `start`, below `end`, both of 32 bits: as `Random.ints(start, end)` does it."""
        if end - start <= _INT_MAX:
            return start + self.next_below(end - start)
        while True:
            found = self._next(32)
            if start <= found < end:
                return found

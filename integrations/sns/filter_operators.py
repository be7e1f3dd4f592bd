"""The conditions of a filter policy: what stands in the array of a key, compiled once.

| condition | matches |
|---|---|
| a string, a number, true, false, null | that value |
| {"prefix": "a"}, {"suffix": "a"}, {"prefix": {"equals-ignore-case": "a"}} | strings |
| {"wildcard": "a*b"} | strings; `\\*` is a star |
| {"equals-ignore-case": "a"} | strings |
| {"numeric": ["=", 1]}, {"numeric": [">", 0, "<=", 5]} | numbers |
| {"cidr": "10.0.0.0/24"} | strings that are addresses |
| {"anything-but": ...} | values that are not so: strings, numbers, or one of the operators on strings |
| {"exists": true}, {"exists": false} | whether the key is there |

Refused is what AWS refuses, in the words of its own compiler of such patterns (event-ruler). Pure.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import limits

Scalar = str | int | float | bool | None
Test = Callable[[Scalar], bool]


class PolicyError(ValueError):
    """A filter policy that AWS refuses; the message says why."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`test` looks at one value of the key; `absent`: the condition holds where the key is not there."""

    test: Test
    absent: bool = False


def kind(value: Any) -> str:
    """`string`, `number`, `boolean`, `null`, or the container's name."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "null" if value is None else type(value).__name__


def condition(value: Any) -> Condition:
    """One member of a key's array. Raises PolicyError."""
    if isinstance(value, dict):
        return _expression(value)
    if isinstance(value, list):
        raise PolicyError("Match value must be String, number, true, false, or null")
    return Condition(_equals(value))


def _equals(wanted: Scalar) -> Test:
    wanted_kind = kind(wanted)
    return lambda value: value == wanted and kind(value) == wanted_kind


def _expression(value: Mapping[str, Any]) -> Condition:
    if not value:
        raise PolicyError("Match expression name not found")
    name = next(iter(value))
    if name not in _OPERATORS:
        raise PolicyError(f"Unrecognized match type {name}")
    if len(value) > 1:
        raise PolicyError("Only one key allowed in match expression")
    return _OPERATORS[name](value[name])


# ---- operators on strings ----


def _on_text(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise PolicyError(f"{name} match pattern must be a string")
    return value


def _affix(name: str) -> Callable[[Any], Condition]:
    """`prefix` or `suffix`, of which the letters' case may be ignored."""
    title = name.capitalize()
    holds = str.startswith if name == "prefix" else str.endswith

    def read(value: Any) -> Condition:
        if not isinstance(value, dict):
            wanted = _text(value, name)
            return Condition(_on_text(lambda text: holds(text, wanted)))
        if not value:
            raise PolicyError(f"{title} expression name not found")
        inner = next(iter(value))
        if inner != "equals-ignore-case":
            raise PolicyError(f"Unsupported {name} pattern: {inner}")
        if len(value) > 1:
            raise PolicyError("Only one key allowed in match expression")
        folded = _text(value[inner], inner).casefold()
        return Condition(_on_text(lambda text: holds(text.casefold(), folded)))

    return read


def _equals_ignore_case(value: Any) -> Condition:
    folded = _text(value, "equals-ignore-case").casefold()
    return Condition(_on_text(lambda text: text.casefold() == folded))


def _wildcard(value: Any) -> Condition:
    return Condition(_on_text(wildcard_test(_text(value, "wildcard"))))


def wildcard_test(pattern: str) -> Callable[[str], bool]:
    """Whether a text is as the pattern says; the work is linear in the text for each star."""
    parts = _wildcard_parts(pattern)
    first, last, middle = parts[0], parts[-1], parts[1:-1]
    if len(parts) == 1:
        return lambda text: text == first

    def test(text: str) -> bool:
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return test


def _wildcard_parts(pattern: str) -> list[str]:
    """The texts between the stars. Positions are counted from the quote that AWS's parser sees before the pattern."""
    parts, part, at = [], "", 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            if at + 1 == len(pattern) or pattern[at + 1] not in "*\\":
                raise PolicyError(f"Invalid escape character at pos {at + 1}")
            at += 1
            part += pattern[at]
        elif letter == "*":
            if at + 1 < len(pattern) and pattern[at + 1] == "*":
                raise PolicyError(f"Consecutive wildcard characters at pos {at + 1}")
            parts.append(part)
            part = ""
        else:
            part += letter
        at += 1
    return [*parts, part]


def _cidr(value: Any) -> Condition:
    network = _network(_text(value, "prefix"))  # so AWS's compiler calls it

    def inside(text: str) -> bool:
        try:
            return ipaddress.ip_address(text) in network
        except ValueError:
            return False

    return Condition(_on_text(inside))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    address, slash, bits = text.partition("/")
    if not slash or "/" in bits:
        raise PolicyError("Malformed CIDR, one '/' required")
    if not bits.isdecimal():
        raise PolicyError("Malformed CIDR, mask bits must be an integer")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise PolicyError(f"Nonstandard IP address: {address}") from None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise PolicyError("Malformed CIDR, mask bits must not be too large for the address") from None


# ---- numbers ----

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def _numeric(value: Any) -> Condition:
    if not isinstance(value, list):
        raise PolicyError("Value of numeric must be an array.")
    if not value or not isinstance(value[0], str):
        raise PolicyError(f"Invalid member in numeric match: {value[0] if value else ']'}")
    if value[0] not in _COMPARISONS:
        raise PolicyError(f"Unrecognized numeric range operator: {value[0]}")
    first = _bound(value, 0)
    if len(value) == 2:
        return Condition(_compared(value[0], first))
    if not value[0].startswith(">"):
        raise PolicyError("Too many elements in numeric expression")
    return Condition(_range(value, first))


def _range(value: list[Any], bottom: float) -> Test:
    operator = value[2]
    if not isinstance(operator, str):
        raise PolicyError(f"Bad value in numeric range: {operator}")
    if operator not in ("<", "<="):
        raise PolicyError(f"Bad numeric range operator: {operator}")
    top = _bound(value, 2)
    if len(value) > 4:
        raise PolicyError("Too many terms in numeric range expression")
    if bottom >= top:
        raise PolicyError("Bottom must be less than top")
    above, below = _compared(value[0], bottom), _compared(operator, top)
    return lambda found: above(found) and below(found)


def _bound(value: list[Any], at: int) -> float:
    """The number after the operator at a place."""
    found = value[at + 1] if at + 1 < len(value) else None
    if kind(found) != "number":
        raise PolicyError(f"Value of {'equals' if value[at] == '=' else value[at]} must be numeric")
    assert isinstance(found, int | float)
    return _within_range(found)


def _within_range(number: float) -> float:
    if abs(number) > limits.SNS_FILTER_NUMBER_MAX:
        raise PolicyError("Value must be between -1.0E9 and 1.0E9, inclusive")
    return number


def _compared(operator: str, bound: float) -> Test:
    compare = _COMPARISONS[operator]
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and compare(value, bound)


# ---- the others ----


def _exists(value: Any) -> Condition:
    if not isinstance(value, bool):
        raise PolicyError("exists match pattern must be either true or false.")
    return Condition(lambda _: value, absent=not value)


def _anything_but(value: Any) -> Condition:
    if isinstance(value, dict):
        return _anything_but_operator(value)
    values = value if isinstance(value, list) else [value]
    if not isinstance(value, list) and kind(value) not in ("string", "number"):
        raise PolicyError("Value of anything-but must be an array or single string/number value.")
    kinds = {kind(found) for found in values}
    if not kinds <= {"string", "number"}:
        raise PolicyError("Inside anything but list, start|null|boolean is not supported.")
    if len(kinds) != 1:
        raise PolicyError(
            "Inside anything but list, either all values are number or string, mixed type is not supported"
        )
    if kinds == {"number"}:
        for number in values:
            _within_range(number)
    refused, refused_kind = frozenset(values), kinds.pop()
    return Condition(lambda found: kind(found) != refused_kind or found not in refused)


_REFUSABLE = ("equals-ignore-case", "prefix", "suffix", "wildcard")


def _anything_but_operator(value: Mapping[str, Any]) -> Condition:
    if not value:
        raise PolicyError("Anything-But expression name not found")
    name = next(iter(value))
    if name not in _REFUSABLE:
        raise PolicyError(f"Unsupported anything-but pattern: {name}")
    if len(value) > 1:
        raise PolicyError("Too many elements in numeric expression")  # so AWS's compiler says
    patterns = value[name] if isinstance(value[name], list) else [value[name]]
    if not all(isinstance(pattern, str) for pattern in patterns):
        raise PolicyError(_NOT_TEXT[name])
    if name in ("prefix", "suffix") and "" in patterns:
        raise PolicyError("Null prefix/suffix not allowed")
    if not patterns:
        raise PolicyError("Value of anything-but must be an array or single string/number value.")
    tests = [_OPERATORS[name](pattern).test for pattern in patterns]
    return Condition(lambda found: not any(test(found) for test in tests))


_NOT_TEXT = {
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    "wildcard": "wildcard match pattern must be a string",
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
}

_OPERATORS: dict[str, Callable[[Any], Condition]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _equals_ignore_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _affix("prefix"),
    "suffix": _affix("suffix"),
    "wildcard": _wildcard,
}

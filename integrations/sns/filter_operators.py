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

from collections.abc import Callable, Mapping
from typing import Any

from integrations.sns.filter_conditions import Condition, PolicyError, Scalar, Test, kind
from integrations.sns.filter_numbers import numeric, within_range
from integrations.sns.filter_texts import affix, cidr, equals_ignore_case, wildcard


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
            within_range(number)
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
    "cidr": cidr,
    "equals-ignore-case": equals_ignore_case,
    "exists": _exists,
    "numeric": numeric,
    "prefix": affix("prefix"),
    "suffix": affix("suffix"),
    "wildcard": wildcard,
}

"""Conditions of a filter policy on numbers: one comparison, or a range. Pure."""

from collections.abc import Callable
from typing import Any

from engine import limits
from integrations.sns.filter_conditions import Condition, PolicyError, Test, kind

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def numeric(value: Any) -> Condition:
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
    return within_range(found)


def within_range(number: float) -> float:
    if abs(number) > limits.SNS_FILTER_NUMBER_MAX:
        raise PolicyError("Value must be between -1.0E9 and 1.0E9, inclusive")
    return number


def _compared(operator: str, bound: float) -> Test:
    compare = _COMPARISONS[operator]
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and compare(value, bound)

"""What a filter's operators mean: `[?(@.price < 10 && @.tags contains 'new')]` over one item, by Jayway's rules.

An operand is a function of (item, walk). One whose path leads nowhere is MISSING, which equals nothing, not even null,
and is in no list: so `@.a == null` is false and `@.a != 'x'` true where there is no `a`. A string and a number are
equal when the left one's kind makes them so (`@.n == '1'`). What does not fit an operator is false, never an error.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.query import java
from engine.query.path_steps import PathNotFound, Step, Walk, evaluate, is_definite
from engine.query.pattern import Pattern
from engine.query.sameness import canonical


class Missing:
    """The value of a path that leads nowhere."""

    __slots__ = ()


MISSING = Missing()
_CHARS_A_STEP = 64  # characters compared in about the time of one step of ours
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")

Operand = Callable[[Any, Walk], Any]
Predicate = Callable[[Any, Walk], bool]
Operator = Callable[[Any, Any, Walk], bool]


def constant(value: Any) -> Operand:
    return lambda item, walk: value


def path_operand(absolute: bool, steps: tuple[Step, ...]) -> Operand:
    """The value of `@...` or, when absolute, of `$...`; a list for an indefinite path."""
    definite = is_definite(steps)

    def operand(item: Any, walk: Walk) -> Any:
        try:
            found = evaluate(steps, walk.document if absolute else item, walk)
        except PathNotFound:
            return MISSING if definite else []
        return found[-1] if definite else found

    return operand


def exists(operand: Operand, expected: bool) -> Predicate:
    return lambda item, walk: (operand(item, walk) is not MISSING) is expected


def compare(left: Operand, operator: str, right: Operand) -> Predicate:
    """`operator` is a key of OPERATORS."""
    holds = OPERATORS[operator]
    return lambda item, walk: holds(left(item, walk), right(item, walk), walk)


def all_of(predicates: list[Predicate]) -> Predicate:
    return predicates[0] if len(predicates) == 1 else lambda item, walk: all(each(item, walk) for each in predicates)


def any_of(predicates: list[Predicate]) -> Predicate:
    return predicates[0] if len(predicates) == 1 else lambda item, walk: any(each(item, walk) for each in predicates)


def negate(one: Predicate) -> Predicate:
    return lambda item, walk: not one(item, walk)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any, walk: Walk) -> bool:
    if isinstance(left, Missing | Pattern) or isinstance(right, Missing | Pattern):
        return False
    if isinstance(left, str) and _is_number(right):
        return left == java.text(right)
    if _is_number(left) and isinstance(right, str):
        return _NUMBER.fullmatch(right) is not None and Decimal(right) == Decimal(str(left))
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    if type(left) is not type(right):
        return False
    if isinstance(left, dict | list):
        one, other = canonical(left), canonical(right)
        walk.labour((len(one) + len(other)) // _CHARS_A_STEP)
        return one == other
    return bool(left == right)


def _strictly_equal(left: Any, right: Any, walk: Walk) -> bool:
    alike = _is_number(left) and _is_number(right) if _is_number(left) else type(left) is type(right)
    return alike and _equal(left, right, walk)


def _ordered(test: Callable[[Any, Any], bool]) -> Operator:
    def holds(left: Any, right: Any, walk: Walk) -> bool:
        comparable = (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str))
        return comparable and test(left, right)

    return holds


def _opposite(operator: Operator) -> Operator:
    return lambda left, right, walk: not operator(left, right, walk)


def _matches(left: Any, right: Any, walk: Walk) -> bool:
    if isinstance(left, Pattern):
        left, right = right, left
    if not isinstance(right, Pattern) or not isinstance(left, str | int | float):
        return False
    text = java.text(left)
    walk.labour(right.work(text))
    return right.matches(text)


def _within(value: Any, values: Any, walk: Walk) -> bool:
    if not isinstance(values, list):
        return False
    walk.labour(len(values))
    return any(_equal(each, value, walk) for each in values)


def _contains(left: Any, right: Any, walk: Walk) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        walk.labour((len(left) + len(right)) // _CHARS_A_STEP)
        return right in left
    return _within(right, left, walk)


def _all(left: Any, right: Any, walk: Walk) -> bool:
    return isinstance(left, list) and isinstance(right, list) and all(_within(each, left, walk) for each in right)


def _any_of(left: Any, right: Any, walk: Walk) -> bool:
    return isinstance(left, list) and isinstance(right, list) and any(_within(each, right, walk) for each in left)


def _none_of(left: Any, right: Any, walk: Walk) -> bool:
    return isinstance(left, list) and isinstance(right, list) and not _any_of(left, right, walk)


def _has_size(left: Any, right: Any, walk: Walk) -> bool:
    return _is_number(right) and isinstance(left, str | list | dict) and len(left) == int(right)


def _is_empty(left: Any, right: Any, walk: Walk) -> bool:
    return isinstance(left, str | list | dict) and (not left) is right


OPERATORS: dict[str, Operator] = {
    "==": _equal,
    "===": _strictly_equal,
    "!=": _opposite(_equal),
    "!==": _opposite(_strictly_equal),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "=~": _matches,
    "in": _within,
    "nin": _opposite(_within),
    "subsetof": lambda left, right, walk: _all(right, left, walk),
    "anyof": _any_of,
    "noneof": _none_of,
    "all": _all,
    "contains": _contains,
    "size": _has_size,
    "empty": _is_empty,
}

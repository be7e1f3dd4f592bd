"""The values of the language: JSON's own, nothing at all, sequences, and functions.

| in JSONata | here |
| --- | --- |
| undefined | UNDEFINED |
| null, booleans, strings, objects | None, bool, str, dict |
| number | int, or float where it is not whole: a JavaScript number either way |
| array | list |
| sequence: one of one is its item, an empty one is nothing | Seq |
| sequence that stays an array (`[]`) | Kept |
| array that a path does not flatten (`.[...]`) | Cons |
| tuple stream of a path with `@`, `#` or `%`: dicts of the bound names | Tuples |
| function | Lambda, Builtin, Native |

A Seq never stands inside another value for longer than the evaluation: `finish` (result.py) sees to that.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from engine.query.jsonata.frame import Frame, Run
    from engine.query.jsonata.signature import Signature

SAFE_INTEGER = 2**53
_WHOLE_MAX = 1e21  # JavaScript writes whole numbers below it with all their digits


class Undefined:
    """The absence of a value. There is one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()


class Seq(list[Any]):
    __slots__ = ()


class Kept(Seq):
    __slots__ = ()


class Tuples(Seq):
    __slots__ = ()


class Cons(list[Any]):
    __slots__ = ()


Evaluate = Callable[[Any, "Frame"], Any]


class Lambda:
    """A function of the expression, closed over the frame and the context that it was made in."""

    __slots__ = ("body", "frame", "item", "params", "signature", "weight")

    def __init__(
        self,
        params: tuple[str, ...],
        body: Evaluate,
        item: Any,
        frame: "Frame",
        signature: "Signature | None",
        weight: int,
    ):
        self.params = params
        self.body = body
        self.item = item
        self.frame = frame
        self.signature = signature
        self.weight = weight


class Builtin:
    """A function of the library. `implementation` takes a Call first where `calls`; `slow` ones loop in Python."""

    __slots__ = ("arity", "calls", "implementation", "name", "signature", "slow")

    def __init__(
        self,
        name: str,
        implementation: Callable[..., Any],
        signature: "Signature",
        arity: int,
        calls: bool = False,
        slow: bool = False,
    ):
        self.name = name
        self.implementation = implementation
        self.signature = signature
        self.arity = arity
        self.calls = calls
        self.slow = slow


class Native:
    """A function made while evaluating: a regular expression, a partial application, a chain, a transformer."""

    __slots__ = ("arity", "implementation", "pattern", "signature")

    def __init__(
        self,
        implementation: Callable[..., Any],
        arity: int,
        signature: "Signature | None" = None,
        pattern: Any = None,
    ):
        self.implementation = implementation
        self.arity = arity
        self.signature = signature
        self.pattern = pattern


FUNCTIONS = (Lambda, Builtin, Native)


def arity(function: Any) -> int:
    return len(function.params) if type(function) is Lambda else int(function.arity)


def is_number(value: Any) -> bool:
    kind = type(value)
    return kind is int or kind is float


def whole(value: Any) -> bool:
    """Whether a value is a number without a fraction."""
    return type(value) is int or (type(value) is float and value.is_integer())


def tidy(value: float) -> int | float:
    """A result of arithmetic as the language has it: a double, written as an int where it is whole."""
    if type(value) is int:
        if -SAFE_INTEGER <= value <= SAFE_INTEGER:
            return value
        value = to_double(value)
    if value.is_integer() and -_WHOLE_MAX < value < _WHOLE_MAX:
        return int(value)
    return value


def to_double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def boolean(value: Any) -> bool:
    """What a value means as a condition; nothing means false."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if kind is str or kind is dict:
        return len(value) > 0
    if kind is int or kind is float:
        return bool(value != 0 and value == value)
    if isinstance(value, list):
        return any(boolean(item) for item in value)
    return False


def append(one: Any, other: Any) -> Any:
    if one is UNDEFINED:
        return other
    if other is UNDEFINED:
        return one
    first = list(one) if isinstance(one, list) else [one]
    if isinstance(other, list):
        first.extend(other)
    else:
        first.append(other)
    return first


def lookup(value: Any, name: str, run: "Run") -> Any:
    """The member of an object, or those of all objects of an array."""
    if type(value) is dict:
        return value.get(name, UNDEFINED)
    if isinstance(value, list):
        run.spend(len(value))
        found = Seq()
        for item in value:
            member = item.get(name, UNDEFINED) if type(item) is dict else lookup(item, name, run)
            if isinstance(member, list):
                run.fit_items(len(found) + len(member))
                found.extend(member)
            elif member is not UNDEFINED:
                found.append(member)
        return found
    return UNDEFINED


def same(one: Any, other: Any) -> bool:
    """Deep equality: true is not 1, the order of members does not count."""
    kind = type(one)
    if kind is dict:
        if type(other) is not dict or len(one) != len(other):
            return False
        return all(name in other and same(member, other[name]) for name, member in one.items())
    if isinstance(one, list):
        if not isinstance(other, list) or len(one) != len(other):
            return False
        return all(map(same, one, other))
    if kind is int or kind is float:
        return is_number(other) and bool(one == other)
    if kind in FUNCTIONS:
        return one is other
    return kind is type(other) and bool(one == other)

"""Signatures of functions, as `<s-nn?:s>`: what arguments may be, and what stands in for missing ones.

| symbol | matches |
| --- | --- |
| `s` `n` `b` `l` `o` `f` | string, number, boolean, null, object, function |
| `a`, `a<n>` | array (of numbers); a single value becomes an array of it |
| `j`, `x` | any JSON value, anything |
| `(sn)` | one of them |
| `x-`, `x?`, `x+` | the context value if missing; optional; one or more |

Arguments are matched by their types alone, so what a list of types needs is worked out once and remembered.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine import limits
from engine.query.jsonata.errors import JsonataError, JsonataSyntaxError
from engine.query.jsonata.values import UNDEFINED, Builtin, Cons, Kept, Lambda, Native, Seq, Tuples, Undefined

_SYMBOLS: dict[type, str] = {
    str: "s", int: "n", float: "n", bool: "b", type(None): "l", dict: "o", Undefined: "m",
    list: "a", Seq: "a", Kept: "a", Cons: "a", Tuples: "a", Lambda: "f", Builtin: "f", Native: "f",
}  # fmt: skip
_PATTERNS = {
    **{symbol: f"[{symbol}m]" for symbol in "snblo"},
    "a": "[asnblfom]",
    "f": "f",
    "j": "[asnblom]",
    "x": "[asnblfom]",
}
_ARRAYS = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}
_TAKE, _CONTEXT = 0, 1


@dataclass(slots=True)
class _Param:
    symbol: str
    pattern: str
    items: str | None = None
    context: str | None = None  # what a context value has to match


class Signature:
    """`check(args, context)` gives the arguments as the function takes them. Raises JsonataError T0410 to T0412."""

    __slots__ = ("_params", "_plan")

    def __init__(self, text: str, position: int = 0):
        self._params = _read(text, position)
        self._plan = lru_cache(maxsize=64)(self._planned)

    def check(self, args: list[Any], context: Any) -> list[Any]:
        given = "".join([_SYMBOLS[type(arg)] for arg in args])
        checked: list[Any] = []
        at = 0
        for source, param in self._plan(given):
            if source == _CONTEXT:
                if not re.match(param.context or "", _SYMBOLS[type(context)]):
                    raise JsonataError("T0411", index=at + 1)
                checked.append(context)
                continue
            arg = args[at] if at < len(args) else UNDEFINED
            if param.symbol == "a" and at < len(args) and arg is not UNDEFINED:
                arg = _array(arg, param, at)
            checked.append(arg)
            at += 1
        return checked

    def _planned(self, given: str) -> list[tuple[int, _Param]]:
        """Where each argument comes from."""
        if len(given) > limits.JSONATA_SIGNATURE_ARGUMENTS_MAX:
            raise JsonataError("T0410", index=limits.JSONATA_SIGNATURE_ARGUMENTS_MAX + 1)
        found = re.fullmatch("".join(f"({param.pattern})" for param in self._params), given)
        if found is None:
            raise JsonataError("T0410", index=self._failing(given))
        plan: list[tuple[int, _Param]] = []
        for param, matched in zip(self._params, found.groups(), strict=True):
            if matched:
                plan += [(_TAKE, param)] * len(matched)
            else:
                plan.append((_CONTEXT if param.context else _TAKE, param))
        return plan

    def _failing(self, given: str) -> int:
        """The number of the first argument that does not match."""
        pattern, good = "", 0
        for param in self._params:
            pattern += param.pattern
            found = re.match(pattern, given)
            if found is None:
                return good + 1
            good = found.end()
        return good + 1


def _array(arg: Any, param: _Param, at: int) -> Any:
    if not isinstance(arg, list):
        if param.items is not None and _SYMBOLS[type(arg)] != param.items:
            raise _not_an_array(param, at)
        return [arg]
    if param.items is not None and arg:
        first = _SYMBOLS[type(arg[0])]
        if first != param.items[0] or any(_SYMBOLS[type(item)] != first for item in arg):
            raise _not_an_array(param, at)
    return arg


def _not_an_array(param: _Param, at: int) -> JsonataError:
    return JsonataError("T0412", index=at + 1, type=_ARRAYS.get(param.items or "", param.items))


def _read(text: str, position: int) -> list[_Param]:
    """The parameters of `<...:...>`; what it returns is not checked. Raises JsonataSyntaxError."""
    params: list[_Param] = []
    at = 1
    while at < len(text) and text[at] not in ":>":
        symbol = text[at]
        if symbol in _PATTERNS:
            params.append(_Param(symbol, _PATTERNS[symbol]))
        elif symbol == "(":
            at = _choice(text, at, params, position)
        elif symbol == "<" and params:
            at = _items(text, at, params[-1], position)
        elif symbol == "-" and params:
            params[-1].context = params[-1].pattern
            params[-1].pattern += "?"
        elif symbol in "?+" and params and params[-1].pattern[-1] not in "?+":
            params[-1].pattern += symbol
        else:
            raise JsonataSyntaxError("S0403", position, token=text)
        at += 1
    if len(params) > limits.JSONATA_SIGNATURE_PARAMS_MAX or sum(p.pattern[-1] == "+" for p in params) > 1:
        raise JsonataSyntaxError("S0403", position, token=f"{text} has too many parameters")
    return params


def _choice(text: str, at: int, params: list[_Param], position: int) -> int:
    end = text.find(")", at)
    choice = text[at + 1 : end]
    if "<" in choice:
        raise JsonataSyntaxError("S0402", position, value=choice)
    if end < 0 or not choice or any(symbol not in _PATTERNS for symbol in choice):
        raise JsonataSyntaxError("S0403", position, token=text)
    params.append(_Param(f"({choice})", f"[{choice}m]"))
    return end


def _items(text: str, at: int, param: _Param, position: int) -> int:
    if param.symbol not in ("a", "f"):
        raise JsonataSyntaxError("S0401", position, value=param.symbol)
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] == "<") - (text[end] == ">")
        if depth == 0:
            param.items = text[at + 1 : end] if param.symbol == "a" else None
            return end
    raise JsonataSyntaxError("S0403", position, token=text)

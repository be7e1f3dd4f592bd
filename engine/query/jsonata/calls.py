"""Calling functions: the language's own, the library's, and those made while evaluating.

A call in tail position of a function does not nest: it comes back as a TailCall, and the loop here makes it. So
recursion that only ends in itself runs in one frame, until its work runs out.
"""

from typing import Any

from engine import limits
from engine.query.jsonata.errors import JsonataError, stack_overflow
from engine.query.jsonata.frame import Frame, Run
from engine.query.jsonata.values import UNDEFINED, Builtin, Lambda, Native, arity

_CALL_WORK = 2


class TailCall:
    """A call that is still to be made."""

    __slots__ = ("args", "function", "item", "name")

    def __init__(self, function: Any, args: list[Any], item: Any, name: Any):
        self.function = function
        self.args = args
        self.item = item
        self.name = name


class Call:
    """What a function of the library that calls others needs: the evaluation, how deep it stands, the context."""

    __slots__ = ("depth", "item", "run")

    def __init__(self, run: Run, depth: int, item: Any):
        self.run = run
        self.depth = depth
        self.item = item

    def apply(self, function: Any, args: list[Any]) -> Any:
        return call(function, args, None, self.run, self.depth)

    def apply_with(self, function: Any, *args: Any) -> Any:
        """Gives a function of `arity` n the first n of the arguments, and at least one."""
        return call(function, list(args[: max(arity(function), 1)]), None, self.run, self.depth)


def call(function: Any, args: list[Any], item: Any, run: Run, depth: int, name: Any = None) -> Any:
    """The result of a call that stands at `depth`, where the context is `item`. Raises JsonataError."""
    while True:
        kind = type(function)
        if kind is Lambda:
            result = _call_lambda(function, args, item, run, depth)
            if type(result) is not TailCall:
                return result
            function, args, item, name = result.function, result.args, result.item, result.name
        elif kind is Builtin:
            return _call_builtin(function, args, item, run, depth)
        elif kind is Native:
            if function.signature is not None:
                args = function.signature.check(args, item)
            run.spend(_CALL_WORK)
            return function.implementation(Call(run, depth, item), *args)
        else:
            error = JsonataError("T1006")
            error.named(name)
            raise error


def _call_lambda(function: Lambda, args: list[Any], item: Any, run: Run, depth: int) -> Any:
    if function.signature is not None:
        args = function.signature.check(args, item)
    run.spend(function.weight)
    if depth > limits.JSONATA_DEPTH_MAX:
        raise stack_overflow()
    names = dict(zip(function.params, args, strict=False))
    if len(names) < len(function.params):
        names = {**dict.fromkeys(function.params, UNDEFINED), **names}
    return function.body(function.item, Frame(names, function.frame, depth, run))


def _call_builtin(function: Builtin, args: list[Any], item: Any, run: Run, depth: int) -> Any:
    checked = function.signature.check(args, item)
    work = _CALL_WORK
    for arg in checked:
        if isinstance(arg, list | dict):
            work += len(arg) if function.slow else len(arg) >> 3
        elif type(arg) is str:
            work += len(arg) if function.slow else len(arg) >> 6
    run.spend(work)
    if function.calls:
        return function.implementation(Call(run, depth, item), *checked)
    result = function.implementation(*checked)
    if isinstance(result, str):
        run.hold(len(result))
    elif isinstance(result, list):
        run.hold_items(len(result))
    return result

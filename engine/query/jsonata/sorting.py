"""Sorting: `^(...)` by keys, and the order that `$sort` uses."""

from collections.abc import Callable
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.frame import Frame
from engine.query.jsonata.nodes import Term
from engine.query.jsonata.values import UNDEFINED, Tuples, is_number

if TYPE_CHECKING:
    from engine.query.jsonata.compiler import Compiler

_COMPARE_WORK = 2


def sorter(compiler: "Compiler", terms: list[Term], depth: int) -> Callable[[list[Any], Frame], list[Any]]:
    """Each item's keys are evaluated once; what cannot be compared fails where two such keys meet."""
    keys = [compiler.compile(term.key, depth) for term in terms]
    falling = [term.descending for term in terms]
    work = sum(term.key.size for term in terms)

    def by_keys(later: tuple[list[Any], Any], earlier: tuple[list[Any], Any]) -> int:
        return -_compare(earlier[0], later[0], falling)

    def sort(items: list[Any], frame: Frame) -> list[Any]:
        if len(items) < 2:
            return items
        frame.run.spend(len(items) * (work + _COMPARE_WORK * len(items).bit_length()))
        frame.run.hold_items(len(items))
        tuples = type(items) is Tuples
        keyed = []
        for item in items:
            context, inner = (item["@"], frame.over(item)) if tuples else (item, frame)
            keyed.append(([key(context, inner) for key in keys], item))
        keyed.sort(key=cmp_to_key(by_keys))
        return [item for _, item in keyed]

    return sort


def _compare(one: list[Any], other: list[Any], falling: list[bool]) -> int:
    for left, right, descending in zip(one, other, falling, strict=True):
        if left is UNDEFINED or right is UNDEFINED:  # last in either direction
            if left is right:
                continue
            return 1 if left is UNDEFINED else -1
        for value in (left, right):
            if type(value) is not str and not is_number(value):
                raise JsonataError("T2008", token="^", value=value)
        if (type(left) is str) != (type(right) is str):
            raise JsonataError("T2007", token="^", value=left, value2=right)
        if left != right:
            return (-1 if left < right else 1) * (-1 if descending else 1)
    return 0

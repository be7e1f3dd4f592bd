"""The steps of a path, compiled: what each does with the items that reach it.

Two kinds: over plain items, giving a Seq; and over tuples (paths with `@`, `#` or `%`), dicts of the names bound so
far, with the item itself under `@`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.query.jsonata.frame import Frame
from engine.query.jsonata.nodes import Node, Stage
from engine.query.jsonata.sorting import sorter
from engine.query.jsonata.values import UNDEFINED, Cons, Evaluate, Seq, Tuples, is_number, lookup, whole

if TYPE_CHECKING:
    from engine.query.jsonata.compiler import Compiler

ITEM = "@"
_TUPLE_WORK = 2
_TUPLE_ITEMS = 8  # a tuple takes as much as so many items
Keep = Callable[[Any, Frame], Any]
Step = Callable[[list[Any], Frame, bool], list[Any]]  # items, frame, whether it is the last step
TupleStep = Callable[[list[Any], "Tuples | None", Frame], Tuples]


def member(name: str) -> Evaluate:
    return lambda item, frame: lookup(item, name, frame.run)


def filter_of(compiler: "Compiler", condition: Node, depth: int) -> Keep:
    """`[...]`: a number is a place, counted from the end where it is negative; all else a condition for each item."""
    if condition.kind == "number" and not condition.predicates:
        return _place(condition.value)
    evaluate = compiler.compile(condition, depth)
    work = condition.size

    def keep(value: Any, frame: Frame) -> Any:
        items = value if isinstance(value, list) else [value]
        tuples = type(value) is Tuples
        kept: Seq = Tuples() if tuples else Seq()
        frame.run.spend(len(items) * work)
        for at, item in enumerate(items):
            found = evaluate(item[ITEM], frame.over(item)) if tuples else evaluate(item, frame)
            if _holds(found, at, len(items), frame) and item is not UNDEFINED:
                kept.append(item)
        return kept

    return keep


def _place(number: float) -> Keep:
    wanted = int(number // 1)

    def keep(value: Any, frame: Frame) -> Any:
        items = value if isinstance(value, list) else [value]
        kept: Seq = Tuples() if type(value) is Tuples else Seq()
        at = wanted + len(items) if wanted < 0 else wanted
        if 0 <= at < len(items) and items[at] is not UNDEFINED:
            item = items[at]
            if isinstance(item, list):
                return item
            kept.append(item)
        return kept

    return keep


def _holds(found: Any, at: int, count: int, frame: Frame) -> bool:
    if found is True or found is False:
        return bool(found)
    if is_number(found):
        return _is_place(found, at, count)
    if isinstance(found, list) and found and is_number(found[0]):
        frame.run.spend(len(found))
        if all(map(is_number, found)):
            return any(_is_place(number, at, count) for number in found)
    return frame.run.true(found)


def _is_place(number: float, at: int, count: int) -> bool:
    if not whole(number):
        number = number // 1
    return bool((number + count if number < 0 else number) == at)


def plain_step(compiler: "Compiler", node: Node, depth: int) -> Step:
    """A step over items. `depth` is that of the path."""
    filters = [filter_of(compiler, stage.filter, depth + 1) for stage in node.stages if stage.filter is not None]
    if node.kind == "sort":
        return _sort_step(sorter(compiler, node.terms, depth + 1), filters)
    evaluate = compiler.compile(node, depth + 1)
    work = node.size

    def step(items: list[Any], frame: Frame, last: bool) -> list[Any]:
        frame.run.spend(len(items) * work)
        found: list[Any] = []
        for item in items:
            value = evaluate(item, frame)
            for keep in filters:
                value = keep(value, frame)
            if value is not UNDEFINED:
                found.append(value)
        if last and len(found) == 1 and isinstance(found[0], list) and not isinstance(found[0], Seq):
            only: list[Any] = found[0]
            return only
        return _flattened(found, frame)

    return step


def _sort_step(sort: Callable[[list[Any], Frame], list[Any]], filters: list[Keep]) -> Step:
    def step(items: list[Any], frame: Frame, last: bool) -> list[Any]:
        found: Any = sort(items, frame)
        for keep in filters:
            found = keep(found, frame)
        return found if isinstance(found, list) else [found]

    return step


def _flattened(found: list[Any], frame: Frame) -> Seq:
    flat = Seq()
    for value in found:
        if isinstance(value, list) and type(value) is not Cons:
            frame.run.fit_items(len(flat) + len(value))
            flat.extend(value)
        else:
            flat.append(value)
    frame.run.hold_items(len(flat))
    return flat


def tuple_step(compiler: "Compiler", node: Node, depth: int) -> TupleStep:
    """A step over tuples, or over items where no step has made tuples yet."""
    stages = [_stage(compiler, stage, depth + 1) for stage in node.stages]
    if node.kind == "sort":
        return _tuple_sort(sorter(compiler, node.terms, depth + 1), node.index, stages)
    evaluate = compiler.compile(node, depth + 1)
    label = node.ancestor.label if node.ancestor is not None else None
    # the label may still change while the path is read, never after: paths are compiled when they are complete

    def step(items: list[Any], tuples: Tuples | None, frame: Frame) -> Tuples:
        before = Tuples({ITEM: item} for item in items) if tuples is None else tuples
        frame.run.spend(len(before) * (node.size + 1))
        made = Tuples()
        for each in before:
            value = evaluate(each[ITEM], frame.over(each))
            if value is not UNDEFINED:
                count = len(value) if isinstance(value, list) else 1
                frame.run.spend(count * _TUPLE_WORK)
                frame.run.hold_items(count * _TUPLE_ITEMS)
                _extend(made, each, value, node, label)
        for stage in stages:
            made = stage(made, frame)
        return made

    return step


def _extend(made: Tuples, before: dict[str, Any], value: Any, node: Node, label: str | None) -> None:
    """One tuple for each item of the value."""
    values = value if isinstance(value, list) else [value]
    nested = type(value) is Tuples
    for at, each in enumerate(values):
        if nested:
            made.append({**before, **each})
            continue
        bound = dict(before)
        if node.focus is not None:
            bound[node.focus] = each
        else:
            bound[ITEM] = each
        if node.index is not None:
            bound[node.index] = at
        if label is not None:
            bound[label] = before[ITEM]
        made.append(bound)


def _tuple_sort(
    sort: Callable[[list[Any], Frame], list[Any]], index: str | None, stages: list[Callable[[Any, Frame], Any]]
) -> TupleStep:
    def step(items: list[Any], tuples: Tuples | None, frame: Frame) -> Tuples:
        if tuples is not None:
            made = Tuples(sort(tuples, frame))
        else:
            made = Tuples({ITEM: item} for item in sort(items, frame))
        if index is not None:
            made = Tuples({**each, index: at} for at, each in enumerate(made))
        for stage in stages:
            made = stage(made, frame)
        return made

    return step


def _stage(compiler: "Compiler", stage: Stage, depth: int) -> Callable[[Any, Frame], Any]:
    if stage.filter is not None:
        return filter_of(compiler, stage.filter, depth)
    index = stage.index
    assert index is not None, "a stage filters or names"
    return lambda tuples, frame: Tuples({**each, index: at} for at, each in enumerate(tuples))

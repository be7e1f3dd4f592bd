"""Paths, compiled: `a.b[c].d`, with the short way for what most of them are, `$states.input.name`."""

from typing import TYPE_CHECKING, Any

from engine.query.jsonata.frame import Frame
from engine.query.jsonata.grouping import grouping
from engine.query.jsonata.nodes import Node
from engine.query.jsonata.steps import ITEM, Step, TupleStep, plain_step, tuple_step
from engine.query.jsonata.values import UNDEFINED, Cons, Evaluate, Kept, Seq, Tuples

if TYPE_CHECKING:
    from engine.query.jsonata.compiler import Compiler


def path(compiler: "Compiler", node: Node, depth: int) -> Evaluate:
    steps = node.items
    if any(step.binds for step in steps):
        evaluate = _tuple_path(compiler, node, depth)
    else:
        evaluate = _plain_path(compiler, node, depth)
    if node.keep_singleton:
        evaluate = _kept(evaluate)
    if node.group is not None:
        evaluate = _grouped(compiler, evaluate, node, depth)
    return evaluate


def _grouped(compiler: "Compiler", evaluate: Evaluate, node: Node, depth: int) -> Evaluate:
    assert node.group is not None
    group = grouping(compiler, node.group, depth + 1)
    return lambda item, frame: group(evaluate(item, frame), frame)


def _kept(evaluate: Evaluate) -> Evaluate:
    def kept(item: Any, frame: Frame) -> Any:
        value = evaluate(item, frame)
        if isinstance(value, list):
            return Kept(value) if type(value) is Seq or type(value) is Cons else value
        return UNDEFINED if value is UNDEFINED else Kept([value])

    return kept


def _plain_path(compiler: "Compiler", node: Node, depth: int) -> Evaluate:
    first = node.items[0]
    absolute = first.kind == "variable"
    constructed = compiler.compile(first, depth + 1) if first.unflattened else None
    steps = [plain_step(compiler, step, depth) for step in node.items]
    last = len(steps) - 1

    def evaluate(item: Any, frame: Frame) -> Any:
        items: Any = item if isinstance(item, list) and not absolute else [item]
        for at, step in enumerate(steps):
            if at == 0 and constructed is not None:
                items = constructed(items, frame)
            else:
                items = step(items, frame, at == last)
            if not items:
                break
        return items

    names = _names(node)
    return evaluate if names is None else _short(compiler, first, names, depth, steps)


def _names(node: Node) -> list[str] | None:
    """The names that follow a variable, or are all there is, with nothing between them."""
    rest = node.items[1:] if node.items[0].kind == "variable" else node.items
    plain = node.items[0].kind in ("variable", "name") and not node.items[0].stages
    if plain and all(step.kind == "name" and not step.stages for step in rest):
        return [step.value for step in rest]
    return None


def _short(compiler: "Compiler", first: Node, names: list[str], depth: int, steps: list[Step]) -> Evaluate:
    """From object to object by name; the first array on the way takes the long way from there."""
    start = compiler.compile(first, depth + 1) if first.kind == "variable" else None
    rest = steps[1:] if start is not None else steps
    last = len(names) - 1

    def evaluate(item: Any, frame: Frame) -> Any:
        value = item if start is None else start(item, frame)
        for at, name in enumerate(names):
            if type(value) is dict:
                value = value.get(name, UNDEFINED)
            elif isinstance(value, list):
                items: list[Any] = value
                for further in range(at, last + 1):
                    items = rest[further](items, frame, further == last)
                return items
            else:
                return UNDEFINED
        return value

    return evaluate


def _tuple_path(compiler: "Compiler", node: Node, depth: int) -> Evaluate:
    """Steps over items up to the first that binds a name, over tuples from there on."""
    steps = node.items
    absolute = steps[0].kind == "variable"
    begin = next(at for at, step in enumerate(steps) if step.binds)
    plain: list[Step] = [plain_step(compiler, step, depth) for step in steps[:begin]]
    bound: list[TupleStep] = [tuple_step(compiler, step, depth) for step in steps[begin:]]

    def tuples_of(item: Any, frame: Frame) -> Any:
        items: Any = item if isinstance(item, list) and not absolute else [item]
        for step in plain:
            items = step(items, frame, False)
            if not items:
                return Tuples()
        tuples: Tuples | None = None
        for bind in bound:
            tuples = bind(items, tuples, frame)
        return tuples

    if node.group is not None or node.binds:  # these look at the tuples themselves
        return tuples_of
    return lambda item, frame: Seq([each[ITEM] for each in tuples_of(item, frame)])


def wildcard(item: Any, frame: Frame) -> Any:
    """`*`: the members of an object, with the items of those that are arrays."""
    found: list[Any] = []
    arrays = False
    members = item.values() if type(item) is dict else item if isinstance(item, list) else ()
    frame.run.spend(len(members))
    for value in members:
        if isinstance(value, list):
            arrays = True
            flat = _flat(value, frame)
            frame.run.fit_items(len(found) + len(flat))
            found += flat
        elif value is not UNDEFINED:
            found.append(value)
    frame.run.hold_items(len(found))
    return found if arrays else Seq(found)


def _flat(value: list[Any], frame: Frame) -> list[Any]:
    """All that is in arrays within arrays."""
    flat: list[Any] = []
    waiting: list[Any] = [value]
    while waiting:
        each = waiting.pop()
        frame.run.spend(1)
        if isinstance(each, list):
            waiting += reversed(each)
        else:
            flat.append(each)
    return flat


def descendants(item: Any, frame: Frame) -> Any:
    """`**`: the item and all that is in it, but for arrays themselves."""
    if item is UNDEFINED:
        return UNDEFINED
    found = Seq()
    waiting: list[Any] = [item]
    while waiting:
        frame.run.spend(1)
        each = waiting.pop()
        if isinstance(each, list):
            waiting += reversed(each)
        else:
            found.append(each)
            if type(each) is dict:
                waiting += reversed(each.values())
    frame.run.hold_items(len(found))
    return found[0] if len(found) == 1 else found

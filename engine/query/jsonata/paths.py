"""Builds paths out of steps: what `.`, `[...]`, `{...}`, `^(...)`, `@` and `#` do to the node at their left."""

from engine.query.jsonata import ancestry
from engine.query.jsonata.errors import JsonataSyntaxError
from engine.query.jsonata.nodes import Node, Pairs, Stage, Term


def name(value: str, position: int) -> Node:
    """A field name is a path of one step."""
    return Node("path", position=position, items=[Node("name", value, position)])


def _as_path(node: Node) -> Node:
    return node if node.kind == "path" else Node("path", position=node.position, items=[node], size=node.size)


def dot(left: Node, right: Node) -> Node:
    result = _as_path(left)
    if left.kind == "parent" and left.slot is not None:
        result.seeking = [left.slot]
    if right.kind == "path":
        added = right.items
    else:
        right.stages, right.predicates = right.stages + right.predicates, []
        added = [right]
    first = result.items if len(result.items) == 1 else []  # it becomes a step only now
    for step in (*first, *added):
        if step.kind in ("number", "value"):
            raise JsonataSyntaxError("S0213", step.position, value=step.value)
        if step.kind == "string":
            step.kind = "name"  # a string as a step is a name
    result.items.extend(added)
    result.keep_singleton = result.keep_singleton or any(step.keep_array for step in (result.items[0], *added))
    for step in (result.items[0], result.items[-1]):
        if step.kind == "array":
            step.unflattened = True
    ancestry.resolve(result)
    return result


def keep_array(left: Node) -> Node:
    """`[]`: one item stays an array."""
    left.keep_array = True
    if left.kind == "path":
        left.keep_singleton = True
        left.items[-1].keep_array = True
    return left


def predicate(left: Node, condition: Node, position: int) -> Node:
    step, of_path = (left.items[-1], True) if left.kind == "path" else (left, False)
    if step.group is not None or left.group is not None:
        raise JsonataSyntaxError("S0209", position)
    ancestry.resolve_predicate(step, condition)
    if of_path:
        step.stages = [*step.stages, Stage(condition)]
    else:
        step.predicates = [*step.predicates, Stage(condition)]
    return left


def group(left: Node, pairs: Pairs, position: int) -> Node:
    if left.group is not None:
        raise JsonataSyntaxError("S0210", position)
    left.group = pairs
    return left


def order(left: Node, terms: list[Term], position: int) -> Node:
    result = _as_path(left)
    sort = Node("sort", position=position, terms=terms)
    for term in terms:
        ancestry.inherit(sort, term.key)
    result.items = [*result.items, sort]
    ancestry.resolve(result)
    return result


def focus(left: Node, variable: str, position: int) -> Node:
    """`@$v`: binds each item of the step, and stays where the step began."""
    step = left.items[-1] if left.kind == "path" else left
    if step.stages or step.predicates:
        raise JsonataSyntaxError("S0215", position)
    if step.kind == "sort":
        raise JsonataSyntaxError("S0216", position)
    step.focus = variable
    step.binds = True
    return left


def index(left: Node, variable: str) -> Node:
    """`#$i`: binds the place of each item of the step."""
    step = left.items[-1] if left.kind == "path" else left
    result = left
    if left.kind != "path":
        result = _as_path(left)
        step.stages, step.predicates = step.predicates, []
    if step.stages:
        step.stages = [*step.stages, Stage(None, variable)]
    else:
        step.index = variable
    step.binds = True
    return result

"""Where `%` leads: each one is given the step, left of it, whose input it stands for.

Slots wander from a `%` outwards until a path holds the step; what is left over at the end has no parent.
"""

from engine.query.jsonata.errors import JsonataSyntaxError
from engine.query.jsonata.nodes import Node, Slot


def inherit(result: Node, *parts: Node | None) -> None:
    """`result` seeks what its parts seek."""
    for part in parts:
        if part is not None:
            result.seeking = result.seeking + slots_of(part)


def slots_of(node: Node) -> list[Slot]:
    own = [node.slot] if node.kind == "parent" and node.slot is not None else []
    return node.seeking + own


def seek(node: Node, slot: Slot) -> None:
    """Goes up through `node`; binds the slot there if that is where it leads. Raises JsonataSyntaxError S0217."""
    if node.kind in ("name", "wildcard"):
        slot.level -= 1
        if slot.level == 0:
            if node.ancestor is not None:
                slot.label = node.ancestor.label
            node.ancestor = slot
            node.binds = True
    elif node.kind == "parent":
        slot.level += 1
    elif node.kind == "block":
        if node.items:
            node.binds = True
            seek(node.items[-1], slot)
    elif node.kind == "path":
        node.binds = True
        for step in reversed(node.items):
            seek(step, slot)
            if slot.level == 0:
                break
    else:
        raise JsonataSyntaxError("S0217", node.position)


def resolve(path: Node) -> None:
    """Finds the ancestors that the last step of a path seeks among the steps before it."""
    for slot in slots_of(path.items[-1]):
        index = len(path.items) - 2
        while slot.level > 0:
            if index < 0:
                path.seeking = [*path.seeking, slot]
                break
            step = path.items[index]
            index -= 1
            while index >= 0 and step.focus and path.items[index].focus:  # these share their input
                step = path.items[index]
                index -= 1
            seek(step, slot)


def resolve_predicate(step: Node, predicate: Node) -> None:
    """A predicate's `%` is the input of its step."""
    for slot in predicate.seeking:
        if slot.level == 1:
            seek(step, slot)
        else:
            slot.level -= 1
    inherit(step, predicate)

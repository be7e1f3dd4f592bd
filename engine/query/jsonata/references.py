"""What an expression refers to, told from its text: members of `$states`, and names that lead nowhere."""

from collections.abc import Iterator

from engine.query.jsonata.nodes import Node

_STATES = "states"
_BUILDERS = ("array", "object", "lambda", "function", "partial", "apply", "transform")


def _parts(node: Node) -> Iterator[tuple[Node, bool]]:
    """(part, whether its context is that of the node)."""
    for operand in (node.left, node.right, node.other):
        if operand is not None:
            yield operand, node.kind != "transform"
    for at, item in enumerate(node.items):
        yield item, node.kind != "path" or at == 0
    for key, value in node.pairs:
        yield key, True
        yield value, True
    for key, value in node.group or []:
        yield key, False
        yield value, False
    for stage in (*node.predicates, *node.stages):
        if stage.filter is not None:
            yield stage.filter, False
    for term in node.terms:
        yield term.key, False


def _walk(tree: Node) -> Iterator[tuple[Node, bool]]:
    """(node, whether it stands where there is no context), in the order of the text, roughly."""
    waiting = [(tree, True)]
    while waiting:
        node, top = waiting.pop()
        yield node, top
        waiting += [(part, top and shared) for part, shared in reversed(list(_parts(node)))]


def state_members(tree: Node) -> frozenset[str]:
    """The names that follow `$states` (`input` of `$states.input.x`); `*` where it stands for itself."""
    found: set[str] = set()
    named: set[int] = set()
    for node, _ in _walk(tree):
        if node.kind == "path" and len(node.items) > 1 and _is_states(node.items[0]):
            follower = node.items[1]
            if follower.kind == "name" and not node.items[0].predicates:
                found.add(str(follower.value))
                named.add(id(node.items[0]))
        elif _is_states(node) and id(node) not in named:
            found.add("*")
    return frozenset(found)


def builds(tree: Node) -> bool:
    """Whether an expression may make arrays and objects; if not, what it gives is a part of what it is given."""
    return any(node.kind in _BUILDERS or node.group is not None for node, _ in _walk(tree))


def _is_states(node: Node) -> bool:
    return node.kind == "variable" and node.value == _STATES


def top_level_references(tree: Node) -> tuple[str, ...]:
    """Names, wildcards and `$` where there is no context; `$$` anywhere, as it never leads to anything."""
    found: dict[str, None] = {}
    for node, top in _walk(tree):
        if node.kind == "variable" and node.value == "$":
            found["$$"] = None
        elif top and node.kind == "variable" and node.value == "":
            found["$"] = None
        elif top and node.kind in ("name", "wildcard", "descendant"):
            found[str(node.value)] = None
    return tuple(found)

"""Turns the tree of an expression into closures: each takes the context and the frame, and gives the value.

Depth is counted as the language's reference implementation counts it, which AWS's bound goes by: each node within
another is one deeper, and the body of a function is one deeper than its call. Within one function that is known here:
what is written too deep compiles to the error. Only the calls add to it at run time, so a body is compiled a second
time, with each node checking, for calls that come near the bound.
"""

from collections.abc import Callable
from typing import Any

from engine import limits
from engine.query.jsonata import compiled_calls, operators, steps
from engine.query.jsonata.errors import stack_overflow
from engine.query.jsonata.frame import Frame
from engine.query.jsonata.functional import pattern
from engine.query.jsonata.grouping import grouping
from engine.query.jsonata.library import LIBRARY
from engine.query.jsonata.nodes import Node
from engine.query.jsonata.path_steps import descendants, path, wildcard
from engine.query.jsonata.values import (
    UNDEFINED,
    Cons,
    Evaluate,
    Kept,
    Seq,
    Tuples,
)

_SEQUENCES = ("path", "wildcard", "descendant", "function", "apply", "variable", "parent")


class Compiler:
    """`compile(node, depth)` for the node that stands at `depth` of its function."""

    __slots__ = ("_checked", "height")

    def __init__(self, checked: bool = False):
        self._checked = checked
        self.height = 0  # of the deepest node compiled

    def another(self, checked: bool) -> "Compiler":
        """For the body of a function, whose depth is counted from its call."""
        return Compiler(checked)

    def compile(self, node: Node, depth: int) -> Evaluate:
        if depth > limits.JSONATA_DEPTH_MAX:
            self.height = max(self.height, depth)
            return _too_deep
        evaluate = self._followed(node, depth, _KINDS[node.kind](self, node, depth))
        self.height = max(self.height, depth)
        return _guarded(evaluate, depth) if self._checked else evaluate

    def _followed(self, node: Node, depth: int, evaluate: Evaluate) -> Evaluate:
        """With the predicates, the grouping and the `[]` that follow a node."""
        for stage in node.predicates:
            assert stage.filter is not None, "a predicate outside of a path is no index"
            evaluate = _filtered(evaluate, steps.filter_of(self, stage.filter, depth + 1))
        if node.group is not None and node.kind != "path":
            evaluate = _grouped(evaluate, grouping(self, node.group, depth + 1))
        if node.kind in _SEQUENCES or node.predicates:
            return _finished(evaluate, node.keep_array)
        return evaluate

    def tail(self, node: Node, depth: int) -> Evaluate:
        """The same for what a function ends with: a call there comes back as a TailCall."""
        if depth > limits.JSONATA_DEPTH_MAX or node.predicates or node.group is not None:
            return self.compile(node, depth)
        if node.kind == "function":
            evaluate = compiled_calls.tail_call(self, node)
        elif node.kind == "condition":
            evaluate = self._condition(node, depth, self.tail)
        elif node.kind == "block" and node.items:
            evaluate = self._block(node, depth, self.tail)
        else:
            return self.compile(node, depth)
        self.height = max(self.height, depth)
        return _guarded(evaluate, depth) if self._checked else evaluate

    # ---- values and names ----

    def _constant(self, node: Node, depth: int) -> Evaluate:
        value = node.value
        return lambda item, frame: value

    def _name(self, node: Node, depth: int) -> Evaluate:
        return steps.member(node.value)

    def _variable(self, node: Node, depth: int) -> Evaluate:
        name = node.value
        if name == "":
            return lambda item, frame: item
        builtin = LIBRARY.get(name)
        if builtin is None:
            return lambda item, frame: frame.lookup(name)

        def variable(item: Any, frame: Frame) -> Any:
            found = frame.lookup(name)
            if found is not UNDEFINED:
                return found
            frame.run.unusual = True
            return builtin

        return variable

    def _ancestor(self, node: Node, depth: int) -> Evaluate:
        slot = node.slot
        assert slot is not None, "each % has one"
        label = slot.label
        return lambda item, frame: frame.lookup(label)

    def _pattern(self, node: Node, depth: int) -> Evaluate:
        function = pattern(node.value)

        def regex(item: Any, frame: Frame) -> Any:
            frame.run.unusual = True
            return function

        return regex

    def _wildcard(self, node: Node, depth: int) -> Evaluate:
        return wildcard

    def _descendant(self, node: Node, depth: int) -> Evaluate:
        return descendants

    # ---- operators ----

    def _binary(self, node: Node, depth: int) -> Evaluate:
        assert node.left is not None and node.right is not None
        left, right = self.compile(node.left, depth + 1), self.compile(node.right, depth + 1)
        name = node.value
        if name in operators.ARITHMETIC:
            calculate = operators.calculate
            return lambda item, frame: calculate(name, left(item, frame), right(item, frame), frame.run)
        if name in operators.ORDER:
            compare = operators.compare
            return lambda item, frame: compare(name, left(item, frame), right(item, frame), frame.run)
        if name == "and":
            return lambda item, frame: frame.run.true(left(item, frame)) and frame.run.true(right(item, frame))
        if name == "or":
            return lambda item, frame: frame.run.true(left(item, frame)) or frame.run.true(right(item, frame))
        operate = _OPERATORS[name]
        return lambda item, frame: operate(left(item, frame), right(item, frame), frame.run)

    def _minus(self, node: Node, depth: int) -> Evaluate:
        assert node.left is not None
        operand = self.compile(node.left, depth + 1)
        return lambda item, frame: operators.negate(operand(item, frame))

    def _exists(self, node: Node, depth: int) -> Evaluate:
        assert node.left is not None
        operand = self.compile(node.left, depth + 1)
        return lambda item, frame: operand(item, frame) is not UNDEFINED

    def _condition(self, node: Node, depth: int, branch: Callable[[Node, int], Evaluate] | None = None) -> Evaluate:
        assert node.left is not None and node.right is not None
        compile_branch = branch or self.compile
        condition = self.compile(node.left, depth + 1)
        then = compile_branch(node.right, depth + 1)
        otherwise = _nothing if node.other is None else compile_branch(node.other, depth + 1)
        return lambda item, frame: (then if frame.run.true(condition(item, frame)) else otherwise)(item, frame)

    def _bind(self, node: Node, depth: int) -> Evaluate:
        assert node.right is not None
        name, value = node.value, self.compile(node.right, depth + 1)

        def bind(item: Any, frame: Frame) -> Any:
            bound = value(item, frame)
            frame.names[name] = bound
            return bound

        return bind

    def _block(self, node: Node, depth: int, last: Callable[[Node, int], Evaluate] | None = None) -> Evaluate:
        parts = [self.compile(part, depth + 1) for part in node.items[:-1]]
        final = (last or self.compile)(node.items[-1], depth + 1) if node.items else _nothing
        if not parts and not node.binds_names:
            return final

        def block(item: Any, frame: Frame) -> Any:
            inner = frame.over({})
            for part in parts:
                part(item, inner)
            return final(item, inner)

        return block

    # ---- constructors ----

    def _array(self, node: Node, depth: int) -> Evaluate:
        parts = [(part.kind == "array", self.compile(part, depth + 1)) for part in node.items]
        unflattened = node.unflattened

        def array(item: Any, frame: Frame) -> Any:
            made: list[Any] = Cons() if unflattened else []
            if unflattened:
                frame.run.unusual = True
            for nested, part in parts:
                value = part(item, frame)
                if nested or not isinstance(value, list):
                    if value is not UNDEFINED:
                        made.append(value)
                else:
                    frame.run.fit_items(len(made) + len(value))
                    made.extend(value)
            frame.run.hold_items(len(made))
            return made

        if len(parts) == 1 and node.items[0].value == ".." and not unflattened:
            return _range_array(parts[0][1])
        return array

    def _object(self, node: Node, depth: int) -> Evaluate:
        group = grouping(self, node.pairs, depth + 1)
        return lambda item, frame: group(item, frame)

    def _path(self, node: Node, depth: int) -> Evaluate:
        return path(self, node, depth)


_KINDS: dict[str, Callable[[Compiler, Node, int], Evaluate]] = {
    "string": Compiler._constant,
    "number": Compiler._constant,
    "value": Compiler._constant,
    "name": Compiler._name,
    "variable": Compiler._variable,
    "parent": Compiler._ancestor,
    "regex": Compiler._pattern,
    "wildcard": Compiler._wildcard,
    "descendant": Compiler._descendant,
    "binary": Compiler._binary,
    "minus": Compiler._minus,
    "exists": Compiler._exists,
    "condition": Compiler._condition,
    "bind": Compiler._bind,
    "block": Compiler._block,
    "array": Compiler._array,
    "object": Compiler._object,
    "lambda": compiled_calls.closure,
    "function": compiled_calls.called,
    "partial": compiled_calls.partial,
    "apply": compiled_calls.apply,
    "transform": compiled_calls.transform,
    "path": Compiler._path,
}
_OPERATORS: dict[str, Callable[..., Any]] = {
    "=": operators.equal,
    "!=": operators.unequal,
    "&": operators.concatenate,
    "..": operators.span,
    "in": operators.contained,
}


def _nothing(item: Any, frame: Frame) -> Any:
    return UNDEFINED


def _too_deep(item: Any, frame: Frame) -> Any:
    raise stack_overflow()


def _guarded(evaluate: Evaluate, depth: int) -> Evaluate:
    def guarded(item: Any, frame: Frame) -> Any:
        if frame.depth + depth > limits.JSONATA_DEPTH_MAX:
            raise stack_overflow()
        return evaluate(item, frame)

    return guarded


def _filtered(evaluate: Evaluate, keep: Callable[[Any, Frame], Any]) -> Evaluate:
    return lambda item, frame: keep(evaluate(item, frame), frame)


def _grouped(evaluate: Evaluate, group: Callable[[Any, Frame], Any]) -> Evaluate:
    return lambda item, frame: group(evaluate(item, frame), frame)


def _finished(evaluate: Evaluate, keep_array: bool) -> Evaluate:
    """A sequence of one is its item, an empty one is nothing."""

    def finished(item: Any, frame: Frame) -> Any:
        value = evaluate(item, frame)
        if not isinstance(value, Seq) or type(value) is Tuples:
            return value
        if not value:
            return UNDEFINED
        if keep_array and type(value) is Seq:
            value = Kept(value)
        return value[0] if len(value) == 1 and type(value) is not Kept else value

    return finished


def _range_array(span: Evaluate) -> Evaluate:
    """`[1..9]`."""

    def array(item: Any, frame: Frame) -> Any:
        value = span(item, frame)
        return [] if value is UNDEFINED else list(value)

    return array

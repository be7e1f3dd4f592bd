"""Functions, compiled: making them, calling them, in tail position too, partial applications, `~>`, transformers.

The body of a function is compiled when it is first called, and a second time, with each node checking the depth, for
calls that come near the bound.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine import limits
from engine.query.jsonata.calls import TailCall, call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.frame import Frame
from engine.query.jsonata.functional import chain, transformer, without_holes
from engine.query.jsonata.library import LIBRARY
from engine.query.jsonata.nodes import Node
from engine.query.jsonata.values import FUNCTIONS, UNDEFINED, Evaluate, Lambda

if TYPE_CHECKING:
    from engine.query.jsonata.compiler import Compiler


def closure(compiler: "Compiler", node: Node, depth: int) -> Evaluate:
    assert node.left is not None
    body = _body(compiler, node.left)
    params, signature, weight = node.params, node.signature, 2 + node.left.size

    def function(item: Any, frame: Frame) -> Any:
        frame.run.unusual = True
        return Lambda(params, body, item, frame, signature, weight)

    return function


def _called(compiler: "Compiler", node: Node, depth: int) -> tuple[Evaluate, Callable[[Any, Frame], Any], Any]:
    """(the function, what to do when it is none, its name)."""
    assert node.left is not None
    procedure = node.left
    if procedure.kind == "variable" and not procedure.predicates and procedure.value in LIBRARY:
        name, builtin = procedure.value, LIBRARY[procedure.value]

        def library(item: Any, frame: Frame) -> Any:
            found = frame.lookup(name)
            return builtin if found is UNDEFINED else found

        return library, _same, name
    if procedure.kind == "path":
        name = procedure.items[0].value
        return compiler.compile(procedure, depth + 1), _forgotten_dollar(name), name
    return compiler.compile(procedure, depth + 1), _same, procedure.value


def called(compiler: "Compiler", node: Node, depth: int) -> Evaluate:
    return _call_with(compiler, node, depth, None)


def _call_with(compiler: "Compiler", node: Node, depth: int, first: Evaluate | None) -> Evaluate:
    function, missing, name = _called(compiler, node, depth)
    arguments = [compiler.compile(argument, depth + 1) for argument in node.items]
    if first is not None:
        arguments.insert(0, first)

    def invoke(item: Any, frame: Frame) -> Any:
        called = function(item, frame)
        if called is UNDEFINED:
            missing(item, frame)
        args = [argument(item, frame) for argument in arguments]
        try:
            return call(called, args, item, frame.run, frame.depth + depth, name)
        except JsonataError as error:
            error.named(name)
            raise

    return invoke


def tail_call(compiler: "Compiler", node: Node) -> Evaluate:
    function, missing, name = _called(compiler, node, 0)  # the loop of the call makes it, not this function
    arguments = [compiler.compile(argument, 1) for argument in node.items]

    def tail_call(item: Any, frame: Frame) -> Any:
        called = function(item, frame)
        if called is UNDEFINED:
            missing(item, frame)
        return TailCall(called, [argument(item, frame) for argument in arguments], item, name)

    return tail_call


def partial(compiler: "Compiler", node: Node, depth: int) -> Evaluate:
    function, _, name = _called(compiler, node, depth)
    arguments = [
        None if argument.kind == "placeholder" else compiler.compile(argument, depth + 1) for argument in node.items
    ]
    is_path = node.left is not None and node.left.kind == "path"

    def partial(item: Any, frame: Frame) -> Any:
        args = [UNDEFINED if argument is None else argument(item, frame) for argument in arguments]
        called = function(item, frame)
        if type(called) not in FUNCTIONS:
            error = JsonataError("T1007" if is_path and _known(name, frame) else "T1008")
            error.named(name)
            raise error
        frame.run.unusual = True
        holes = [at for at, argument in enumerate(arguments) if argument is None]
        return without_holes(called, args, holes)

    return partial


def apply(compiler: "Compiler", node: Node, depth: int) -> Evaluate:
    assert node.left is not None and node.right is not None
    left = compiler.compile(node.left, depth + 1)
    if node.right.kind == "function":  # what follows it (`~> $f()[0]`) is not looked at, as in the reference
        return _call_with(compiler, node.right, depth, left)
    right = compiler.compile(node.right, depth + 1)

    def apply(item: Any, frame: Frame) -> Any:
        value = left(item, frame)
        function = right(item, frame)
        if type(function) not in FUNCTIONS:
            raise JsonataError("T2006", value=function, token="~>")
        if type(value) in FUNCTIONS:
            frame.run.unusual = True
            return chain(value, function)
        return call(function, [value], None, frame.run, frame.depth + depth)

    return apply


def transform(compiler: "Compiler", node: Node, depth: int) -> Evaluate:
    assert node.left is not None and node.right is not None
    matches, update = compiler.compile(node.left, depth + 1), compiler.compile(node.right, depth + 1)
    delete = None if node.other is None else compiler.compile(node.other, depth + 1)

    def transform(item: Any, frame: Frame) -> Any:
        frame.run.unusual = True
        return transformer(frame, matches, update, delete)

    return transform


def _body(compiler: "Compiler", node: Node) -> Evaluate:
    """The body of a function: compiled when it is first called, and once more, checking, for calls near the bound."""
    compiled: list[Evaluate] = []
    checking: list[Evaluate] = []
    height = 0

    def body(item: Any, frame: Frame) -> Any:
        nonlocal height
        if not compiled:
            unchecked = compiler.another(False)
            compiled.append(unchecked.tail(node, 1))
            height = unchecked.height
        if frame.depth + height <= limits.JSONATA_DEPTH_MAX:
            return compiled[0](item, frame)
        if not checking:
            checking.append(compiler.another(True).tail(node, 1))
        return checking[0](item, frame)

    return body


def _same(item: Any, frame: Frame) -> Any:
    return None


def _known(name: Any, frame: Frame) -> bool:
    return frame.lookup(name) is not UNDEFINED or name in LIBRARY


def _forgotten_dollar(name: Any) -> Callable[[Any, Frame], Any]:
    def missing(item: Any, frame: Frame) -> Any:
        if _known(name, frame):
            raise JsonataError("T1005", token=name)

    return missing

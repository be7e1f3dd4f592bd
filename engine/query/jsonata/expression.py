"""One compiled expression: `compile_jsonata(text).evaluate(bindings, moment)`.

The same expression serves all threads: nothing of an evaluation stays in it. Whatever is wrong comes as one of the
errors documented here, in bounded work and memory; no other exception leaves.
"""

from collections.abc import Mapping
from typing import Any

from engine import limits
from engine.moment import Moment
from engine.query.jsonata.compiler import Compiler
from engine.query.jsonata.errors import JsonataError, JsonataSyntaxError, memory_exceeded, stack_overflow
from engine.query.jsonata.frame import Frame, Run
from engine.query.jsonata.library import LIBRARY
from engine.query.jsonata.nodes import Node
from engine.query.jsonata.parser import Parser
from engine.query.jsonata.references import builds, state_members, top_level_references
from engine.query.jsonata.result import finish
from engine.query.jsonata.values import UNDEFINED

_STATES = "states"


class JsonataExpression:
    """`variables` are the names, without `$`, that the expression takes from outside: the workflow's variables.

    `names` are all that it asks its bindings for, `states` and functions that a binding may hide among them.
    `states` says which members of `$states` it names, `top_level` which names it looks up where there is no context
    (`name` instead of `$states.input.name`): AWS refuses those.
    """

    __slots__ = ("_built", "_evaluate", "names", "states", "text", "top_level", "variables")

    def __init__(self, text: str, tree: Node, free: frozenset[str]):
        self.text = text
        self.names = free - {"", "$"}
        self.variables = self.names - {_STATES} - LIBRARY.keys()
        self.states = state_members(tree)
        self.top_level = top_level_references(tree)
        self._built = builds(tree)
        self._evaluate = Compiler().compile(tree, 1)

    def evaluate(self, bindings: Mapping[str, Any], moment: Moment) -> Any:
        """A JSON value, or UNDEFINED. Raises JsonataError, and Unsupported for a function."""
        run = Run(moment)
        names = {name: bindings[name] for name in self.names if name in bindings}
        try:
            return finish(self._evaluate(UNDEFINED, Frame(names, None, 0, run)), run, self._built)
        except RecursionError:
            raise stack_overflow() from None
        except MemoryError:
            raise memory_exceeded() from None
        finally:
            run.account()


def compile_jsonata(text: str) -> JsonataExpression:
    """Raises JsonataSyntaxError."""
    try:
        parser = Parser(text)
        tree = parser.tree()
        return JsonataExpression(text, tree, parser.scopes.free())
    except RecursionError:  # the caller stood deep itself
        raise JsonataSyntaxError("S0502", value=limits.JSONATA_NESTING_MAX) from None


__all__ = ["UNDEFINED", "JsonataError", "JsonataExpression", "compile_jsonata"]

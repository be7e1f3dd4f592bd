"""The text of an intrinsic function call, read into an Expression: `States.Format('{}', States.ArrayLength($.all))`.

    call      = "States." name "(" [argument ("," argument)*] ")"
    argument  = 'text' | number | true | false | null | path | call

Within a text `\\'`, `\\{`, `\\}` and `\\\\` stand for the character; any other backslash is an error when the call is
evaluated, as AWS documents it. Names and numbers of arguments are checked here, kinds of values when they are known.

A call that fails is States.Runtime, which nothing catches, with `Invalid arguments in States.MathAdd` in its cause: so
users of AWS show it (the tests of an AWS test harness, a log of work with `.sync:2`), while AWS's documentation has a
States.IntrinsicFailure. What follows these words in a cause is ours.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from engine import limits
from engine.errors import StateError
from engine.query.intrinsics import FUNCTIONS, Intrinsic, IntrinsicError, Text
from engine.query.path import Path, PathNotFound, PathSyntaxError, read_path
from engine.query.path_syntax import NAME_ENDS, Cursor, read_number
from engine.query.scope import Scope

_NAME = re.compile(r"States\.([A-Za-z0-9]+)\(")
_WORD = re.compile(r"(true|false|null)(?!\w)")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}
_ARGUMENT_NAME_ENDS = NAME_ENDS | frozenset(",)")

Argument = Callable[[Scope], Any]


class IntrinsicSyntaxError(ValueError):
    """Text that is not a call of an intrinsic function."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled call.

    `evaluate(scope)` raises StateError, `States.Runtime`.
    """

    text: str
    function: Intrinsic
    arguments: tuple[Argument, ...]
    variables: frozenset[str] = frozenset()  # that its paths begin at

    def evaluate(self, scope: Scope) -> Any:
        try:
            found = self.function.apply([argument(scope) for argument in self.arguments], scope)
        except IntrinsicError as error:
            detail = f"Invalid arguments in States.{self.function.name}: {error}"
            raise StateError("States.Runtime", self._cause(detail)) from None
        except _MissingArgument as error:
            raise StateError("States.Runtime", self._cause(error.detail)) from None
        if isinstance(found, str) and len(found) > limits.INTRINSIC_RESULT_CHARS_MAX:
            detail = f"The result is longer than {limits.INTRINSIC_RESULT_CHARS_MAX} characters"
            raise StateError("States.Runtime", self._cause(detail))
        return found

    def _cause(self, detail: str) -> str:
        return f"The function '{self.text}' had the following error: {detail}"


class _MissingArgument(Exception):
    def __init__(self, detail: str):
        super().__init__(detail)
        self.detail = detail


def compile_intrinsic(text: str) -> Expression:
    """Raises IntrinsicSyntaxError."""
    if len(text) > limits.INTRINSIC_CHARS_MAX:
        raise IntrinsicSyntaxError(f"an intrinsic function call has at most {limits.INTRINSIC_CHARS_MAX} characters")
    cursor = Cursor(text)
    variables: set[str] = set()
    try:
        cursor.skip_blanks()
        expression = _call(cursor, 1, variables)
        cursor.skip_blanks()
        if cursor.at < len(text):
            raise cursor.error("expected the end of the call")
    except PathSyntaxError as error:
        raise IntrinsicSyntaxError(str(error)) from None
    return replace(expression, variables=frozenset(variables))


def _call(cursor: Cursor, depth: int, variables: set[str]) -> Expression:
    if depth > limits.INTRINSIC_NESTING_MAX:
        raise cursor.error(f"intrinsic functions nest at most {limits.INTRINSIC_NESTING_MAX} deep")
    start = cursor.at
    found = cursor.match(_NAME)
    function = FUNCTIONS.get(found[1]) if found else None
    if function is None:
        cursor.at = start
        raise cursor.error("expected a path or an intrinsic function")
    arguments = _arguments(cursor, depth, variables)
    if not function.takes(len(arguments)):
        raise cursor.error(f"States.{function.name} takes {function.signature}, found {len(arguments)} arguments")
    return Expression(cursor.text[start : cursor.at], function, tuple(arguments))


def _arguments(cursor: Cursor, depth: int, variables: set[str]) -> list[Argument]:
    arguments: list[Argument] = []
    cursor.skip_blanks()
    while not cursor.take(")"):
        if arguments:
            cursor.need(",")
            cursor.skip_blanks()
        arguments.append(_argument(cursor, depth, variables))
        cursor.skip_blanks()
    return arguments


def _argument(cursor: Cursor, depth: int, variables: set[str]) -> Argument:
    if cursor.peek() == "$":
        path = read_path(cursor, _ARGUMENT_NAME_ENDS)
        if path.variable is not None:
            variables.add(path.variable)
        return _path_argument(path)
    if found := cursor.match(_TEXT):
        return _constant(Text.escaped(found[1]))
    if cursor.peek() == "'":
        raise cursor.error("expected a text in single quotes that ends")
    if found := cursor.match(_WORD):
        return _constant(_WORDS[found[1]])
    if cursor.peek().isdigit() or cursor.peek() == "-":
        return _constant(read_number(cursor))
    return _call(cursor, depth + 1, variables).evaluate


def _constant(value: Any) -> Argument:
    return lambda scope: value


def _path_argument(path: Path) -> Argument:
    def argument(scope: Scope) -> Any:
        try:
            return scope.charge(path.find(scope))
        except PathNotFound as error:
            if error.missing_index:
                return None
            detail = f"The JsonPath argument for the field '{path.text}' could not be found in the input"
            raise _MissingArgument(f"{detail} '{scope.shown(path.root)}'") from None

    return argument

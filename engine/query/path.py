"""Compiled JSONPath expressions: `compile_path` reads a text once, `Path.find` finds values with it.

A path begins at `$`, the data, at `$$`, the context object, or at `$name`, a variable. A *definite* path finds one
value or fails with PathNotFound; an indefinite one (wildcard, slice, filter, scan) finds a list, empty when it leads
nowhere. A *reference* path has only names and indexes: it also says where a result is put. Paths of names, which is
nearly all of them, are found by a closure made for them; everything else, and every failure, goes through the steps
(path_steps.py).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine import limits
from engine.query.path_steps import Indexes, Names, PathInvalid, PathNotFound, Step, Walk, evaluate, is_definite
from engine.query.path_syntax import NAME_ENDS, Cursor, PathSyntaxError, read_steps
from engine.query.scope import Scope

__all__ = [
    "NULL_INPUT",
    "WHOLE",
    "Path",
    "PathNotFound",
    "PathSyntaxError",
    "compile_path",
    "is_variable_name",
    "read_path",
]

Root = str  # "$", "$$" or a variable with its dollar sign
NULL_INPUT = "Unable to apply Path transformation to null or empty input."

Finder = Callable[[Scope], Any]
_VARIABLE = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path. Two paths of the same text are equal.

    `find(scope)` gives the value. It raises PathNotFound, and StateError where the path works beyond its bounds.
    `names` are the steps of a reference path, property names and indexes; empty for other paths and for the root.
    """

    text: str
    root: Root = field(compare=False)
    definite: bool = field(compare=False)
    reference: bool = field(compare=False)
    names: tuple[str | int, ...] = field(compare=False)
    find: Finder = field(compare=False, repr=False)
    whole: bool = field(init=False, compare=False)  # whether this is `$`: the data as it is

    def __post_init__(self) -> None:
        # Kept, for every state asks for it twice.
        object.__setattr__(self, "whole", self.reference and self.root == "$" and not self.names)

    @property
    def variable(self) -> str | None:
        """The variable that the path begins at, None where it begins at `$` or `$$`."""
        return None if self.root in ("$", "$$") else self.root[1:]

    def invalid_path_cause(self, detail: str) -> str:
        """The cause that AWS gives where InputPath, OutputPath and the like lead nowhere."""
        if detail == NULL_INPUT:
            return detail
        return f"Invalid path '{self.text}' : {detail}"


def compile_path(text: str) -> Path:
    """Raises PathSyntaxError."""
    if len(text) > limits.PATH_CHARS_MAX:
        raise PathSyntaxError(f"a path has at most {limits.PATH_CHARS_MAX} characters, found {len(text)}")
    cursor = Cursor(text)
    cursor.skip_blanks()
    path = read_path(cursor, NAME_ENDS)
    cursor.skip_blanks()
    if cursor.at < len(text):
        raise cursor.error("expected '.' or '['")
    return path


def read_path(cursor: Cursor, name_ends: frozenset[str]) -> Path:
    """The path at the cursor, whatever is behind it; `name_ends` end an unquoted name. Raises PathSyntaxError."""
    start = cursor.at
    root = _read_root(cursor)
    steps = read_steps(cursor, name_ends)
    names = _reference_names(steps)
    definite = is_definite(steps)
    slow = partial(_evaluate, root, steps, definite)
    text = cursor.text[start : cursor.at]
    return Path(text, root, definite, names is not None, names or (), _finder(root, names, slow))


def _read_root(cursor: Cursor) -> Root:
    if cursor.take("$$"):
        return "$$"
    if not cursor.take("$"):
        raise cursor.error("a path begins with '$'")
    name = cursor.match(_VARIABLE)
    if name is None:
        return "$"
    if not is_variable_name(name[0]):
        raise PathSyntaxError(f"'{name[0]}' is no name of a variable, in path '{cursor.text}'")
    return f"${name[0]}"


def is_variable_name(name: str) -> bool:
    """A Unicode identifier of at most 80 characters."""
    return name.isidentifier() and len(name) <= limits.VARIABLE_NAME_CHARS_MAX


def _reference_names(steps: tuple[Step, ...]) -> tuple[str | int, ...] | None:
    """None when it is no reference path."""
    names: list[str | int] = []
    for step in steps:
        if isinstance(step, Names) and len(step.names) == 1 and not step.call:
            names.append(step.names[0])
        elif isinstance(step, Indexes) and len(step.indexes) == 1 and step.indexes[0] >= 0:
            names.append(step.indexes[0])
        else:
            return None
    return tuple(names)


def _evaluate(root: Root, steps: tuple[Step, ...], definite: bool, scope: Scope) -> Any:
    """Any path, by its steps."""
    data = _root_value(root, scope)
    if data is None and definite and steps:
        raise PathNotFound(NULL_INPUT)
    walk = Walk(data, scope.moment.work.left)
    try:
        found = evaluate(steps, data, walk)
    except PathNotFound as error:
        if definite or isinstance(error, PathInvalid):
            raise
        return []
    finally:
        scope.moment.work.left -= walk.work_max - walk.work_left
    return found[-1] if definite else found


def _root_value(root: Root, scope: Scope) -> Any:
    if root == "$":
        return scope.data
    if root == "$$":
        return scope.context
    try:
        return scope.variables[root[1:]]
    except KeyError:
        raise PathNotFound(f"The variable '{root}' has not been assigned") from None


def _finder(root: Root, names: tuple[str | int, ...] | None, slow: Finder) -> Finder:
    """The fastest way that there is for this path. A name can only be looked up in an object: no need to ask types."""
    if names == ():
        return _data if root == "$" else partial(_root_value, root)
    if names is None:
        return slow
    if not all(isinstance(name, str) for name in names):
        return partial(_with_indexes, root, names, slow)
    if root != "$":
        return partial(_by_names, root, names, slow)
    return _FIXED[len(names) - 1](names, slow) if len(names) <= len(_FIXED) else _many(names, slow)


def _data(scope: Scope) -> Any:
    return scope.data


def _by_names(root: Root, names: tuple[str | int, ...], slow: Finder, scope: Scope) -> Any:
    value = _root_value(root, scope)
    try:
        for name in names:
            value = value[name]
    except (KeyError, TypeError):
        return slow(scope)
    return value


def _with_indexes(root: Root, names: tuple[str | int, ...], slow: Finder, scope: Scope) -> Any:
    """Asks for types: an index would find something in a text, too."""
    value = _root_value(root, scope)
    try:
        for name in names:
            if type(name) is int and type(value) is not list:
                return slow(scope)
            value = value[name]
    except (KeyError, TypeError, IndexError):
        return slow(scope)
    return value


def _one(names: tuple[str | int, ...], slow: Finder) -> Finder:
    (first,) = names

    def find(scope: Scope) -> Any:
        try:
            return scope.data[first]
        except (KeyError, TypeError):
            return slow(scope)

    return find


def _two(names: tuple[str | int, ...], slow: Finder) -> Finder:
    first, second = names

    def find(scope: Scope) -> Any:
        try:
            return scope.data[first][second]
        except (KeyError, TypeError):
            return slow(scope)

    return find


def _three(names: tuple[str | int, ...], slow: Finder) -> Finder:
    first, second, third = names

    def find(scope: Scope) -> Any:
        try:
            return scope.data[first][second][third]
        except (KeyError, TypeError):
            return slow(scope)

    return find


def _many(names: tuple[str | int, ...], slow: Finder) -> Finder:
    def find(scope: Scope) -> Any:
        value = scope.data
        try:
            for name in names:
                value = value[name]
        except (KeyError, TypeError):
            return slow(scope)
        return value

    return find


_FIXED = (_one, _two, _three)

WHOLE = compile_path("$")

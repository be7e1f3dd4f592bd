"""The text of a path, read into steps: the whole of Jayway's dialect, by recursive descent.

Dots and brackets, quoted names with escapes, unquoted names with any character but those that end them, several names
or indexes, negative ones, slices, places counted from the end, wildcards, scans and filters. Messages name the place by
its position. Filters are read in path_filter_syntax.py.

There are no functions: AWS reads `length()` as the name of a property, which is not there. It runs a Jayway from before
functions, as its users' causes show: `Invalid path '$.list.length()' : Property ['length()'] not found in path
$['list']` (AWS developer guide's repository, pull request 5), `The JSONPath '$.Jobs.sum()' specified for the field
'Jobs.$' could not be found in the input` (re:Post).
"""

import json
import math
import re

from engine import limits
from engine.query.path_steps import Filter, FromEnd, Indexes, Names, Scan, Slice, Step, Wildcard

_INTEGERS = re.compile(r"\s*-?\d{1,9}\s*(?:,\s*-?\d{1,9}\s*)*")
_RANGE = re.compile(r"\s*(-?\d{1,9})?\s*:\s*(-?\d{1,9})?\s*")
_NUMBER = re.compile(r"-?\d{1,100}(\.\d{1,100})?([eE][+-]?\d{1,3})?(?![\w.])")
_FROM_END = re.compile(r"\(\s*@\.(?:length|size)\s*(?:\(\s*\))?\s*-\s*(\d{1,9})\s*\)\s*")  # (@.length-1)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_CALL = re.compile(r"\([^\s().\[\]'\"@$]*\)")
NAME_ENDS = frozenset(".[( \t\r\n")
FILTER_NAME_ENDS = NAME_ENDS | frozenset("=!<>~&|),")  # within a filter an operator or bracket ends a name too


class PathSyntaxError(ValueError):
    """Text that is not a path."""


class Cursor:
    """A text and how far it is read. `depth` counts filters and brackets within each other."""

    __slots__ = ("at", "depth", "text")

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        """The character to be read, or nothing at the end."""
        return self.text[self.at : self.at + 1]

    def skip_blanks(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def take(self, expected: str) -> bool:
        """Reads `expected` if it comes next."""
        if not self.text.startswith(expected, self.at):
            return False
        self.at += len(expected)
        return True

    def need(self, expected: str) -> None:
        self.skip_blanks()
        if not self.take(expected):
            raise self.error(f"expected '{expected}'")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def enter(self) -> None:
        self.depth += 1
        if self.depth > limits.PATH_NESTING_MAX:
            raise self.error(f"nested more than {limits.PATH_NESTING_MAX} deep")

    def leave(self) -> None:
        self.depth -= 1

    def error(self, what: str) -> PathSyntaxError:
        found = f"'{self.peek()}'" if self.peek() else "the end"
        return PathSyntaxError(f"{what} at position {self.at}, found {found}, in path '{self.text}'")


def read_steps(cursor: Cursor, name_ends: frozenset[str]) -> tuple[Step, ...]:
    """The steps behind `$` or `@`, as far as they go; `name_ends` end an unquoted name."""
    steps: list[Step] = []
    while cursor.peek() in (".", "[") and cursor.peek():
        if cursor.take(".."):
            if cursor.peek() == ".":
                raise cursor.error("expected a name or '['")
            inner = _bracket(cursor) if cursor.peek() == "[" else _dotted(cursor, name_ends)
            steps.append(Scan(inner))
        elif cursor.peek() == "[":
            steps.append(_bracket(cursor))
        else:
            cursor.at += 1
            steps.append(_bracket(cursor) if cursor.peek() == "[" else _dotted(cursor, name_ends))
    return tuple(steps)


def _dotted(cursor: Cursor, name_ends: frozenset[str]) -> Step:
    if cursor.take("*"):
        return Wildcard()
    start = cursor.at
    while cursor.peek() and cursor.peek() not in name_ends:
        cursor.at += 1
    name = cursor.text[start : cursor.at]
    if not name:
        raise cursor.error("expected the name of a property")
    if cursor.peek() != "(":
        return Names((name,))
    call = cursor.match(_CALL)
    if call is None:
        raise cursor.error("AWS takes no function with such arguments in a path")
    return Names((name + call[0],), call=True)


def _bracket(cursor: Cursor) -> Step:
    cursor.need("[")
    cursor.skip_blanks()
    if cursor.peek() in ("'", '"') and cursor.peek():
        step: Step = _quoted_names(cursor)
    elif cursor.take("*"):
        step = Wildcard()
    elif cursor.take("?"):
        step = _filter(cursor)
    elif found := cursor.match(_FROM_END):
        step = FromEnd(int(found[1]))
    else:
        step = _numbers(cursor)
    cursor.need("]")
    return step


def _quoted_names(cursor: Cursor) -> Names:
    names = [read_string(cursor)]
    cursor.skip_blanks()
    while cursor.take(","):
        cursor.skip_blanks()
        names.append(read_string(cursor))
        cursor.skip_blanks()
    return Names(tuple(names))


def _numbers(cursor: Cursor) -> Step:
    if found := cursor.match(_RANGE):
        start, end = found.groups()
        if start is None and end is None:
            raise cursor.error("expected the start or the end of a slice")
        return Slice(None if start is None else int(start), None if end is None else int(end))
    if found := cursor.match(_INTEGERS):
        return Indexes(tuple(int(each) for each in found.group().split(",")))
    raise cursor.error("expected a quoted name, an index, a slice, a filter or '*'")


def _filter(cursor: Cursor) -> Filter:
    from engine.query.path_filter_syntax import read_predicate  # a filter holds paths, a path holds filters

    cursor.enter()
    cursor.need("(")
    accepts = read_predicate(cursor)
    cursor.need(")")
    cursor.leave()
    return Filter(accepts)


def read_number(cursor: Cursor) -> int | float:
    found = cursor.match(_NUMBER)
    if found is None:
        raise cursor.error("expected a value")
    number = float(found[0]) if found[1] or found[2] else int(found[0])
    if not math.isfinite(number):
        raise cursor.error("expected a number that a double can hold")
    return number


def read_string(cursor: Cursor) -> str:
    """A string in single or double quotes; a backslash escapes as in JSON, and any other character as itself."""
    quote = cursor.peek()
    if quote not in ("'", '"') or not quote:
        raise cursor.error("expected a quoted string")
    cursor.at += 1
    parts: list[str] = []
    while not cursor.take(quote):
        char = cursor.peek()
        if not char:
            raise cursor.error(f"expected the closing {quote}")
        cursor.at += 1
        parts.append(_escaped(cursor) if char == "\\" else char)
    return _paired("".join(parts))


def _paired(text: str) -> str:
    """Two escaped surrogates make one character."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(cursor: Cursor) -> str:
    char = cursor.peek()
    cursor.at += 1
    if char != "u":
        return _ESCAPES.get(char, char)
    digits = cursor.text[cursor.at : cursor.at + 4]
    if not re.fullmatch(r"[0-9a-fA-F]{4}", digits):
        raise cursor.error("expected four hexadecimal digits")
    cursor.at += 4
    return str(json.loads(f'"\\u{digits}"'))

"""The text of a filter, read into a predicate.

    or        = and ("||" and)*
    and       = term ("&&" term)*
    term      = "!" term | "(" or ")" | operand [operator operand]
    operand   = path from "@" or "$" | string | number | true | false | null | JSON array or object | /pattern/flags

An operand alone is an existence test when it is a path, and must be a boolean otherwise.
"""

import json
import re
from typing import Any

from engine.query.path_filter import OPERATORS, Operand, Predicate, all_of, any_of, compare, constant, exists, negate
from engine.query.path_filter import path_operand as path
from engine.query.path_syntax import FILTER_NAME_ENDS, Cursor, read_number, read_steps, read_string
from engine.query.pattern import Pattern, PatternSyntaxError

_SYMBOLS = ("===", "!==", "==", "!=", "<=", ">=", "=~", "<", ">")
_WORD = re.compile(r"[A-Za-z]+")
_CONSTANTS = {"true": True, "false": False, "null": None}
_FLAGS = re.compile(r"[a-zA-Z]*")


def read_predicate(cursor: Cursor) -> Predicate:
    found = [_conjunction(cursor)]
    while _take(cursor, "||"):
        found.append(_conjunction(cursor))
    return any_of(found)


def _conjunction(cursor: Cursor) -> Predicate:
    found = [_term(cursor)]
    while _take(cursor, "&&"):
        found.append(_term(cursor))
    return all_of(found)


def _take(cursor: Cursor, symbol: str) -> bool:
    cursor.skip_blanks()
    return cursor.take(symbol)


def _term(cursor: Cursor) -> Predicate:
    cursor.enter()
    if _take(cursor, "!"):
        found = negate(_term(cursor))
    elif _take(cursor, "("):
        found = read_predicate(cursor)
        cursor.need(")")
    else:
        found = _comparison(cursor)
    cursor.leave()
    return found


def _comparison(cursor: Cursor) -> Predicate:
    cursor.skip_blanks()
    is_path = cursor.peek() in ("@", "$")
    start = cursor.at
    left = _operand(cursor)
    operator = _operator(cursor)
    if operator is not None:
        return compare(left, operator, _operand(cursor))
    if is_path:
        return exists(left, True)
    if cursor.text[start : cursor.at].strip() in ("true", "false"):
        return compare(left, "==", constant(True))
    raise cursor.error("expected an operator")


def _operator(cursor: Cursor) -> str | None:
    cursor.skip_blanks()
    for symbol in _SYMBOLS:
        if cursor.take(symbol):
            return symbol
    start = cursor.at
    word = cursor.match(_WORD)
    if word is None:
        return None
    if word.group().lower() not in OPERATORS:
        cursor.at = start
        raise cursor.error("expected an operator")
    return word.group().lower()


def _operand(cursor: Cursor) -> Operand:
    cursor.skip_blanks()
    first = cursor.peek()
    if first == "@" or first == "$":
        cursor.at += 1
        return path(first == "$", read_steps(cursor, FILTER_NAME_ENDS))
    if first == "/":
        return constant(_pattern(cursor))
    return constant(_literal(cursor, first))


def _literal(cursor: Cursor, first: str) -> Any:
    if first == "'" or first == '"':
        return read_string(cursor)
    if first == "[":
        return _array(cursor)
    if first == "{":
        return _object(cursor)
    if word := cursor.match(_WORD):
        if word.group() not in _CONSTANTS:
            cursor.at = word.start()
            raise cursor.error("expected a value")
        return _CONSTANTS[word.group()]
    return read_number(cursor)


def _array(cursor: Cursor) -> list[Any]:
    """`['a', 1, null]`: JSON, but for strings in single quotes."""
    cursor.enter()
    cursor.need("[")
    values: list[Any] = []
    while not _take(cursor, "]"):
        if values:
            cursor.need(",")
        cursor.skip_blanks()
        values.append(_literal(cursor, cursor.peek()))
    cursor.leave()
    return values


def _object(cursor: Cursor) -> Any:
    try:
        value, end = json.JSONDecoder().raw_decode(cursor.text, cursor.at)
    except ValueError:
        raise cursor.error("expected a JSON object") from None
    except RecursionError:
        raise cursor.error("nested too deeply") from None
    cursor.at = end
    return value


def _pattern(cursor: Cursor) -> Pattern:
    """`/text/flags`; a slash within is written `\\/`."""
    start = cursor.at
    cursor.at += 1
    parts: list[str] = []
    while not cursor.take("/"):
        char = cursor.peek()
        if not char:
            raise cursor.error("expected the closing / of a pattern")
        pair = cursor.text[cursor.at : cursor.at + 2]
        parts.append("/" if pair == "\\/" else pair if char == "\\" else char)
        cursor.at += 2 if char == "\\" else 1
    flags = cursor.match(_FLAGS)
    try:
        return Pattern("".join(parts), flags.group() if flags else "")
    except PatternSyntaxError as error:
        cursor.at = start
        raise cursor.error(str(error)) from None

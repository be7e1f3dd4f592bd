"""The tokens of an expression.

Whether `/` begins a regular expression or divides, the parser knows: it says with each call whether an operator is
expected there.
"""

import re
from dataclasses import dataclass
from typing import Any

from engine.query.jsonata.errors import JsonataSyntaxError
from engine.query.jsonata.regex import Regex
from engine.query.jsonata.values import tidy

# operator -> how strongly it binds what stands at its left; 0 where it never follows an expression
BINDING: dict[str, int] = {
    ".": 75, "[": 80, "]": 0, "{": 70, "}": 0, "(": 80, ")": 0, ",": 0, "@": 80, "#": 80, ";": 0, ":": 0, "?": 20,
    "+": 50, "-": 50, "*": 60, "/": 60, "%": 60, "|": 0, "=": 40, "<": 40, ">": 40, "^": 40, "**": 0, "..": 0,
    ":=": 10, "!=": 40, "<=": 40, ">=": 40, "~>": 40, "?:": 40, "??": 40, "and": 30, "or": 25, "in": 40, "&": 50,
    "!": 0, "~": 0,
}  # fmt: skip
_DOUBLE = ("..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??")
_WORD_OPERATORS = ("or", "in", "and")
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_BLANK = re.compile(r"[ \t\n\r\v]*")
_NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_NAME = re.compile(r"[^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]+")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_PLAIN = re.compile(r"[^\"'\\]+")
_SURROGATES = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")


@dataclass(slots=True)
class Token:
    """`id` is what the grammar goes by: an operator, `(name)`, `(literal)`, `(regex)` or `(end)`."""

    id: str
    kind: str
    value: Any
    position: int


class Tokens:
    """Reads one token after the other."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str):
        self._text = text
        self._at = 0

    def next(self, operator_expected: bool) -> Token:
        self._skip()
        text, at = self._text, self._at
        if at >= len(text):
            return Token("(end)", "end", "(end)", at)
        char = text[at]
        if char == "/" and not operator_expected:
            return self._regex()
        if text[at : at + 2] in _DOUBLE:
            return self._operator(text[at : at + 2])
        if char in BINDING:
            return self._operator(char)
        if char in "\"'":
            return self._string(char)
        if char == "`":
            return self._quoted_name()
        found = _NUMBER.match(text, at)
        return self._number(found) if found else self._name()

    def _skip(self) -> None:
        while True:
            self._at = _BLANK.match(self._text, self._at).end()  # type: ignore[union-attr]
            if not self._text.startswith("/*", self._at):
                return
            end = self._text.find("*/", self._at)
            if end < 0:
                raise JsonataSyntaxError("S0106", self._at)
            self._at = end + 2

    def _take(self, kind: str, identity: str, value: Any, end: int) -> Token:
        token = Token(identity, kind, value, end)
        self._at = end
        return token

    def _operator(self, name: str) -> Token:
        end = self._at + len(name)
        if name in "!~":
            raise JsonataSyntaxError("S0204", end, token=name)
        return self._take("operator", name, name, end)

    def _number(self, found: re.Match[str]) -> Token:
        digits = found.group()
        value = tidy(float(digits)) if found.group(2) or found.group(3) or len(digits) > 15 else int(digits)
        if value == float("inf"):
            raise JsonataSyntaxError("S0102", found.end(), token=digits)
        return self._take("number", "(literal)", value, found.end())

    def _name(self) -> Token:
        found = _NAME.match(self._text, self._at)
        assert found is not None, "every character is blank, an operator or part of a name"
        name = found.group()
        if name.startswith("$"):
            return self._take("variable", "(name)", name[1:], found.end())
        if name in _WORD_OPERATORS:
            return self._take("operator", name, name, found.end())
        if name in _CONSTANTS:
            return self._take("value", "(literal)", _CONSTANTS[name], found.end())
        return self._take("name", "(name)", name, found.end())

    def _quoted_name(self) -> Token:
        end = self._text.find("`", self._at + 1)
        if end < 0:
            raise JsonataSyntaxError("S0105", len(self._text))
        return self._take("name", "(name)", self._text[self._at + 1 : end], end + 1)

    def _string(self, quote: str) -> Token:
        text, at = self._text, self._at + 1
        parts: list[str] = []
        while at < len(text):
            char = text[at]
            if char == quote:
                value = "".join(parts)
                return self._take("string", "(literal)", _joined(value), at + 1)
            if char == "\\":
                piece, at = self._escape(at + 1)
                parts.append(piece)
            else:
                found = _PLAIN.match(text, at)
                parts.append(found.group() if found else char)
                at = found.end() if found else at + 1
        raise JsonataSyntaxError("S0101", at)

    def _escape(self, at: int) -> tuple[str, int]:
        char = self._text[at : at + 1]
        if char in _ESCAPES:
            return _ESCAPES[char], at + 1
        if char != "u":
            raise JsonataSyntaxError("S0103", at, token=char)
        found = _HEX.match(self._text, at + 1)
        if not found:
            raise JsonataSyntaxError("S0104", at)
        return chr(int(found.group(), 16)), found.end()

    def _regex(self) -> Token:
        """To the next slash that is neither escaped nor within brackets."""
        text, start = self._text, self._at + 1
        at, depth = start, 0
        while at < len(text):
            char = text[at]
            if char == "\\":
                at += 2
                continue
            if char == "/" and depth == 0:
                return self._regex_token(start, at)
            depth += (char in "([{") - (char in ")]}")
            at += 1
        raise JsonataSyntaxError("S0302", len(text))

    def _regex_token(self, start: int, end: int) -> Token:
        if start == end:
            raise JsonataSyntaxError("S0301", start)
        flags = re.compile(r"[im]*").match(self._text, end + 1)
        assert flags is not None, "an empty match is one too"
        regex = Regex(self._text[start:end], flags.group(), start)
        return self._take("regex", "(regex)", regex, flags.end())


def _joined(text: str) -> str:
    """Two halves of a surrogate pair, each written as an escape, are one character."""
    return _SURROGATES.sub(lambda found: found.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)

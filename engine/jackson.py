"""Says what is wrong with a text that is not JSON, in the words of Jackson, the parser that AWS's services use.

    {'not': 'json'   ->  Unexpected character (''' (code 39)): was expecting double-quote to start field name
                          at [Source: (String)"{'not': 'json'"; line: 1, column: 3]

A scanner walks the text as Jackson's `ReaderBasedJsonParser` does and stops at the first fault. It builds no values and
keeps its own stack, so neither depth nor size costs more than one pass. What Jackson would read and a stricter parser
refuses gets a general text.

Messages and places follow Jackson 2's documented exceptions; the two that AWS's answers show are recorded.
"""

import re
from dataclasses import dataclass

_SOURCE_CHARS_MAX = 500
_TOKEN_CHARS_MAX = 256
_VALID_TOKENS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_WHITE_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"[\w$]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_LINE_END = re.compile(r"\r\n?|\n")
_KEYWORDS = ("true", "false", "null")
_ESCAPES = frozenset('"\\/bfnrt')
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Complaint:
    """`message` as Jackson's getOriginalMessage, `location` as its JsonLocation, `full` as its getMessage."""

    message: str
    location: str

    @property
    def full(self) -> str:
        return f"{self.message}\n at {self.location}"


def describe(text: str) -> Complaint:
    """The complaint about a text that some JSON parser refused."""
    scanner = _Scanner(text)
    try:
        scanner.document()
    except _Fault as fault:
        return Complaint(fault.message, scanner.location(fault.position, fault.lines_to))
    return Complaint("The text is not valid JSON", scanner.location(len(text)))


class _Fault(Exception):
    """The scanner stops: `position` is where Jackson's reader stands, one past what it last read.

    `lines_to`: how far line ends count; Jackson does not count the one that it stumbles over inside a string.
    """

    def __init__(self, message: str, position: int, lines_to: int | None = None):
        super().__init__(message)
        self.message = message
        self.position = position
        self.lines_to = position if lines_to is None else lines_to


@dataclass(slots=True)
class _Scope:
    """An array or object that is open; `entries` so far."""

    kind: str
    start: int
    entries: int = 0


def _describe_char(char: str) -> str:
    code = ord(char)
    if code < 32 or 127 <= code < 160:
        return f"(CTRL-CHAR, code {code})"
    return f"'{char}' (code {code} / 0x{code:x})" if code > 255 else f"'{char}' (code {code})"


def _unexpected(char: str, position: int, expected: str) -> _Fault:
    return _Fault(f"Unexpected character ({_describe_char(char)}): {expected}", position + 1, position)


class _Scanner:
    __slots__ = ("_open", "_text")

    def __init__(self, text: str):
        self._text = text
        self._open: list[_Scope] = []

    def location(self, position: int, lines_to: int | None = None) -> str:
        """Jackson's description of a place in the text; `position` counts from 0."""
        line, row_start = 1, 0
        for found in _LINE_END.finditer(self._text, 0, position if lines_to is None else lines_to):
            line, row_start = line + 1, found.end()
        shown = self._text[:_SOURCE_CHARS_MAX]
        hidden = len(self._text) - len(shown)
        tail = f"[truncated {hidden} chars]" if hidden else ""
        return f'[Source: (String)"{shown}"{tail}; line: {line}, column: {position - row_start + 1}]'

    def document(self) -> None:
        """Scan one value and what follows it; raises _Fault at the first mistake."""
        position = self._skip(0)
        if position == len(self._text):
            raise _Fault("No content to map due to end-of-input", position)
        position = self._value(position)
        while self._open:
            position = self._entry(position)
        position = self._skip(position)
        if position < len(self._text):
            self._value(position)
            raise _Fault("Trailing token found after value: not allowed", position + 1)

    def _skip(self, position: int) -> int:
        return _WHITE_SPACE.match(self._text, position).end()  # type: ignore[union-attr]

    def _entry(self, position: int) -> int:
        """The next entry of the innermost open scope, or its end."""
        scope = self._open[-1]
        position = self._skip(position)
        if position == len(self._text):
            raise _Fault(
                f"Unexpected end-of-input: expected close marker for {scope.kind} "
                f"(start marker at {self.location(scope.start)})",
                position,
            )
        char = self._text[position]
        if char in "]}":
            return self._close(char, position)
        if scope.entries:
            if char != ",":
                raise _unexpected(char, position, f"was expecting comma to separate {scope.kind} entries")
            position = self._between(position + 1, scope)
        scope.entries += 1
        if scope.kind == "Object":
            position = self._name(position, scope)
        return self._value(position)

    def _between(self, position: int, scope: _Scope) -> int:
        position = self._skip(position)
        if position == len(self._text):
            raise _Fault(f"Unexpected end-of-input within/between {scope.kind} entries", position)
        return position

    def _close(self, char: str, position: int) -> int:
        scope = self._open[-1]
        wanted = "}" if scope.kind == "Object" else "]"
        if char != wanted:
            raise _Fault(
                f"Unexpected close marker '{char}': expected '{wanted}' "
                f"(for {scope.kind} starting at {self.location(scope.start)})",
                position + 1,
            )
        self._open.pop()
        return position + 1

    def _name(self, position: int, scope: _Scope) -> int:
        if self._text[position] != '"':
            raise _unexpected(self._text[position], position, "was expecting double-quote to start field name")
        position = self._between(self._string(position + 1, "name", " in field name"), scope)
        if self._text[position] != ":":
            raise _unexpected(self._text[position], position, "was expecting a colon to separate field name and value")
        return self._between(position + 1, scope)

    def _value(self, position: int) -> int:
        """Scan a scalar, or open a scope."""
        char = self._text[position]
        if char in "[{":
            self._open.append(_Scope("Array" if char == "[" else "Object", position))
            return position + 1
        if char == '"':
            return self._string(position + 1, "string value", ": was expecting closing quote for a string value")
        if char == "-" or (char.isascii() and char.isdigit()):
            return self._number(position)
        if char == "}":
            raise _unexpected(char, position, "expected a value")
        return self._word(position)

    def _word(self, position: int) -> int:
        char = self._text[position]
        word = _WORD.match(self._text, position).group()  # type: ignore[union-attr]
        if not word or char.isdigit():
            raise _unexpected(char, position, f"expected a valid value {_VALID_TOKENS}")
        if word in _KEYWORDS:
            return position + len(word)
        if word in ("NaN", "Infinity"):
            raise _Fault(
                f"Non-standard token '{word}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow",
                position + len(word),
            )
        if len(word) >= _TOKEN_CHARS_MAX:
            word = word[:_TOKEN_CHARS_MAX]
            raise _Fault(f"Unrecognized token '{word}...': was expecting {_VALID_TOKENS}", position + len(word))
        raise _Fault(f"Unrecognized token '{word}': was expecting {_VALID_TOKENS}", position + len(word))

    def _string(self, position: int, what: str, at_end: str) -> int:
        """Scan to the closing quote; `position` is behind the opening one."""
        text = self._text
        while True:
            position = _PLAIN.match(text, position).end()  # type: ignore[union-attr]
            if position == len(text):
                raise _Fault(f"Unexpected end-of-input{at_end}", position)
            char = text[position]
            if char == '"':
                return position + 1
            if char != "\\":
                raise _Fault(
                    f"Illegal unquoted character ({_describe_char(char)}): "
                    f"has to be escaped using backslash to be included in {what}",
                    position + 1,
                    position,
                )
            position = self._escape(position + 1)

    def _escape(self, position: int) -> int:
        text = self._text
        if position == len(text):
            raise _Fault("Unexpected end-of-input in character escape sequence", position)
        char = text[position]
        if char in _ESCAPES:
            return position + 1
        if char != "u":
            raise _Fault(f"Unrecognized character escape {_describe_char(char)}", position + 1)
        for digit in range(position + 1, position + 5):
            if digit >= len(text):
                raise _Fault("Unexpected end-of-input in character escape sequence", len(text))
            if text[digit] not in _HEX:
                raise _unexpected(text[digit], digit, "expected a hex-digit for character escape sequence")
        return position + 5

    def _number(self, position: int) -> int:
        negative = self._text[position] == "-"
        digits = position + negative
        end = self._digits(digits, "expected digit (0-9) to follow minus sign, for valid numeric value")
        if self._text[digits] == "0" and end > digits + 1:
            raise _Fault("Invalid numeric value: Leading zeroes not allowed", digits + 2)
        if self._text[end : end + 1] == ".":
            end = self._digits(end + 1, "Decimal point not followed by a digit")
        if self._text[end : end + 1] in ("e", "E"):
            sign = 1 if self._text[end + 1 : end + 2] in ("+", "-") else 0
            end = self._digits(end + 1 + sign, "Exponent indicator not followed by a digit")
        if not self._open and self._text[end : end + 1] not in ("", " ", "\t", "\r", "\n"):
            raise _unexpected(self._text[end], end, "Expected space separating root-level values")
        return end

    def _digits(self, position: int, complaint: str) -> int:
        end = position
        while end < len(self._text) and self._text[end] in "0123456789":
            end += 1
        if end > position:
            return end
        if end == len(self._text):
            raise _Fault("Unexpected end-of-input in a Number value", end)
        raise _Fault(f"Unexpected character ({_describe_char(self._text[end])}) in numeric value: {complaint}", end + 1)

"""Expressions, read: what a service allows of them, and no more.

    alternative | alternative          each: ^? item* $?          item: one character's set, how often

A dialect's letters have no parentheses, so there are no groups, and none of what makes matching expensive. A set is a
function of a character. Pure.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine import limits

CharacterSet = Callable[[str], bool]

_COUNT = re.compile(r"\{([0-9]{1,4})(,([0-9]{1,4})?)?\}")
_OPERATORS = "^$?[]{}|\\*+."
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{2}")
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class PatternError(Exception):
    """What is wrong with an expression."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a service takes: `symbols`, beside letters, digits and the operators; `hexadecimal`: `\\x2e` is a letter."""

    symbols: str
    chars_max: int
    hexadecimal: bool = False

    @property
    def described(self) -> str:
        named = "".join(self.symbols.split())
        space = " and space" if " " in self.symbols else ""
        return f"letters, digits, {named}{space}, {_OPERATORS}"


@dataclass(frozen=True, slots=True)
class Item:
    """One character of the text: `optional`, it may be missing; `repeats`, it may be there again and again."""

    characters: CharacterSet
    optional: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """`from_start`, `to_end`: it matches only where the text begins, or ends."""

    items: tuple[Item, ...]
    from_start: bool
    to_end: bool


def read_pattern(text: str, dialect: Dialect) -> list[Alternative]:
    """Raises PatternError."""
    if not 1 <= len(text) <= dialect.chars_max:
        raise PatternError(f"must have 1 to {dialect.chars_max} characters")
    taken = dialect.symbols + _OPERATORS
    if not all(letter in taken or (letter.isascii() and letter.isalnum()) for letter in text):
        raise PatternError(f"has characters other than {dialect.described}")
    found = _Reader(text, dialect.hexadecimal).alternatives()
    if sum(len(alternative.items) for alternative in found) > limits.REGEX_POSITIONS_MAX:
        raise PatternError(f"is too complicated: it describes more than {limits.REGEX_POSITIONS_MAX} characters")
    return found


class _Reader:
    def __init__(self, text: str, hexadecimal: bool):
        self._text = text
        self._at = 0
        self._hexadecimal = hexadecimal

    def alternatives(self) -> list[Alternative]:
        found = [self._alternative()]
        while self._skip("|"):
            found.append(self._alternative())
        return found

    def _alternative(self) -> Alternative:
        from_start = self._skip("^")
        items: list[Item] = []
        while self._at < len(self._text) and self._text[self._at] not in "|$":
            items += self._repeated(self._characters())
            if len(items) > limits.REGEX_POSITIONS_MAX:
                break  # it will be refused as too complicated
        to_end = self._skip("$")
        if to_end and self._at < len(self._text) and self._text[self._at] != "|":
            raise PatternError("has a $ before its end")
        if not items:
            raise PatternError("has an alternative that is empty")
        return Alternative(tuple(items), from_start, to_end)

    def _skip(self, letter: str) -> bool:
        if self._at < len(self._text) and self._text[self._at] == letter:
            self._at += 1
            return True
        return False

    def _characters(self) -> CharacterSet:
        """The next character's set."""
        letter = self._text[self._at]
        self._at += 1
        if letter == ".":
            return lambda found: found != "\n"
        if letter == "\\":
            escaped = self._escaped()
            return _one(escaped) if isinstance(escaped, str) else escaped
        if letter == "[":
            return self._class()
        if letter in "*+?{^":
            raise PatternError(f"has a {letter} with nothing before it")
        return _one(letter)

    def _escaped(self) -> "str | CharacterSet":
        """What stands after a backslash: a letter, or a set of them."""
        if self._at == len(self._text):
            raise PatternError("ends with a backslash")
        letter = self._text[self._at]
        self._at += 1
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "x" and self._hexadecimal:
            return self._by_number()
        if letter.isalnum():
            raise PatternError(f"uses \\{letter}, which is not supported")
        return letter

    def _by_number(self) -> str:
        """The letter whose number follows in hexadecimal."""
        found = _HEXADECIMAL.match(self._text, self._at)
        if found is None:
            raise PatternError("has a \\x without its two hexadecimal digits")
        self._at = found.end()
        return chr(int(found[0], 16))

    def _class(self) -> CharacterSet:
        negated = self._skip("^")
        sets = list(self._members())
        return (lambda found: not any(one(found) for one in sets)) if negated else _any(sets)

    def _members(self) -> Iterator[CharacterSet]:
        first = True
        while first or not self._skip("]"):
            if self._at >= len(self._text):
                raise PatternError("has a [ without its ]")
            low: str | CharacterSet = self._text[self._at]
            self._at += 1
            first = False
            if low == "[":
                raise PatternError("has a [ within [ ]: write \\[")
            if low == "\\":
                low = self._escaped()
            if not isinstance(low, str):
                yield low
            elif self._is_range():
                self._at += 1
                yield self._range(low)
            else:
                yield _one(low)

    def _is_range(self) -> bool:
        """Whether a - follows that is not the last letter of its [ ]."""
        return self._text.startswith("-", self._at) and self._text[self._at + 1 : self._at + 2] not in ("]", "")

    def _range(self, low: str) -> CharacterSet:
        high: str | CharacterSet = self._text[self._at]
        self._at += 1
        if high == "\\":
            high = self._escaped()
        if not isinstance(high, str):
            raise PatternError(f"has a range up to \\{self._text[self._at - 1]}")
        if high < low:
            raise PatternError(f"has the range {low}-{high}, which is the wrong way round")
        last = high
        return lambda found: low <= found <= last

    def _repeated(self, characters: CharacterSet) -> list[Item]:
        least, most = self._quantifier()
        once = [Item(characters)] * least
        if most is not None:
            return once + [Item(characters, optional=True)] * (most - least)
        if least:
            return [*once[1:], Item(characters, repeats=True)]
        return [Item(characters, optional=True, repeats=True)]

    def _quantifier(self) -> tuple[int, int | None]:
        """How often, at least and at most."""
        letter = self._text[self._at : self._at + 1]
        if letter in _QUANTIFIERS:
            self._at += 1
            found = _QUANTIFIERS[letter]
        elif letter == "{":
            found = self._counted()
        else:
            return 1, 1
        if self._text[self._at : self._at + 1] in ("?", "+", "*", "{"):
            raise PatternError("has two quantifiers in a row; lazy and possessive ones are not supported")
        return found

    def _counted(self) -> tuple[int, int | None]:
        found = _COUNT.match(self._text, self._at)
        if found is None:
            raise PatternError("has a { that begins no quantifier like {3} or {2,5}: write \\{")
        self._at = found.end()
        least = int(found[1])
        most = least if found[2] is None else (None if found[3] is None else int(found[3]))
        if most is not None and (most < least or most == 0):
            raise PatternError(f"has the quantifier {found[0]}, which nothing can match")
        return least, most


def _one(letter: str) -> CharacterSet:
    return lambda found: found == letter


def _any(sets: list[CharacterSet]) -> CharacterSet:
    return lambda found: any(one(found) for one in sets)


def _is_word(found: str) -> bool:
    return found == "_" or (found.isascii() and found.isalnum())


def _is_digit(found: str) -> bool:
    return "0" <= found <= "9"


_CLASSES: dict[str, CharacterSet] = {
    "d": _is_digit,
    "D": lambda found: not _is_digit(found),
    "w": _is_word,
    "W": lambda found: not _is_word(found),
    "s": lambda found: found in " \t\n\r\f\v",
    "S": lambda found: found not in " \t\n\r\f\v",
}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}

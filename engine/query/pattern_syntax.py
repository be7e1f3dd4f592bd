"""The text of a regular expression, read into a program for pattern.py.

Java's syntax as far as it is regular: characters and escapes, classes, groups, alternatives, greedy and lazy
quantifiers, anchors, the flags i, m, s and u. What would need backtracking (back references, lookaround, possessive
quantifiers) is refused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine import limits

CharTest = Callable[[str], bool]

_REPEAT = re.compile(r"\{(\d{1,4})(,?)(\d{0,4})\}")
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b", "0": "\0"}
_WORD_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_CLASSES: dict[str, CharTest] = {
    "d": lambda char: "0" <= char <= "9",
    "w": lambda char: char in _WORD_CHARS,
    "s": lambda char: char in " \t\n\x0b\f\r",
}


class PatternSyntaxError(ValueError):
    """A regular expression that cannot be read, or that has no bounded match."""


def is_word(char: str) -> bool:
    return char in _WORD_CHARS


@dataclass(frozen=True, slots=True)
class One:
    """Reads one character that passes the test, goes on at the next instruction."""

    test: CharTest


@dataclass(frozen=True, slots=True)
class Fork:
    """Goes on at each of the targets."""

    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """Goes on where the anchor holds: one of `^ $ A Z z b B`."""

    anchor: str


@dataclass(frozen=True, slots=True)
class Done:
    pass


Instruction = One | Fork | Hold | Done
_Code = list[Instruction]  # relocatable: Fork targets are relative to the fork itself


def read_program(text: str, flags: str) -> tuple[Instruction, ...]:
    """Raises PatternSyntaxError."""
    if unknown := set(flags) - set("imsu"):
        raise PatternSyntaxError(f"the flag '{min(unknown)}' of a pattern is not supported")
    reader = _Reader(text, ignore_case="i" in flags, dot_all="s" in flags)
    code = reader.alternatives(0)
    if reader.at < len(text):
        raise PatternSyntaxError(f"unmatched '{text[reader.at]}' in pattern /{text}/")
    absolute = [
        Fork(tuple(at + target for target in each.targets)) if isinstance(each, Fork) else each
        for at, each in enumerate(code)
    ]
    return (*absolute, Done())


class _Reader:
    __slots__ = ("at", "dot_all", "ignore_case", "text")

    def __init__(self, text: str, ignore_case: bool, dot_all: bool):
        self.text = text
        self.at = 0
        self.ignore_case = ignore_case
        self.dot_all = dot_all

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def next(self) -> str:
        char = self.peek()
        if not char:
            raise self.error("ends too early")
        self.at += 1
        return char

    def error(self, what: str) -> PatternSyntaxError:
        return PatternSyntaxError(f"pattern /{self.text}/ {what}")

    def alternatives(self, depth: int) -> _Code:
        if depth > limits.PATH_NESTING_MAX:
            raise self.error("is nested too deeply")
        branches = [self.sequence(depth)]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.sequence(depth))
        code = branches.pop()
        while branches:
            first = branches.pop()
            code = [Fork((1, len(first) + 2)), *first, Fork((len(code) + 1,)), *code]
            self.check(code)
        return code

    def sequence(self, depth: int) -> _Code:
        code: _Code = []
        while self.peek() and self.peek() not in "|)":
            code += self.repeated(self.atom(depth))
            self.check(code)
        return code

    def check(self, code: _Code) -> None:
        if len(code) > limits.PATTERN_STATES_MAX:
            raise self.error("is too large")

    def repeated(self, code: _Code) -> _Code:
        least, most = self.quantifier()
        if least == most == 1:
            return code
        if max(least, most or 0) * len(code) > limits.PATTERN_STATES_MAX:
            raise self.error("is too large")
        if most is None:
            loop: _Code = [Fork((1, len(code) + 2)), *code, Fork((-len(code) - 1,))]
            return code * least + loop
        optional: _Code = []
        for _ in range(most - least):
            optional = [Fork((1, len(code) + len(optional) + 1)), *code, *optional]
        return code * least + optional

    def quantifier(self) -> tuple[int, int | None]:
        char = self.peek()
        if char and char in "*+?":
            self.at += 1
            found: tuple[int, int | None] = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        elif char == "{":
            repeat = _REPEAT.match(self.text, self.at)
            if repeat is None:
                raise self.error("has a '{' that begins no quantifier")
            self.at = repeat.end()
            least = int(repeat[1])
            found = (least, (int(repeat[3]) if repeat[3] else None) if repeat[2] else least)
            if found[1] is not None and found[1] < least:
                raise self.error("has a quantifier whose end is before its start")
        else:
            return 1, 1
        self.after_quantifier()
        return found

    def after_quantifier(self) -> None:
        if self.peek() == "?":  # lazy: the same texts match as a whole
            self.at += 1
        elif self.peek() == "+":
            raise self.error("has a possessive quantifier, which is not supported")
        if self.peek() and self.peek() in "*+?{":
            raise self.error(f"has a dangling '{self.peek()}'")

    def atom(self, depth: int) -> _Code:
        char = self.next()
        if char == "(":
            return self.group(depth)
        if char == "[":
            return [One(self.character_class())]
        if char == "\\":
            return self.escape()
        if char in "^$":
            return [Hold(char)]
        if char in "*+?{":
            raise self.error(f"has a dangling '{char}'")
        if char == ".":
            return [One((lambda char: True) if self.dot_all else (lambda char: char not in "\n\r\u0085\u2028\u2029"))]
        return [One(self.literal(char))]

    def group(self, depth: int) -> _Code:
        if self.peek() == "?":
            self.at += 1
            if self.next() != ":":
                raise self.error("has a group that is not supported (lookaround, names or flags)")
        code = self.alternatives(depth + 1)
        if self.peek() != ")":
            raise self.error("has an unclosed group")
        self.at += 1
        return code

    def escape(self) -> _Code:
        if self.peek() and self.peek() in "AZzbB":
            return [Hold(self.next())]
        return [One(self.escaped())]

    def escaped(self) -> CharTest:
        """The test of an escape, within a class or outside."""
        char = self.next()
        if char.lower() in _CLASSES:
            test = _CLASSES[char.lower()]
            return test if char.islower() else lambda each: not test(each)
        if char in "xu":
            return self.literal(self.hexadecimal(2 if char == "x" else 4))
        if char in _CONTROLS:
            return self.literal(_CONTROLS[char])
        if char.isascii() and char.isalnum():
            raise self.error(f"has the escape \\{char}, which is not supported")
        return self.literal(char)

    def hexadecimal(self, digits: int) -> str:
        found = self.text[self.at : self.at + digits]
        if not re.fullmatch(r"[0-9a-fA-F]+", found) or len(found) < digits:
            raise self.error("has an incomplete hexadecimal escape")
        self.at += digits
        return chr(int(found, 16))

    def literal(self, char: str) -> CharTest:
        if self.ignore_case:
            folded = char.casefold()
            return lambda each: each.casefold() == folded
        return lambda each: each == char

    def character_class(self) -> CharTest:
        negated = self.peek() == "^"
        if negated:
            self.at += 1
        tests: list[CharTest] = []
        while self.peek() != "]" or not tests:
            tests.append(self.class_member())
        self.at += 1
        return lambda char: any(test(char) for test in tests) is not negated

    def class_member(self) -> CharTest:
        char = self.next()
        if char == "[" or self.text.startswith("&&", self.at - 1):
            raise self.error("has a class within a class, which is not supported")
        if char == "\\":
            start = self.at
            test = self.escaped()
            char = self.text[start] if self.at == start + 1 and not self.text[start].isalnum() else ""
        else:
            test = self.literal(char)
        following = self.text[self.at + 1 : self.at + 2]
        if not char or self.peek() != "-" or following in ("]", ""):
            return test
        self.at += 1
        last = self.next()
        if last == "\\":
            last = self.next()
        return self.between(char, last)

    def between(self, first: str, last: str) -> CharTest:
        if last < first:
            raise self.error(f"has the range {first}-{last}, whose end is before its start")
        if self.ignore_case:
            return lambda char: any(first <= each <= last for each in (char, char.lower(), char.upper()))
        return lambda char: first <= char <= last

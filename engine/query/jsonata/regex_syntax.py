r"""Regular expressions as JavaScript writes them, read into a program for the matcher.

| written | instructions |
| --- | --- |
| `a`, `.`, `[a-z]`, `\d` | One |
| `x*`, `x+`, `x?`, `x{2,5}` over one character | Many |
| `x*?` or over more | Fork, Jump, and Mark/Moved, which end a round that read nothing; counted ones are copied |
| `(x)`, `(?:x)`, `(?<n>x)` | Save around it |
| `x` `|` `y` | Fork |
| `^`, `$`, `\b`, `\B` | Hold |
| `(?=x)`, `(?!x)`, `(?<=x)`, `(?<!x)` | Look, with a program of its own |
| `\1`, `\k<n>` | Again |

Raises JsonataSyntaxError S0303 for what is no regular expression, and where the program gets too large.
"""

import re
from typing import NoReturn

from engine import limits
from engine.query.jsonata.errors import JsonataSyntaxError
from engine.query.jsonata.regex_program import (
    Again,
    Code,
    Done,
    Forget,
    Fork,
    Hold,
    Instruction,
    Jump,
    Look,
    Many,
    Moved,
    One,
    Save,
)

_CLASSES = {"d": "0-9", "D": "^0-9", "w": "A-Za-z0-9_", "W": "^A-Za-z0-9_"}
_SPACES = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "0": "\0"}
_COUNTED = re.compile(r"\{(\d+)(,(\d*))?\}")
_NAME = re.compile(r"<([A-Za-z_$][\w$]*)>")
_GROUP_OPEN = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|\((?!\?)|\(\?<(?![=!])", re.DOTALL)


class Reader:
    """Reads one pattern. `slots` is how many places the matcher has to remember, `groups` how many the user named."""

    __slots__ = ("_at", "_depth", "_ignore_case", "_made", "_names", "_position", "_text", "groups", "slots")

    def __init__(self, text: str, ignore_case: bool, position: int):
        self._text = text
        self._ignore_case = ignore_case
        self._position = position
        self._at = self._depth = self._made = 0
        self._names: dict[str, int] = {}
        self.groups = 0
        total = sum(1 for found in _GROUP_OPEN.finditer(text) if found.group()[0] == "(")
        self.slots = 2 * (total + 1)

    def program(self) -> tuple[Instruction, ...]:
        code = self._alternatives()
        if self._at < len(self._text):
            self._refuse("Unmatched ')'")
        return (*code, Done())

    def _refuse(self, why: str) -> NoReturn:
        shown = self._text[: limits.JSONATA_PATTERN_SHOWN_CHARS]
        raise JsonataSyntaxError("S0303", self._position + self._at, token=f"/{shown}/: {why}")

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _accept(self, text: str) -> bool:
        if not self._peek(text):
            return False
        self._at += len(text)
        return True

    def _grown(self, code: Code, made: int = 1) -> Code:
        """Counts the `made` instructions that are new in the code."""
        self._made += made
        if self._made > limits.JSONATA_PATTERN_INSTRUCTIONS_MAX:
            self._refuse("too large")
        return code

    def _alternatives(self) -> Code:
        self._depth += 1
        if self._depth > limits.PATH_NESTING_MAX:
            self._refuse("nested too deeply")
        options = [self._sequence()]
        while self._accept("|"):
            options.append(self._sequence())
        self._depth -= 1
        code = options.pop()
        while options:  # each option is a Fork, its code and a Jump behind the rest
            option = options.pop()
            code = self._grown([Fork(1, len(option) + 2), *option, Jump(len(code) + 1), *code], 2)
        return code

    def _sequence(self) -> Code:
        code: Code = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            code += self._repeated()
        return code

    def _repeated(self) -> Code:
        before = self.groups
        code = self._atom()
        least, most = self._count()
        if least is None:
            return code
        if not code or (isinstance(code[-1], Hold) and len(code) == 1):
            self._refuse("Nothing to repeat")
        greedy = not self._accept("?")
        if most is not None and most < least:
            self._refuse("numbers out of order in {} quantifier")
        if len(code) == 1 and isinstance(code[0], One):
            return [Many(re.compile(f"(?:{code[0].test.pattern})*", code[0].test.flags), least, most, greedy)]
        return self._loop(code, least, most, greedy, before)

    def _count(self) -> tuple[int | None, int | None]:
        for sign, least, most in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self._accept(sign):
                return least, most
        found = _COUNTED.match(self._text, self._at)
        if not found:
            return None, None
        self._at = found.end()
        least = int(found.group(1))
        return least, (least if found.group(2) is None else int(found.group(3)) if found.group(3) else None)

    def _loop(self, code: Code, least: int, most: int | None, greedy: bool, before: int) -> Code:
        copies = least + (most - least if most is not None else 0)
        if copies * len(code) > limits.JSONATA_PATTERN_INSTRUCTIONS_MAX:
            self._refuse("too large")
        forget: Code = [Forget(before + 1, self.groups)] if self.groups > before else []
        mark = self.slots
        self.slots += 1
        round_: Code = [*forget, Save(mark), *code, Moved(mark)]
        looped = [*forget, *code] * least
        if most is None:
            size = len(round_) + 2
            looped += [_fork(1, size, greedy), *round_, Jump(1 - size)]
        for left in range((most or least) - least, 0, -1):
            looped += [_fork(1, left * (len(round_) + 1), greedy), *round_]
        return self._grown(looped, len(looped) - len(code))

    def _atom(self) -> Code:
        char = self._text[self._at]
        self._at += 1
        if char == "(":
            return self._group()
        if char == "[":
            return self._grown([One(self._class())])
        if char == ".":
            return self._grown([One(re.compile(r"[^\n\r\u2028\u2029]"))])
        if char in "^$":
            return self._grown([Hold(char)])
        if char == "\\":
            return self._grown([self._escape()])
        if char in "*+?":
            self._refuse("Nothing to repeat")
        return self._grown([One(self._compiled(re.escape(char)))])

    def _compiled(self, pattern: str) -> re.Pattern[str]:
        try:
            return re.compile(pattern, re.IGNORECASE if self._ignore_case else 0)
        except re.error:
            self._refuse("Range out of order in character class")

    def _group(self) -> Code:
        for opening, behind, negative in (("?=", 0, 0), ("?!", 0, 1), ("?<=", 1, 0), ("?<!", 1, 1)):
            if self._accept(opening):
                return self._grown([Look((*self._closed(), Done()), bool(behind), bool(negative))])
        if self._accept("?:"):
            return self._closed()
        self.groups += 1
        group = self.groups
        if self._accept("?"):
            found = _NAME.match(self._text, self._at)
            if not found or found.group(1) in self._names:
                self._refuse("Invalid group")
            self._names[found.group(1)] = group
            self._at = found.end()
        return self._grown([Save(2 * group), *self._closed(), Save(2 * group + 1)], 2)

    def _closed(self) -> Code:
        code = self._alternatives()
        if not self._accept(")"):
            self._refuse("Unterminated group")
        return code

    def _escape(self) -> Instruction:
        char = self._text[self._at : self._at + 1]
        if char in ("b", "B"):
            self._at += 1
            return Hold(char)
        if char in "123456789" and char:
            found = re.compile(r"\d+").match(self._text, self._at)
            assert found is not None
            if int(found.group()) < self.slots // 2:
                self._at = found.end()
                return Again(int(found.group()))
        if char == "k" and (named := _NAME.match(self._text, self._at + 1)):
            if named.group(1) not in self._names:
                self._refuse("Invalid named reference")
            self._at = named.end()
            return Again(self._names[named.group(1)])
        content = self._escaped()
        return One(self._compiled(content if len(content) == 1 else f"[{content}]"))

    def _escaped(self) -> str:
        r"""What `\x` stands for, as a part of a class in Python's writing."""
        char = self._text[self._at : self._at + 1]
        if not char:
            self._refuse("\\ at end of pattern")
        self._at += 1
        if char in _CLASSES:
            return _CLASSES[char]
        if char in "sS":
            return _SPACES if char == "s" else f"^{_SPACES}"
        if char in "xu":
            size = 2 if char == "x" else 4
            found = re.compile(f"[0-9a-fA-F]{{{size}}}").match(self._text, self._at)
            if found:
                self._at = found.end()
                return re.escape(chr(int(found.group(), 16)))
        if char == "c" and self._text[self._at : self._at + 1].isalpha():
            self._at += 1
            return re.escape(chr(ord(self._text[self._at - 1]) % 32))
        return re.escape(_CONTROLS.get(char, char))

    def _class(self) -> re.Pattern[str]:
        negative = self._accept("^")
        parts: list[str] = []
        outside: list[str] = []  # what the complements among the members exclude
        while not self._accept("]"):
            if self._at >= len(self._text):
                self._refuse("Unterminated character class")
            part = self._member()
            if part.startswith("^") and len(part) > 1:
                outside.append(part[1:])
            else:
                parts.append(part)
        options = [f"[{''.join(parts)}]"] if parts else []
        options += [f"[^{part}]" for part in outside]
        if not options:
            return self._compiled(r"[\s\S]" if negative else r"[^\s\S]")
        inside = "|".join(options)
        return self._compiled(rf"(?!{inside})[\s\S]" if negative else f"(?:{inside})")

    def _member(self) -> str:
        first = self._single()
        if not self._peek("-") or self._text[self._at + 1 : self._at + 2] in ("]", ""):
            return first
        self._at += 1
        last = self._single()
        if _is_set(first) or _is_set(last):  # JavaScript: the dash is a character then
            return first + r"\-" + last if "^" not in (first[0], last[0]) else first
        return f"{first}-{last}"

    def _single(self) -> str:
        char = self._text[self._at]
        self._at += 1
        if char != "\\":
            return re.escape(char) if char != "^" else r"\^"
        if self._accept("b"):
            return r"\x08"
        return self._escaped()


def _fork(near: int, far: int, greedy: bool) -> Fork:
    return Fork(near, far) if greedy else Fork(far, near)


def _is_set(part: str) -> bool:
    return part in _CLASSES.values() or part.endswith(_SPACES)

"""The tokens of a filter pattern, and a place among them: for both kinds that have a grammar. Pure.

A kind of pattern has a regular expression of its own, whose groups are the kinds of its tokens; one is called `sign`.
"""

import re
from dataclasses import dataclass

from integrations.logs.errors import invalid


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str


@dataclass(slots=True)
class Cursor:
    """`at`: the token that comes next. Whatever misses one raises InvalidParameterException."""

    tokens: list[Token]
    at: int = 0

    def peek(self) -> Token:
        if self.at >= len(self.tokens):
            raise bad()
        return self.tokens[self.at]

    def next(self) -> Token:
        found = self.peek()
        self.at += 1
        return found

    def take(self, sign: str) -> bool:
        """Whether the sign comes next; it is passed then."""
        found = self.at < len(self.tokens) and self.tokens[self.at] == Token("sign", sign)
        self.at += found
        return found

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise bad()

    def expect_end(self) -> None:
        if self.at != len(self.tokens):
            raise bad()


def read_tokens(kinds: re.Pattern[str], text: str) -> Cursor:
    """Before the first token of a pattern. Raises InvalidParameterException for what is none."""
    tokens: list[Token] = []
    at, stripped = 0, text.rstrip()
    while at < len(stripped):
        found = kinds.match(stripped, at)
        if found is None or found.lastgroup is None:
            raise bad()
        tokens.append(Token(found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return Cursor(tokens)


def bad() -> Exception:
    return invalid("Invalid filter pattern")

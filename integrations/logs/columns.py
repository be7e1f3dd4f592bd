"""Space-delimited filter patterns: `[ip, user, ..., status = 4* && status != 403, bytes > 1000]`. Pure.

    pattern   = "[" column { "," column } "]"
    column    = "..." | [ name ] | either
    either    = both { "||" both }            both = test { "&&" test }
    test      = name ( "=" | "!=" | "<" | ">" | "<=" | ">=" ) value | name ( "=" | "!=" ) %regular expression%

The fields of an event are its words; what stands between square brackets or double quotes is one of them. An event
matches that has a field for each column, each as its column asks; `...`, once, stands for any number of fields. Source:
CloudWatch Logs user guide, "Filter pattern syntax". The time is linear in the event.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from engine import limits
from integrations.logs.comparisons import COMPARISONS, EQUALITIES, Expressions, number, text_matches, unescaped
from integrations.logs.errors import invalid
from integrations.logs.pattern_tokens import Cursor, Token, bad, read_tokens

Matcher = Callable[[str], bool]  # of a field, and of an event

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<dots>\.\.\.)
  | (?P<sign>&&|\|\||!=|<=|>=|[=<>,\[\]])
  | "(?P<quoted>(?:[^"\\]|\\.)*)"
  | %(?P<regex>[^%]*)%
  | (?P<word>[^\s,\[\]=<>!&|"%]+)
)""",
    re.VERBOSE,
)
_NAME = re.compile(r"[\w-]+")
_FIELD = re.compile(r"\S+")
_CLOSING = {'"': '"', "[": "]"}


def compile_columns(text: str) -> Matcher:
    """What says of an event whether its fields are as the pattern asks. Raises InvalidParameterException."""
    columns = _Parser(read_tokens(_TOKEN, text)).columns()
    if None not in columns:
        return lambda event: _all_meet(list(_fields(event, len(columns) + 1)), columns)
    at = columns.index(None)
    first, last = columns[:at], columns[at + 1 :]
    if None in last:
        raise invalid("Invalid filter pattern: more than one ellipsis")

    def matches(event: str) -> bool:
        found = list(_fields(event, len(event)))
        if len(found) < len(first) + len(last):
            return False
        return _all_meet(found[: len(first)], first) and _all_meet(found[len(found) - len(last) :], last)

    return matches


def _all_meet(fields: list[str], columns: "list[Matcher | None]") -> bool:
    if len(fields) != len(columns):
        return False
    return all(column is not None and column(found) for found, column in zip(fields, columns, strict=True))


def _fields(event: str, most: int) -> Iterator[str]:
    """At most so many fields of an event, without the brackets or quotes around them."""
    at, unclosed = 0, ""  # `unclosed`: what does not end any more, so that nobody looks for its end again
    for _ in range(most):
        found = _FIELD.search(event, at)
        if found is None:
            return
        opening = event[found.start()]
        end = -1
        if opening in _CLOSING and opening not in unclosed:
            end = event.find(_CLOSING[opening], found.start() + 1)
            unclosed += opening if end < 0 else ""
        if end < 0:
            yield found[0]
            at = found.end()
        else:
            yield event[found.start() + 1 : end]
            at = end + 1


# ---- the pattern ----


@dataclass(slots=True)
class _Parser:
    cursor: Cursor
    terms: int = 0
    expressions: Expressions = field(default_factory=Expressions)

    def columns(self) -> "list[Matcher | None]":
        """Of each column what its field must be; None: it is the ellipsis."""
        self.cursor.expect("[")
        columns = [self._column()]
        while self.cursor.take(","):
            columns.append(self._column())
        self.cursor.expect("]")
        self.cursor.expect_end()
        return columns

    def _column(self) -> "Matcher | None":
        self._count()
        following = self.cursor.peek()
        if following.kind == "dots":
            self.cursor.at += 1
            return None
        if following.kind == "sign":
            return _anything
        if _NAME.fullmatch(following.text) is None or following.kind != "word":
            raise bad()
        self.cursor.at += 1
        if self.cursor.peek() in (Token("sign", ","), Token("sign", "]")):
            return _anything
        self.cursor.at -= 1
        return self._either(following.text)

    def _either(self, name: str) -> Matcher:
        parts = [self._both(name)]
        while self.cursor.take("||"):
            parts.append(self._both(name))
        return parts[0] if len(parts) == 1 else lambda found: any(part(found) for part in parts)

    def _both(self, name: str) -> Matcher:
        parts = [self._test(name)]
        while self.cursor.take("&&"):
            parts.append(self._test(name))
        return parts[0] if len(parts) == 1 else lambda found: all(part(found) for part in parts)

    def _test(self, name: str) -> Matcher:
        self._count()
        if self.cursor.next() != Token("word", name):
            raise invalid(f"Invalid filter pattern: the conditions of the column {name} must name it")
        sign, value = self.cursor.next(), self.cursor.next()
        if sign.kind != "sign" or sign.text not in COMPARISONS:
            raise bad()
        if value.kind == "regex":
            return _text_test(sign.text, self.expressions.compiled(value.text))
        if value.kind == "quoted":
            return _text_test(sign.text, partial(text_matches, unescaped(value.text)))
        if value.kind != "word":
            raise bad()
        wanted = number(value.text)
        if wanted is None:
            return _text_test(sign.text, partial(text_matches, value.text))
        return _number_test(sign.text, wanted)

    def _count(self) -> None:
        self.terms += 1
        if self.terms > limits.LOG_PATTERN_TERMS_MAX:
            raise invalid(f"Invalid filter pattern: more than {limits.LOG_PATTERN_TERMS_MAX} columns and comparisons")


def _anything(found: str) -> bool:
    return True


def _text_test(sign: str, test: Matcher) -> Matcher:
    if sign not in EQUALITIES:
        raise bad()
    return test if sign == "=" else lambda found: not test(found)


def _number_test(sign: str, wanted: float) -> Matcher:
    compare = COMPARISONS[sign]

    def holds(found: str) -> bool:
        value = number(found)
        return sign == "!=" if value is None else compare(value, wanted)

    return holds

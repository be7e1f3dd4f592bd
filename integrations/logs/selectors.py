"""The conditions of JSON filter patterns: `{ ($.user.id = 1) && ($.users[0].email = "*@example.com") }`. Pure.

    condition   = and { "||" and }
    and         = part { "&&" part }
    part        = "(" condition ")" | selector test
    selector    = "$" { "." name | "." "*" | "[" number "]" | "[" "*" "]" | '["name"]' }
    test        = ( "=" | "!=" | "<" | ">" | "<=" | ">=" ) value | "IS" ("NULL" | "TRUE" | "FALSE")
                | "EXISTS" | "NOT" "EXISTS" | ( "=" | "!=" ) "%" regular expression "%"

A comparison needs a string or a number where the selector points: of what is missing, an array, an object, a boolean or
null neither `=` nor `!=` is true. With a `*` in its selector it is true when it is of any of the values. `*` at the
beginning or end of a compared text stands for any text; a value that is only `*` is any string or number.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine import limits
from integrations.logs.comparisons import COMPARISONS, EQUALITIES, Expressions, number, text_matches, unescaped
from integrations.logs.errors import invalid
from integrations.logs.pattern_tokens import Cursor, Token, bad, read_tokens

Condition = Callable[[Any], bool]
Step = str | int | None  # a member, an index, or any (None)

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<selector>\$(?:\.[\w\-]+|\.\*|\[\d+\]|\[\*\]|\["[^"\]]*"\]|\['[^'\]]*'\])*)
  | (?P<sign>&&|\|\||!=|<=|>=|=|<|>|\(|\)|\{|\})
  | "(?P<quoted>(?:[^"\\]|\\.)*)"
  | %(?P<regex>[^%]*)%
  | (?P<word>[^\s"(){}=<>!&|%]+)
)""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.(?P<name>[\w\-]+)|\[(?P<index>\d+)\]|\[["'](?P<quoted>[^"'\]]*)["']\]|\.\*|\[\*\]""")
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}


def compile_condition(text: str) -> Condition:
    """The condition in a pattern, braces included. Raises InvalidParameterException."""
    cursor = read_tokens(_TOKEN, text)
    cursor.expect("{")
    condition = _Parser(cursor).either(0)
    cursor.expect("}")
    cursor.expect_end()
    return condition


@dataclass(slots=True)
class _Parser:
    cursor: Cursor
    comparisons: int = 0
    expressions: Expressions = field(default_factory=Expressions)

    def either(self, depth: int) -> Condition:
        parts = [self._all(depth)]
        while self.cursor.take("||"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else lambda value: any(part(value) for part in parts)

    def _all(self, depth: int) -> Condition:
        parts = [self._part(depth)]
        while self.cursor.take("&&"):
            parts.append(self._part(depth))
        return parts[0] if len(parts) == 1 else lambda value: all(part(value) for part in parts)

    def _part(self, depth: int) -> Condition:
        if depth > limits.LOG_PATTERN_DEPTH_MAX:
            raise invalid("Invalid filter pattern: nested too deeply")
        if self.cursor.take("("):
            inner = self.either(depth + 1)
            self.cursor.expect(")")
            return inner
        self.comparisons += 1
        if self.comparisons > limits.LOG_PATTERN_TERMS_MAX:
            raise invalid(f"Invalid filter pattern: more than {limits.LOG_PATTERN_TERMS_MAX} comparisons")
        selector = self.cursor.next()
        if selector.kind != "selector":
            raise bad()
        return self._test(_steps(selector.text))

    def _test(self, steps: list[Step]) -> Condition:
        sign = self.cursor.next()
        if sign.text in COMPARISONS and sign.kind == "sign":
            test = self._comparison(sign.text, self.cursor.next())
            return lambda value: any(test(found) for found in _select(value, steps))
        if sign == Token("word", "EXISTS"):
            return lambda value: any(True for _ in _select(value, steps))
        if sign == Token("word", "NOT") and self.cursor.next() == Token("word", "EXISTS"):
            return lambda value: not any(True for _ in _select(value, steps))
        if sign == Token("word", "IS") and (constant := self.cursor.next()).text in _CONSTANTS:
            wanted = _CONSTANTS[constant.text]
            return lambda value: any(found is wanted for found in _select(value, steps))
        raise bad()

    def _comparison(self, sign: str, value: Token) -> Condition:
        if value.kind != "regex":
            return _comparison(sign, value)
        if sign not in EQUALITIES:
            raise bad()
        test = self.expressions.compiled(value.text)
        return lambda found: (isinstance(found, str) or _is_number(found)) and test(str(found)) == (sign == "=")


def _comparison(sign: str, value: Token) -> Condition:
    if value.kind not in ("quoted", "word"):
        raise bad()
    text = unescaped(value.text) if value.kind == "quoted" else value.text
    wanted = number(text) if value.kind == "word" else None
    compare = COMPARISONS[sign]
    if sign not in EQUALITIES:
        if wanted is None:
            raise bad()
        return lambda found: _is_number(found) and compare(found, wanted)

    def holds(found: Any) -> bool:
        if _is_number(found):
            return (text == "*") == (sign == "=") if wanted is None else compare(found, wanted)
        return isinstance(found, str) and text_matches(text, found) == (sign == "=")

    return holds


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _steps(selector: str) -> list[Step]:
    steps: list[Step] = []
    for found in _STEP.finditer(selector, 1):
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            steps.append(found["name"] if found["name"] is not None else found["quoted"])
    if steps.count(None) > 1:
        raise invalid("Invalid filter pattern: more than one wildcard in a selector")
    return steps


def _select(value: Any, steps: list[Step]) -> Iterator[Any]:
    """The values that a selector points at: one, none, or with a wildcard any number."""
    for at, step in enumerate(steps):
        if step is None:
            inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            for item in inner:
                yield from _select(item, steps[at + 1 :])
            return
        if isinstance(step, str) and isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return
    yield value

r"""Filter patterns: which log events a FilterLogEvents is for. Pure.

| pattern | an event matches when |
|---|---|
| empty | always |
| `ERROR Exception` | its message holds all the terms |
| `"Failed to process"` | it holds the phrase; what is not a letter, a digit or `_` needs the quotes |
| `ERROR -WARN` | it holds the one and not the other |
| `?ERROR ?WARN` | it holds one of them; `?` means nothing beside other terms, as AWS says |
| `{ $.level = "error" && $.latency > 500 }` | it is JSON that meets the condition: integrations.logs.selectors |
| `[ip, ..., status = 4*, bytes]` | its fields are as the columns ask: integrations.logs.columns |
| `%[45]\d\d%` | it holds what the regular expression describes; so may a text in the two patterns above |

Case matters. Source: CloudWatch Logs user guide, "Filter pattern syntax".
"""

import re
from collections.abc import Callable

import orjson

from engine import limits
from integrations.logs.columns import compile_columns
from integrations.logs.comparisons import Expressions
from integrations.logs.errors import invalid
from integrations.logs.selectors import compile_condition

Matcher = Callable[[str], bool]

_TERM = re.compile(r'\s*([-?]?)\s*(?:"((?:[^"\\]|\\.)*)"|(\w+))(?=\s|$|["?-])')
_ESCAPED = re.compile(r"\\(.)")


def compile_pattern(pattern: str | None) -> Matcher:
    """What says of a message whether it matches. Raises InvalidParameterException."""
    text = (pattern or "").strip()
    if text.startswith("{"):
        if not text.endswith("}"):  # as jorgebastida/awslogs#210 shows it
            raise invalid("If a filter pattern starts with '{' it must end with '}'")
        return _json_matcher(text)
    if text.startswith("["):
        return compile_columns(text)
    if text.startswith("%"):
        return _expression_matcher(text)
    return _terms_matcher(text)


def _expression_matcher(text: str) -> Matcher:
    if len(text) < 2 or not text.endswith("%"):
        raise invalid("Invalid filter pattern")
    return Expressions().compiled(text[1:-1])


def _json_matcher(text: str) -> Matcher:
    condition = compile_condition(text)

    def matches(message: str) -> bool:
        if not message.lstrip().startswith(("{", "[")):
            return False
        try:
            return condition(orjson.loads(message))
        except ValueError:
            return False

    return matches


def _terms_matcher(text: str) -> Matcher:
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise invalid("Invalid filter pattern")
        quoted, plain = found[2], found[3]
        terms[found[1]].append(_ESCAPED.sub(r"\1", quoted) if plain is None else plain)
        at = found.end()
    wanted, unwanted, either = terms[""], terms["-"], terms["?"]
    if len(wanted) + len(unwanted) + len(either) > limits.LOG_PATTERN_TERMS_MAX:
        raise invalid(f"Invalid filter pattern: more than {limits.LOG_PATTERN_TERMS_MAX} terms")
    if wanted or unwanted:
        either = []

    def matches(message: str) -> bool:
        if any(term in message for term in unwanted) or not all(term in message for term in wanted):
            return False
        return not either or any(term in message for term in either)

    return matches

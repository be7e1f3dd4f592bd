"""The filters of Describe operations: names by AND, values by OR, `*` and `?` as wildcards. Pure.

A table says for each filter where a resource has its values; `tag:KEY` and `tag-key` are the same for all.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from engine import limits
from integrations.ec2.errors import invalid_value

Body = dict[str, Any]
Values = Callable[[Body], Iterable[Any]]
FilterTable = Mapping[str, Values]


def member(*path: str) -> Values:
    """The values at a path of members; lists on the way give one each."""

    def values(body: Any) -> list[Any]:
        found = [body]
        for name in path:
            found = [item for value in found for item in _each(value.get(name))]
        return found

    return values


def always(value: Any) -> Values:
    """What every resource here has, though it is not shown."""
    return lambda body: [value]


def _each(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def select(bodies: Iterable[Body], filters: list[dict[str, Any]] | None, table: FilterTable) -> list[Body]:
    """The resources that pass all filters. Raises ServiceError for a filter that there is not."""
    tests = [_test(entry, table) for entry in filters or ()]
    return [body for body in bodies if all(test(body) for test in tests)]


def _test(entry: Mapping[str, Any], table: FilterTable) -> Callable[[Body], bool]:
    name, patterns = entry.get("Name") or "", entry.get("Values") or []
    if len(patterns) > limits.EC2_FILTER_VALUES_MAX:
        raise invalid_value(
            f"The maximum number of filter values specified on a single call is {limits.EC2_FILTER_VALUES_MAX}"
        )
    if name.startswith("tag:"):
        values: Values = _tag(name.removeprefix("tag:"))
    elif name == "tag-key":
        values = member("Tags", "Key")
    elif name in table:
        values = table[name]
    else:
        raise invalid_value(f"The filter '{name[:100]}' is invalid")
    matchers = [_matcher(pattern) for pattern in patterns]
    return lambda body: any(matches(_text(value)) for value in values(body) for matches in matchers)


def _tag(key: str) -> Values:
    return lambda body: [tag["Value"] for tag in body.get("Tags") or () if tag["Key"] == key]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(limits.EC2_PATTERNS_CACHED_MAX)
def _matcher(pattern: str) -> Callable[[str], bool]:
    if "*" not in pattern and "?" not in pattern and "\\" not in pattern:
        return pattern.__eq__
    if len(pattern) > limits.EC2_PATTERN_CHARS_MAX:
        raise invalid_value(f"The filter value '{pattern[:100]}' is too long")
    return _wildcards(pattern)


def _wildcards(pattern: str) -> Callable[[str], bool]:
    """Runs of `*` are one, and each is lazy between fixed texts, so that matching takes linear time."""
    parts, escaped = [], False
    for letter in pattern:
        if escaped:
            parts.append(re.escape(letter))
        elif letter == "*":
            if not parts or parts[-1] != _ANY:
                parts.append(_ANY)
        elif letter != "\\":
            parts.append("." if letter == "?" else re.escape(letter))
        escaped = letter == "\\" and not escaped
    return _greedy_free(parts)


_ANY = "*"


def _greedy_free(parts: list[str]) -> Callable[[str], bool]:
    """Fixed texts between stars are found one after the other, each at its first place: no backtracking."""
    pieces: list[list[str]] = [[]]
    for part in parts:
        if part == _ANY:
            pieces.append([])
        else:
            pieces[-1].append(part)
    compiled = [re.compile("".join(piece), re.DOTALL) for piece in pieces]
    lengths = [len(piece) for piece in pieces]

    def matches(text: str) -> bool:
        if len(compiled) == 1:
            return compiled[0].fullmatch(text) is not None
        if compiled[0].match(text) is None:
            return False
        at, end = lengths[0], len(text) - lengths[-1]
        for piece in compiled[1:-1]:
            found = piece.search(text, at)
            if found is None:
                return False
            at = found.end()
        return at <= end and compiled[-1].match(text, end) is not None

    return matches

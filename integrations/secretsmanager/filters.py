"""Filters of ListSecrets and BatchGetSecretValue. Pure.

    a secret matches when it matches every filter, and a filter when it matches one of its values

| Key | a value matches |
|---|---|
| name, tag-key, tag-value, primary-region, owning-service | what begins with it, case counting |
| description | what begins with it, case not counting |
| all | when each of its words begins a word of any attribute, case not counting |

A value with `!` in front matches what the rest does not.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Attributes:
    """What filters look at. `primary_region` is the region of a secret that has no primary elsewhere."""

    name: str
    description: str
    tags: Sequence[tuple[str, str]]
    primary_region: str


Match = Callable[[Attributes, str], bool]


def _all(found: Attributes, value: str) -> bool:
    pairs = [text for pair in found.tags for text in pair]
    texts = [found.name, found.description, found.primary_region, *pairs]
    words = [word.lower() for text in texts for word in _WORD.findall(text)]
    wanted = [word.lower() for word in _WORD.findall(value)]
    return bool(wanted) and all(any(word.startswith(part) for word in words) for part in wanted)


_MATCHES: dict[str, Match] = {
    "name": lambda found, value: found.name.startswith(value),
    "description": lambda found, value: found.description.lower().startswith(value.lower()),
    "tag-key": lambda found, value: any(key.startswith(value) for key, _ in found.tags),
    "tag-value": lambda found, value: any(text.startswith(value) for _, text in found.tags),
    "primary-region": lambda found, value: found.primary_region.startswith(value),
    "owning-service": lambda found, value: False,  # no service owns a secret here
    "all": _all,
}


def needs_tags(filters: Sequence[dict[str, Any]]) -> bool:
    return any(one.get("Key") in ("tag-key", "tag-value", "all") for one in filters)


def matches(filters: Sequence[dict[str, Any]], found: Attributes) -> bool:
    return all(_matches_one(one, found) for one in filters)


def _matches_one(one: dict[str, Any], found: Attributes) -> bool:
    match = _MATCHES[one["Key"]]
    return any(not match(found, value[1:]) if value.startswith("!") else match(found, value) for value in one["Values"])

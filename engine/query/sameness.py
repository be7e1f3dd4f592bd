"""When two JSON values are the same, as Java's `equals` sees them: true is not 1, and 1 is not 1.0.

Python's `==` says otherwise. Values are compared by a canonical text, which also serves as a key for sets.
"""

import json
from typing import Any

import orjson

from engine.errors import StateError


def canonical(value: Any) -> bytes:
    """Equal for the same values only; the order of an object's keys does not count. Raises StateError when too deep."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer over 64 bits, half a surrogate pair, or nested deeper than orjson goes
        return _unusual(value)


def _unusual(value: Any) -> bytes:
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise StateError("States.Runtime", "A value nests too deeply to be compared") from None
    return text.encode(errors="surrogatepass")


def same(one: Any, other: Any) -> bool:
    return canonical(one) == canonical(other)

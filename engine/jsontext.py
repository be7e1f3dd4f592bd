"""JSON text in and out, with AWS's eyes: integers of any size stay integers, and what cannot be read is described in
the words of AWS's own parser (Jackson).

`orjson` does the work; it turns integers over 64 bits into floats and refuses to write values nested deeper than 254,
so those two go to the standard library.
"""

import json
import math
import re
from typing import Any

import orjson

from engine import limits

_NUMBER_CHARS_SHOWN = 40
_WIDE_INTEGER = re.compile(r"\d{19}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class JsonError(ValueError):
    """Text that is not JSON; the message is Jackson's where we know it."""


def loads(text: str) -> Any:
    """The value of a JSON text. Raises JsonError."""
    if too_deep(text):
        raise JsonError(f"Document nesting depth exceeds the maximum allowed ({limits.JSON_DEPTH_MAX})")
    try:
        if _WIDE_INTEGER.search(text):
            return _with_wide_integers(text)
        return orjson.loads(text)
    except ValueError as error:
        raise JsonError(str(error)) from None


def _with_wide_integers(text: str) -> Any:
    """The standard library lets halves of surrogate pairs pass and makes infinities of `1E400`; orjson refuses both,
    and neither can be written again.
    """
    value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    if _SURROGATE.search(text):
        json.dumps(value, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    return value


def loads_own(text: str) -> Any:
    """The value of a text that we have written ourselves."""
    if _WIDE_INTEGER.search(text):
        return json.loads(text)
    return orjson.loads(text)


def dumps(value: Any) -> str:
    """Compact JSON text, non-ASCII characters as they are, keys in their order. Raises JsonError when it nests too
    deeply.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer over 64 bits, or nested too deeply for orjson
        return _dumps_unusual(value)


def _dumps_unusual(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except RecursionError:
        text = None
    if text is None or too_deep(text):
        raise JsonError(f"Document nesting depth exceeds the maximum allowed ({limits.JSON_DEPTH_MAX})")
    return text


def size_bytes(text: str) -> int:
    """The length of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def too_deep(text: str, depth_max: int = limits.JSON_DEPTH_MAX) -> bool:
    """Whether a document nests deeper than `depth_max`; cheap for the usual one."""
    if text.count("[") + text.count("{") <= depth_max:
        return False
    depth = 0
    for found in re.finditer(r"[\[{\]}]", _STRING.sub("", text)):
        depth += 1 if found.group() in "[{" else -1
        if depth > depth_max:
            return True
    return False


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text[:_NUMBER_CHARS_SHOWN]} is infinity when parsed as double")
    return value

"""The 18 intrinsic functions of the JSONPath language, in one table: name, how many arguments, what they are, function.

A function gets its arguments evaluated, and the scope for randomness; what it cannot do is an IntrinsicError, which the
call turns into `Invalid arguments in ...`. Numbers that should be whole are rounded as Java's Math.round does: half up.
A literal text arrives as Text, because only States.Format still cares which of its braces were escaped.
"""

import base64
import binascii
import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine import jsontext, limits
from engine.query import java
from engine.query.sameness import canonical
from engine.query.scope import Scope

_INT = range(-(2**31), 2**31)
_LONG = range(-(2**63), 2**63)
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_FORMAT = re.compile(r"\{\}|\\(.?)", re.DOTALL)
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class IntrinsicError(Exception):
    """What an intrinsic function cannot do; the text is the detail of the cause."""


@dataclass(frozen=True, slots=True)
class Text:
    """A literal text of a call: as it was written, and what it stands for (None: it has an open escape)."""

    written: str
    value: str | None

    @classmethod
    def escaped(cls, written: str) -> "Text":
        opened = any(found[1] not in ("'", "{", "}", "\\") for found in _ESCAPE.finditer(written))
        return cls(written, None if opened else _ESCAPE.sub(r"\1", written))


def _plain(argument: Any) -> Any:
    if not isinstance(argument, Text):
        return argument
    if argument.value is None:
        raise IntrinsicError(f"An open escape backslash \\ was found in '{argument.written}'")
    return argument.value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise IntrinsicError(f"The {what} must be a string, but was: {_shown(value)}")
    return value


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise IntrinsicError(f"The first argument must be an array, but was: {_shown(value)}")
    return value


def _whole(value: Any, what: str, span: range = _LONG) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise IntrinsicError(f"The {what} must be a number, but was: {_shown(value)}")
    rounded = math.floor(value + 0.5) if isinstance(value, float) else value
    if rounded not in span:
        raise IntrinsicError(f"The {what} must be from {span.start} to {span.stop - 1}, but was: {_shown(value)}")
    return rounded


def _shown(value: Any) -> str:
    try:
        shown = jsontext.dumps(value)
    except jsontext.JsonError:
        shown = "a value that nests too deeply"
    return shown if len(shown) <= 200 else shown[:200] + "..."


def _format(arguments: list[Any], scope: Scope) -> str:
    first, *others = arguments
    values = [java.text(_plain(other)) for other in others]
    pieces = _pieces(first) if isinstance(first, Text) else _text(first, "first argument").split("{}")
    if len(pieces) - 1 != len(values):
        raise IntrinsicError(
            f"The number of arguments ({len(values)}) does not match the {{}} found ({len(pieces) - 1})"
        )
    return "".join(piece + value for piece, value in zip(pieces, [*values, ""], strict=True))


def _pieces(template: Text) -> list[str]:
    """The pieces of a literal template between its placeholders, with their escapes resolved."""
    _plain(template)  # refuses open escapes
    pieces = [""]
    at = 0
    for found in _FORMAT.finditer(template.written):
        pieces[-1] += template.written[at : found.start()]
        at = found.end()
        if found[0] == "{}":
            pieces.append("")
        else:
            pieces[-1] += found[1]
    pieces[-1] += template.written[at:]
    return pieces


def _string_to_json(arguments: list[Any], scope: Scope) -> Any:
    text = _text(arguments[0], "argument")
    try:
        return jsontext.loads(text)
    except jsontext.JsonError as error:
        raise IntrinsicError(f"The argument is not valid JSON: {error}") from None


def _json_to_string(arguments: list[Any], scope: Scope) -> str:
    try:
        return jsontext.dumps(arguments[0])
    except jsontext.JsonError as error:
        raise IntrinsicError(str(error)) from None


def _make_array(arguments: list[Any], scope: Scope) -> list[Any]:
    return arguments


def _array_partition(arguments: list[Any], scope: Scope) -> list[Any]:
    array, size = _array(arguments[0]), _whole(arguments[1], "chunk size")
    if size <= 0:
        raise IntrinsicError(f"The chunk size must be a positive number, but was: {size}")
    return [array[at : at + size] for at in range(0, len(array), size)]


def _array_contains(arguments: list[Any], scope: Scope) -> bool:
    sought = canonical(arguments[1])
    return any(canonical(item) == sought for item in _array(arguments[0]))


def _array_range(arguments: list[Any], scope: Scope) -> list[int]:
    start, end, step = (
        _whole(value, what) for value, what in zip(arguments, ("first number", "last number", "increment"), strict=True)
    )
    if step == 0:
        raise IntrinsicError("The increment must not be 0")
    found = range(start, end + (1 if step > 0 else -1), step)
    if (end - start) // step + 1 > limits.ARRAY_RANGE_ELEMENTS_MAX:
        raise IntrinsicError(f"The array must have at most {limits.ARRAY_RANGE_ELEMENTS_MAX} elements")
    return list(found)


def _array_get_item(arguments: list[Any], scope: Scope) -> Any:
    array, index = _array(arguments[0]), _whole(arguments[1], "index")
    if not 0 <= index < len(array):
        raise IntrinsicError(f"The index {index} is out of bounds for an array of length {len(array)}")
    return array[index]


def _array_length(arguments: list[Any], scope: Scope) -> int:
    return len(_array(arguments[0]))


def _array_unique(arguments: list[Any], scope: Scope) -> list[Any]:
    found: dict[bytes, Any] = {}
    for item in _array(arguments[0]):
        found.setdefault(canonical(item), item)
    return list(found.values())


def _short_text(value: Any) -> str:
    text = _text(value, "first argument")
    if len(text) > limits.INTRINSIC_TEXT_CHARS_MAX:
        raise IntrinsicError(f"The first argument must have at most {limits.INTRINSIC_TEXT_CHARS_MAX} characters")
    return text


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")  # half a surrogate pair is `?`, as in Java


def _base64_encode(arguments: list[Any], scope: Scope) -> str:
    return base64.b64encode(_bytes(_short_text(arguments[0]))).decode()


def _base64_decode(arguments: list[Any], scope: Scope) -> str:
    text = _short_text(arguments[0])
    try:
        return base64.b64decode(_bytes(text) + b"=" * (-len(text) % 4), validate=True).decode(errors="replace")
    except binascii.Error:
        raise IntrinsicError("The argument is not valid Base64") from None


def _hash(arguments: list[Any], scope: Scope) -> str:
    text, algorithm = _short_text(arguments[0]), arguments[1]
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise IntrinsicError(f"The algorithm must be one of {', '.join(_ALGORITHMS)}, but was: {_shown(algorithm)}")
    return hashlib.new(_ALGORITHMS[algorithm], _bytes(text), usedforsecurity=False).hexdigest()


def _json_merge(arguments: list[Any], scope: Scope) -> dict[str, Any]:
    one, other, deep = arguments
    if not isinstance(one, dict) or not isinstance(other, dict):
        raise IntrinsicError("The first two arguments must be objects")
    if deep is not False:
        raise IntrinsicError("The third argument must be false: only shallow merging is supported")
    return {**one, **other}


def _math_random(arguments: list[Any], scope: Scope) -> int:
    start, end = _whole(arguments[0], "start number", _INT), _whole(arguments[1], "end number", _INT)
    if start >= end:
        raise IntrinsicError(f"The start number {start} must be less than the end number {end}")
    seed = _whole(arguments[2], "seed") if len(arguments) > 2 else scope.moment.getrandbits(48)
    return java.JavaRandom(seed).between(start, end)


def _math_add(arguments: list[Any], scope: Scope) -> int:
    found = _whole(arguments[0], "first argument") + _whole(arguments[1], "second argument")
    return _whole(found, "sum")


def _string_split(arguments: list[Any], scope: Scope) -> list[str]:
    """Each character of the splitter separates; what is empty between two is left out (Java's StringTokenizer)."""
    text, splitter = _text(arguments[0], "first argument"), _text(arguments[1], "splitter")
    if not splitter:
        return [text] if text else []
    return [part for part in re.split(f"[{re.escape(splitter)}]", text) if part]


def _uuid(arguments: list[Any], scope: Scope) -> str:
    return scope.moment.uuid()


Function = Callable[[list[Any], Scope], Any]


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """`least` to `most` arguments (None: any number more); `signature` says what they are."""

    name: str
    least: int
    most: int | None
    signature: str
    function: Function

    def takes(self, arguments: int) -> bool:
        return self.least <= arguments and (self.most is None or arguments <= self.most)

    def apply(self, arguments: list[Any], scope: Scope) -> Any:
        """Raises IntrinsicError."""
        if self.function is not _format:
            arguments = [_plain(argument) for argument in arguments]
        return self.function(arguments, scope)


FUNCTIONS: dict[str, Intrinsic] = {
    intrinsic.name: intrinsic
    for intrinsic in (
        Intrinsic("Format", 1, None, "(template, value...)", _format),
        Intrinsic("StringToJson", 1, 1, "(text)", _string_to_json),
        Intrinsic("JsonToString", 1, 1, "(value)", _json_to_string),
        Intrinsic("Array", 0, None, "(value...)", _make_array),
        Intrinsic("ArrayPartition", 2, 2, "(array, size)", _array_partition),
        Intrinsic("ArrayContains", 2, 2, "(array, value)", _array_contains),
        Intrinsic("ArrayRange", 3, 3, "(first, last, increment)", _array_range),
        Intrinsic("ArrayGetItem", 2, 2, "(array, index)", _array_get_item),
        Intrinsic("ArrayLength", 1, 1, "(array)", _array_length),
        Intrinsic("ArrayUnique", 1, 1, "(array)", _array_unique),
        Intrinsic("Base64Encode", 1, 1, "(text)", _base64_encode),
        Intrinsic("Base64Decode", 1, 1, "(text)", _base64_decode),
        Intrinsic("Hash", 2, 2, "(text, algorithm)", _hash),
        Intrinsic("JsonMerge", 3, 3, "(object, object, false)", _json_merge),
        Intrinsic("MathRandom", 2, 3, "(start, end[, seed])", _math_random),
        Intrinsic("MathAdd", 2, 2, "(number, number)", _math_add),
        Intrinsic("StringSplit", 2, 2, "(text, splitters)", _string_split),
        Intrinsic("UUID", 0, 0, "()", _uuid),
    )
}

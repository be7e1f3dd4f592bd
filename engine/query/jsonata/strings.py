"""The library's functions on strings (docs.jsonata.org/string-functions)."""

import base64
import re
import urllib.parse
from itertools import islice
from typing import Any

from engine.query.jsonata.calls import Call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.functional import matches
from engine.query.jsonata.operators import text_of
from engine.query.jsonata.regex import Found
from engine.query.jsonata.values import FUNCTIONS, UNDEFINED, Seq

_BLANKS = re.compile(r"[ \t\n\r]+")
_URI_COMPONENT_SAFE = "!'()*-._~"
_URI_SAFE = _URI_COMPONENT_SAFE + ";/?:@&=+$,#"
_URI_RESERVED = frozenset(";/?:@&=+$,#")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def string(call: Call, value: Any = UNDEFINED, pretty: Any = False) -> Any:
    return UNDEFINED if value is UNDEFINED else text_of(value, call.run, pretty is True)


def length(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else len(text)


def substring(text: Any, start: Any = UNDEFINED, count: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    begin = 0 if start is UNDEFINED else _index(start)
    if len(text) + begin < 0:
        begin = 0
    if count is UNDEFINED:
        return text[begin:]
    if count <= 0:
        return ""
    end = begin + _index(count) if begin >= 0 else len(text) + begin + _index(count)
    return text[begin:end]


def _index(number: float) -> int:
    """A place in a text, as JavaScript's `slice` takes it."""
    return int(max(min(number, 2**53), -(2**53))) if number == number else 0


def substring_before(text: Any, chars: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    at = text.find(_needle(chars))
    return text[:at] if at >= 0 else text


def substring_after(text: Any, chars: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    needle = _needle(chars)
    at = text.find(needle)
    return text[at + len(needle) :] if at >= 0 else text


def _needle(chars: Any) -> str:
    return "undefined" if chars is UNDEFINED else str(chars)


def lowercase(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else text.lower()


def uppercase(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else text.upper()


def trim(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else _BLANKS.sub(" ", text).strip(" ")


def pad(call: Call, text: Any, width: Any = UNDEFINED, chars: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    wide = 0 if width is UNDEFINED else _index(width)
    missing = abs(wide) - len(text)
    if missing <= 0:
        return text
    call.run.hold(abs(wide))
    fill = " " if chars is UNDEFINED or chars == "" else chars
    padding = (fill * (missing // len(fill) + 1))[:missing]
    return text + padding if wide > 0 else padding + text


def contains(call: Call, text: Any, token: Any = UNDEFINED) -> Any:
    if text is UNDEFINED or token is UNDEFINED:
        return UNDEFINED if text is UNDEFINED else False
    if type(token) is str:
        return token in text
    return next(matches(call, token, text), None) is not None


def match(call: Call, text: Any, matcher: Any, limit: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    found = Seq()
    for each in islice(matches(call, matcher, text), _limit(limit, "D3040")):
        call.run.hold(len(each.match) + 64)
        found.append({"match": each.match, "index": each.start, "groups": _match_object(each)["groups"]})
    return found


def _limit(limit: Any, code: str) -> int | None:
    if limit is UNDEFINED:
        return None
    if limit < 0:
        raise JsonataError(code, value=limit)
    return int(-(-limit // 1))


def split(call: Call, text: Any, separator: Any = UNDEFINED, limit: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    most = _limit(limit, "D3020")
    if separator is UNDEFINED:
        return [text]
    if type(separator) is str:
        pieces = text.split(separator) if separator else list(text)
        call.run.hold_items(len(pieces))
        return pieces if most is None else pieces[: int(limit // 1)]
    found: list[Any] = []
    start = 0
    for each in matches(call, separator, text):
        if most is not None and len(found) >= most:
            return found
        found.append(text[start : each.start])
        call.run.hold(len(found[-1]) + 8)
        start = each.end
    if most is None or len(found) < most:
        found.append(text[start:])
    return found


def join(call: Call, texts: Any, separator: Any = UNDEFINED) -> Any:
    if texts is UNDEFINED:
        return UNDEFINED
    between = "" if separator is UNDEFINED else separator
    call.run.hold(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def replace(call: Call, text: Any, token: Any = UNDEFINED, replacement: Any = UNDEFINED, limit: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if token == "":
        raise JsonataError("D3010")
    most = _limit(limit, "D3011")
    if type(token) is str:
        if type(replacement) is not str:
            raise JsonataError("D3012", value=replacement)
        count = text.count(token) if most is None else min(text.count(token), most)
        call.run.hold(len(text) + count * max(len(replacement) - len(token), 0))
        return text.replace(token, replacement, count)
    return _replace_matches(call, text, token, replacement, most)


def _replace_matches(call: Call, text: str, token: Any, replacement: Any, most: int | None) -> str:
    parts: list[str] = []
    at = 0
    size = len(text)
    for found in islice(matches(call, token, text), most):
        if type(replacement) in FUNCTIONS:
            put = call.apply(replacement, [_match_object(found)])
        else:
            put = _substituted(replacement, found)
        if type(put) is not str:
            raise JsonataError("D3012", value=put)
        parts += [text[at : found.start], put]
        size += len(put)
        call.run.fit(size)
        at = found.end
    call.run.hold(size)
    return "".join([*parts, text[at:]])


def _match_object(found: Found) -> dict[str, Any]:
    groups = [UNDEFINED if group is None else group for group in found.groups]
    return {"match": found.match, "start": found.start, "end": found.end, "groups": groups}


def _substituted(replacement: str, found: Found) -> str:
    """`$0` is the match, `$1` a group, `$$` a dollar; as many digits count as there are groups to name."""
    parts: list[str] = []
    at = 0
    while (dollar := replacement.find("$", at)) >= 0:
        parts.append(replacement[at:dollar])
        at = dollar + 1
        following = replacement[at : at + 1]
        if following == "$":
            parts.append("$")
            at += 1
        elif following == "0":
            parts.append(found.match)
            at += 1
        else:
            digits = _group_digits(replacement, at, len(found.groups))
            parts.append(_group_text(found, int(digits)) if digits else "$")
            at += len(digits)
    return "".join([*parts, replacement[at:]])


def _group_digits(replacement: str, at: int, groups: int) -> str:
    most = len(str(groups)) if groups else 1
    digits = re.match(r"[0-9]*", replacement[at : at + most])
    assert digits is not None, "no digits are a match too"
    named = digits.group()
    return named[:-1] if len(named) > 1 and int(named) > groups else named


def _group_text(found: Found, group: int) -> str:
    return found.groups[group - 1] or "" if 0 < group <= len(found.groups) else ""


def base64encode(text: Any) -> Any:
    return UNDEFINED if text is UNDEFINED else base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def base64decode(text: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except ValueError:
        raise JsonataError("D3205", value=text) from None


def encode_url_component(text: Any) -> Any:
    return _encoded(text, _URI_COMPONENT_SAFE)


def encode_url(text: Any) -> Any:
    return _encoded(text, _URI_SAFE)


def _encoded(text: Any, safe: str) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return urllib.parse.quote(text, safe)
    except UnicodeEncodeError:  # half a surrogate pair
        raise JsonataError("D3140", value=text) from None


def decode_url_component(text: Any) -> Any:
    return _decoded(text, frozenset())


def decode_url(text: Any) -> Any:
    return _decoded(text, _URI_RESERVED)


def _decoded(text: Any, kept: frozenset[str]) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if _BROKEN_ESCAPE.search(text):
        raise JsonataError("D3140", value=text)

    def decode(found: re.Match[str]) -> str:
        plain = bytes.fromhex(found.group().replace("%", "")).decode("utf-8")
        return "".join(f"%{ord(char):02X}" if char in kept else char for char in plain)

    try:
        return _ESCAPES.sub(decode, text)
    except UnicodeDecodeError:
        raise JsonataError("D3140", value=text) from None

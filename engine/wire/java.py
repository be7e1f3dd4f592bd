"""What of Java shows through AWS's validation texts: the order of its hash sets, its patterns, its values as text.

AWS's services print an enum's values in the order of a Java hash set, test patterns with java.util.regex and show a
refused value by its toString(). Pure functions over data.
"""

import re
import sys
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

_BUCKETS_MIN = 32
_LOAD_FACTOR = 0.75

# java.util.regex's named classes that service models use and Python's re lacks.
_CLASSES = {
    "ASCII": r"\x00-\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Upper": "A-Z",
    "Lower": "a-z",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0b\f\r",
}
_CLASS = re.compile(r"\\p\{(\w+)\}")
_PAIR = re.compile(r"\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})", re.IGNORECASE)


def hash_code(text: str) -> int:
    """String.hashCode() as an unsigned number."""
    code = 0
    for unit in memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H"):
        code = (31 * code + unit) & 0xFFFFFFFF
    return code


def set_order(values: Sequence[str]) -> list[str]:
    """The values as AWS prints an enum: by hash bucket, in one bucket the later declared first.

    Found from recorded answers (ExecutionStatus of Step Functions); the documentation does not say it.
    """
    buckets = _BUCKETS_MIN
    while len(values) > buckets * _LOAD_FACTOR:
        buckets *= 2
    numbered = sorted(enumerate(values), key=lambda pair: (hash_code(pair[1]) & (buckets - 1), -pair[0]))
    return [value for _, value in numbered]


def pattern(text: str) -> re.Pattern[str]:
    """A pattern of a service model, to be used with fullmatch. Raises re.error where Python has no equivalent."""
    return re.compile(_CLASS.sub(_named_class, _PAIR.sub(_one_character, text)), re.ASCII)


def _one_character(pair: re.Match[str]) -> str:
    """Java writes a character beyond U+FFFF as its two UTF-16 units."""
    high, low = (int(unit, 16) for unit in pair.groups())
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


def _named_class(found: re.Match[str]) -> str:
    name = found.group(1)
    members = _general_categories().get(name) if len(name) == 1 else _CLASSES.get(name)
    if members is None:
        raise re.error(f"no equivalent of {found.group()}", found.string, found.start())
    before = found.string[: found.start()]
    in_class = before.count("[") - before.count(r"\[") > before.count("]") - before.count(r"\]")
    return members if in_class else f"[{members}]"


@cache
def _general_categories() -> dict[str, str]:
    """The characters of Unicode's general categories by their letter (L: letters, N: numbers, Z: separators, ...).

    As members of a character class. Takes a tenth of a second, so it is made when the first pattern asks for one.
    """
    members: dict[str, list[str]] = {}
    for letter, run in groupby(range(sys.maxunicode + 1), key=lambda code: unicodedata.category(chr(code))[0]):
        codes = list(run)
        members.setdefault(letter, []).append(f"\\U{codes[0]:08X}-\\U{codes[-1]:08X}")
    return {letter: "".join(ranges) for letter, ranges in members.items()}


def text_of(value: Any) -> str:
    """value.toString(), near enough: structures print as maps do."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(text_of(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={text_of(item)}' for key, item in value.items())}}}"
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    return str(value)

"""`$formatInteger` and `$parseInteger`: whole numbers in pictures such as `#,##0`, `w;o`, `I`.

XPath and XQuery Functions 3.1, section 4.6.1, in the reference implementation's reading. Dates write their
parts so too.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any

from engine.query.jsonata import words
from engine.query.jsonata.calls import Call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.values import UNDEFINED, tidy, to_double

_ZEROS = (
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
_NAMED = {
    "A": ("letters", "upper"), "a": ("letters", "lower"), "I": ("roman", "upper"), "i": ("roman", "lower"),
    "W": ("words", "upper"), "Ww": ("words", "title"), "w": ("words", "lower"),
}  # fmt: skip
_SUFFIXES = {"1": "st", "2": "nd", "3": "rd"}
_ROMAN_MAX = 1_000_000  # a thousand letters


@dataclass(slots=True)
class IntegerPicture:
    """`form` is decimal, letters, roman, words, or a sequence that nobody supports. Separators count from the right."""

    form: str
    case: str = "lower"
    ordinal: bool = False
    zero: int = 0x30
    mandatory: int = 0
    optional: int = 0
    regular: int = 0
    separators: list[tuple[int, str]] = field(default_factory=list)
    token: str = ""
    width: int | None = None  # of exactly so many digits, for reading


def read_picture(picture: str) -> IntegerPicture:
    """Raises JsonataError D3131."""
    primary, semicolon, modifier = picture.rpartition(";")
    if not semicolon:
        primary, modifier = picture, ""
    if primary in _NAMED:
        form, case = _NAMED[primary]
        return IntegerPicture(form, case, ordinal=modifier.startswith("o"))
    found = IntegerPicture("decimal", ordinal=modifier.startswith("o"))
    zero = None
    place = 0
    for char in reversed(primary):
        group = _zero_of(char)
        if group is not None:
            if zero not in (None, group):
                raise JsonataError("D3131")
            zero = group
            found.mandatory += 1
            place += 1
        elif char == "#":
            found.optional += 1
            place += 1
        else:
            found.separators.append((place, char))
    if zero is None:
        return IntegerPicture("sequence", token=primary, ordinal=found.ordinal)
    found.zero = zero
    found.regular = _regular(found.separators)
    return found


@lru_cache(maxsize=256)
def _zero_of(char: str) -> int | None:
    code = ord(char)
    return next((zero for zero in _ZEROS if zero <= code <= zero + 9), None)


def _regular(separators: list[tuple[int, str]]) -> int:
    """The interval of the separators where there is one and they are the same."""
    if not separators or len({char for _, char in separators}) > 1:
        return 0
    places = [place for place, _ in separators]
    factor = reduce(math.gcd, places)
    return factor if factor and all(factor * at in places for at in range(1, len(places) + 1)) else 0


def write(value: int, picture: IntegerPicture) -> str:
    """Raises JsonataError D3130."""
    number = abs(value)
    if picture.form == "sequence":
        raise JsonataError("D3130", value=picture.token)
    if picture.form == "decimal":
        text = _decimal(number, picture)
    elif picture.form == "letters":
        text = words.to_letters(number, "A" if picture.case == "upper" else "a")
    elif picture.form == "roman":
        if number > _ROMAN_MAX:
            raise JsonataError("D1001", value=value)
        text = words.to_roman(number)
        text = text.upper() if picture.case == "upper" else text
    else:
        text = words.to_words(number, picture.ordinal)
        text = text.upper() if picture.case == "upper" else text.lower() if picture.case == "lower" else text
    return f"-{text}" if value < 0 else text


def _decimal(number: int, picture: IntegerPicture) -> str:
    digits = str(number).rjust(picture.mandatory, "0")
    text = "".join(chr(picture.zero + ord(digit) - 0x30) for digit in digits) if picture.zero != 0x30 else digits
    places = picture.separators
    if picture.regular:
        char = picture.separators[0][1]
        places = [(at, char) for at in range(picture.regular, len(digits), picture.regular)]
    for place, char in sorted(places):  # from the right, so that the places of the others stay
        if place < len(digits):
            text = text[: len(digits) - place] + char + text[len(digits) - place :]
    if picture.ordinal:
        teen = len(digits) > 1 and digits[-2] == "1"
        text += "th" if teen else _SUFFIXES.get(digits[-1], "th")
    return text


def read(text: str, picture: IntegerPicture) -> int | None:
    """None for what is no such number. Raises JsonataError D3130."""
    if picture.form == "sequence":
        raise JsonataError("D3130", value=picture.token)
    if picture.form == "letters":
        return words.from_letters(text, "A" if picture.case == "upper" else "a")
    if picture.form == "roman":
        return words.from_roman(text)
    if picture.form == "words":
        return words.from_words(text)
    digits = text[:-2] if picture.ordinal else text
    for char in {"," if picture.regular else "", *(char for _, char in picture.separators)}:
        digits = digits.replace(char, "") if char else digits
    if picture.zero != 0x30:
        digits = "".join(chr(ord(c) - picture.zero + 0x30) if _zero_of(c) == picture.zero else c for c in digits)
    return _leading_integer(digits)


def _leading_integer(text: str) -> int | None:
    """JavaScript's `parseInt`."""
    digits = text.strip()
    sign, rest = (-1 if digits[:1] == "-" else 1), digits.lstrip("+-") if digits[:1] in ("+", "-") else digits
    end = 0
    while end < len(rest) and rest[end].isascii() and rest[end].isdigit():
        end += 1
    return sign * int(rest[: min(end, 400)]) if end else None


def format_integer(call: Call, value: Any, picture: Any = UNDEFINED) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    text = "" if picture is UNDEFINED else picture
    call.run.spend(len(text) + 20)
    call.run.hold(2 * len(text))
    if not math.isfinite(to_double(value)):
        raise JsonataError("D1001", value=value)
    return write(math.floor(value), read_picture(text))


def parse_integer(call: Call, text: Any, picture: Any = UNDEFINED) -> Any:
    """What the picture cannot read is not a number: AWS does not fail there."""
    if text is UNDEFINED:
        return UNDEFINED
    form = "" if picture is UNDEFINED else picture
    call.run.spend(len(form) + len(text) + 20)
    number = read(text, read_picture(form))
    if number is None:
        call.run.unusual = True
        return math.nan
    return tidy(number)

"""`$formatNumber`: numbers in decimal pictures such as `#,##0.00;(#,##0.00)`.

XPath and XQuery Functions 3.1, section 4.7, as the language's reference implementation reads it; of several faults in a
picture the last one is told, as there and on AWS.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

from engine.query.jsonata.calls import Call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.json_text import number_text
from engine.query.jsonata.numbers import rounded
from engine.query.jsonata.values import UNDEFINED, to_double

_PROPERTIES = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "infinity": "Infinity",
    "minus-sign": "-",
    "NaN": "NaN",
    "percent": "%",
    "per-mille": "‰",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}


class _Symbols:
    """The characters that mean something in a picture."""

    __slots__ = (
        "active",
        "decimal",
        "digit",
        "exponent",
        "family",
        "grouping",
        "mille",
        "minus",
        "percent",
        "separator",
    )

    def __init__(self, options: dict[str, Any]):
        given = {name: str(value) for name, value in options.items() if name in _PROPERTIES}
        properties = {**_PROPERTIES, **given}
        self.decimal = properties["decimal-separator"]
        self.grouping = properties["grouping-separator"]
        self.exponent = properties["exponent-separator"]
        self.minus = properties["minus-sign"]
        self.percent = properties["percent"]
        self.mille = properties["per-mille"]
        self.digit = properties["digit"]
        self.separator = properties["pattern-separator"]
        zero = ord(properties["zero-digit"][:1] or "0")
        self.family = "".join(chr(zero + digit) for digit in range(10) if zero + digit < 0x110000)
        self.active = {*self.family, self.decimal, self.exponent, self.grouping, self.digit, self.separator}

    def mandatory(self, text: str) -> int:
        return sum(char in self.family for char in text)

    def digits(self, text: str) -> int:
        return sum(char in self.family or char == self.digit for char in text)

    def written(self, text: str) -> str:
        return "".join(self.family[int(char)] if char.isdigit() else char for char in text)


@dataclass(slots=True)
class _Picture:
    """A sub-picture taken apart."""

    text: str
    prefix: str
    suffix: str
    active: str
    mantissa: str
    exponent: str | None
    whole: str
    fraction: str


def format_number(call: Call, value: Any, picture: Any = UNDEFINED, options: Any = UNDEFINED) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    symbols = _Symbols({} if options is UNDEFINED else options)
    text = "" if picture is UNDEFINED else picture
    call.run.spend(len(text) + 20)
    texts = text.split(symbols.separator) if symbols.separator else [text]
    if len(texts) > 2:
        raise JsonataError("D3080")
    pictures = [_taken_apart(each, symbols) for each in texts]
    for each in pictures:
        _validate(each, symbols)
    chosen = pictures[0]
    if value < 0:
        chosen = pictures[-1]
        if len(pictures) == 1:
            chosen.prefix = symbols.minus + chosen.prefix
    if not math.isfinite(to_double(value)):
        return chosen.prefix + number_text(abs(value)) + chosen.suffix
    return _formatted(value, chosen, symbols)


def _taken_apart(text: str, symbols: _Symbols) -> _Picture:
    places = [at for at, char in enumerate(text) if char in symbols.active and char != symbols.exponent]
    prefix = text[: places[0]] if places else ""
    suffix = text[places[-1] + 1 :] if places else ""
    active = text[len(prefix) : len(text) - len(suffix)]
    at = text.find(symbols.exponent, len(prefix))
    mantissa, exponent = active, None
    if 0 <= at <= len(text) - len(suffix):
        mantissa, exponent = active[: at - len(prefix)], active[at - len(prefix) + 1 :]
    point = mantissa.find(symbols.decimal)
    whole, fraction = (mantissa, suffix) if point < 0 else (mantissa[:point], mantissa[point + 1 :])
    return _Picture(text, prefix, suffix, active, mantissa, exponent, whole, fraction)


def _validate(picture: _Picture, symbols: _Symbols) -> None:
    text, whole, fraction = picture.text, picture.whole, picture.fraction
    point = text.find(symbols.decimal)
    percent, mille = symbols.percent in text, symbols.mille in text
    grouping = symbols.grouping
    around = (text[point - 1 : point], text[point + 1 : point + 2]) if point >= 0 else ()
    first_optional, last_optional = whole.find(symbols.digit), fraction.rfind(symbols.digit)
    exponent = picture.exponent
    faults = {
        "D3081": text.count(symbols.decimal) > 1,
        "D3082": text.count(symbols.percent) > 1,
        "D3083": text.count(symbols.mille) > 1,
        "D3084": percent and mille,
        "D3085": symbols.digits(picture.mantissa) == 0,
        "D3086": any(char not in symbols.active for char in picture.active),
        "D3087": grouping in around,
        "D3088": point < 0 and whole.endswith(grouping),
        "D3089": grouping * 2 in text,
        "D3090": first_optional >= 0 and symbols.mandatory(whole[:first_optional]) > 0,
        "D3091": last_optional >= 0 and symbols.mandatory(fraction[last_optional:]) > 0,
        "D3092": bool(exponent) and (percent or mille),
        "D3093": exponent is not None and symbols.mandatory(exponent) != max(len(exponent), 1),
    }
    found = [code for code, holds in faults.items() if holds]
    if found:
        raise JsonataError(found[-1])


def _formatted(value: float, picture: _Picture, symbols: _Symbols) -> str:
    least_whole = scale = symbols.mandatory(picture.whole)
    least_fraction, most_fraction = symbols.mandatory(picture.fraction), symbols.digits(picture.fraction)
    if least_whole == 0 and most_fraction == 0:
        if picture.exponent is not None:
            least_fraction = most_fraction = 1
        else:
            least_whole = 1
    if picture.exponent is not None and least_whole == 0 and symbols.digit in picture.whole:
        least_whole = 1
    if least_whole == 0 and least_fraction == 0:
        least_fraction = 1
    number = to_double(value) * (
        100 if symbols.percent in picture.text else 1000 if symbols.mille in picture.text else 1
    )
    exponent = None
    if picture.exponent is not None:
        number, exponent = _scaled(number, scale)
    digits = _fixed(rounded(number, most_fraction), most_fraction)
    whole, _, fraction = digits.partition(".")
    whole = symbols.written(whole.lstrip("0").rjust(least_whole, "0"))
    fraction = symbols.written(fraction.rstrip("0").ljust(least_fraction, "0"))
    text = _grouped(whole, picture, symbols)
    fraction = _grouped_fraction(fraction, picture, symbols)
    if symbols.decimal in picture.text and fraction:
        text += symbols.decimal + fraction
    if exponent is not None and picture.exponent is not None:
        shown = symbols.written(str(abs(exponent)).rjust(symbols.mandatory(picture.exponent), "0"))
        text += symbols.exponent + (symbols.minus if exponent < 0 else "") + shown
    return picture.prefix + text + picture.suffix


def _scaled(number: float, scale: int) -> tuple[float, int]:
    """Mantissa and exponent, with `scale` digits before the point."""
    exponent = 0
    mantissa = number
    if not math.isfinite(number) or number == 0:
        return number, 0
    while abs(mantissa) < 10.0 ** (scale - 1):
        mantissa *= 10
        exponent -= 1
    while abs(mantissa) > 10.0**scale:
        mantissa /= 10
        exponent += 1
    return mantissa, exponent


def _fixed(number: float, places: int) -> str:
    return f"{abs(Decimal(repr(to_double(number)))):.{places}f}"


def _positions(part: str, symbols: _Symbols, to_left: bool) -> list[int]:
    """How many digits stand at the right of each grouping separator (at the left: in a fraction)."""
    places = [at for at, char in enumerate(part) if char == symbols.grouping]
    return [symbols.digits(part[:at] if to_left else part[at:]) for at in places]


def _grouped(whole: str, picture: _Picture, symbols: _Symbols) -> str:
    positions = _positions(picture.whole, symbols, False)
    if positions:
        factor = reduce(math.gcd, positions)
        if factor and all(factor * at in positions for at in range(1, len(positions) + 1)):
            positions = list(range(factor, len(whole), factor))
    return _inserted(whole, {len(whole) - position for position in positions}, symbols)


def _grouped_fraction(fraction: str, picture: _Picture, symbols: _Symbols) -> str:
    if not symbols.decimal or symbols.decimal not in picture.text:
        return fraction
    return _inserted(fraction, set(_positions(picture.fraction, symbols, True)), symbols)


def _inserted(digits: str, places: set[int], symbols: _Symbols) -> str:
    return "".join((symbols.grouping if at in places and at > 0 else "") + digit for at, digit in enumerate(digits))

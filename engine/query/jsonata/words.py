"""Whole numbers in words, Roman numerals and letters, both ways: what pictures of integers and dates can ask for."""

import re
from itertools import pairwise

_FEW = (
    "Zero One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen Sixteen Seventeen "
    "Eighteen Nineteen"
).split()
_ORDINALS = (
    "Zeroth First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth Thirteenth Fourteenth "
    "Fifteenth Sixteenth Seventeenth Eighteenth Nineteenth"
).split()
_DECADES = "Twenty Thirty Forty Fifty Sixty Seventy Eighty Ninety".split()
_MAGNITUDES = "Thousand Million Billion Trillion".split()
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN_DIGITS = {"m": 1000, "d": 500, "c": 100, "l": 50, "x": 10, "v": 5, "i": 1}
_SEPARATORS = re.compile(r",\s|\sand\s|[\s\\-]")

WORD_VALUES: dict[str, int] = {
    **{word.lower(): at for at, word in enumerate(_FEW)},
    **{word.lower(): at for at, word in enumerate(_ORDINALS)},
    **{word.lower(): 10 * at for at, word in enumerate(_DECADES, 2)},
    **{word.lower()[:-1] + "ieth": 10 * at for at, word in enumerate(_DECADES, 2)},
    "hundred": 100,
    "hundredth": 100,
    **{word.lower(): 1000**at for at, word in enumerate(_MAGNITUDES, 1)},
    **{word.lower() + "th": 1000**at for at, word in enumerate(_MAGNITUDES, 1)},
}


def to_words(number: int, ordinal: bool) -> str:
    return _words(number, False, ordinal)


def _words(number: int, behind: bool, ordinal: bool) -> str:
    """`behind`: more stands at the left."""
    if number < 20:
        return (" and " if behind else "") + (_ORDINALS if ordinal else _FEW)[number]
    if number < 100:
        decade, rest = _DECADES[number // 10 - 2], number % 10
        tens = (" and " if behind else "") + decade
        if rest:
            return f"{tens}-{_words(rest, False, ordinal)}"
        return tens[:-1] + "ieth" if ordinal else tens
    if number < 1000:
        head, rest = f"{_FEW[number // 100]} Hundred", number % 100
    else:
        magnitude = min((len(str(number)) - 1) // 3, len(_MAGNITUDES))
        many, rest = divmod(number, 1000**magnitude)
        head = f"{_words(many, False, False)} {_MAGNITUDES[magnitude - 1]}"
    text = (", " if behind else "") + head
    if rest:
        return text + _words(rest, True, ordinal)
    return text + "th" if ordinal else text


def from_words(text: str) -> int | None:
    """None for what are no words of numbers."""
    segments = [0]
    for word in _SEPARATORS.split(text.lower()):
        value = WORD_VALUES.get(word)
        if value is None:
            return None
        if value >= 100:
            segments.append(segments.pop() * value)
            continue
        top = segments.pop()
        if top >= 1000:
            segments.append(top)
            top = 0
        segments.append(top + value)
    return sum(segments)


def to_roman(number: int) -> str:
    parts: list[str] = []
    for value, letters in _ROMAN:
        many, number = divmod(number, value)
        parts.append(letters * many)
    return "".join(parts)


def from_roman(text: str) -> int | None:
    values = [_ROMAN_DIGITS.get(letter) for letter in text.lower()]
    digits = [value for value in values if value is not None]
    if len(digits) < len(values):
        return None
    return sum(-one if one < following else one for one, following in pairwise([*digits, 0]))


def to_letters(number: int, first: str) -> str:
    letters: list[str] = []
    while number > 0:
        number, letter = divmod(number - 1, 26)
        letters.append(chr(ord(first) + letter))
    return "".join(reversed(letters))


def from_letters(text: str, first: str) -> int:
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - ord(first) + 1
    return number

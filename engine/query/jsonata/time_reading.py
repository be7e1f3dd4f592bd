"""Times read from texts: ISO 8601, and pictures of dates and times.

A picture has to give a date or a time without a gap: what stands at the right of it is zero, at the left it is now.
"""

import re

from engine.query.jsonata import calendar_days as days
from engine.query.jsonata import integer_picture, words
from engine.query.jsonata.errors import JsonataError, JsonataSyntaxError, memory_exceeded
from engine.query.jsonata.frame import Run
from engine.query.jsonata.integer_picture import IntegerPicture
from engine.query.jsonata.regex import Regex
from engine.query.jsonata.time_picture import DAYS, MONTHS, Marker, Part, fragment, read_picture

_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_DATES = {"YMD": 0b10100001, "Yd": 0b10000010, "YxwF": 0b01010100, "XWF": 0b01001000}  # over YXMxWwdD
_TIMES = {"Hmsf": 0b010111, "Phmsf": 0b101111}  # over PHhmsf


def read_iso(text: str) -> int | None:
    """Milliseconds since 1970; None for what is no such time."""
    found = _ISO.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    parts = [int(part) for part in (month or "1", day or "1", hour or "0", minute or "0", second or "0")]
    at_day = days.day_of(int(year), parts[0], parts[1])
    late = parts[2:] == [24, 0, 0]
    if days.civil(at_day) != (int(year), parts[0], parts[1]) or parts[2] > 23 + late or parts[3] > 59 or parts[4] > 59:
        return None
    ms = int((fraction or "0").ljust(3, "0")[:3])
    total = at_day * days.DAY_MS + ((parts[2] * 60 + parts[3]) * 60 + parts[4]) * 1000 + ms
    return total - _offset_minutes(zone or "Z") * 60_000


def _offset_minutes(zone: str) -> int:
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return -minutes if zone[0] == "-" else minutes


def read_time(text: str, picture: str, run: Run) -> int | None:
    """None where the text does not match, or the picture has no components. Raises JsonataError D3136."""
    parts = read_picture(picture)
    pattern = "".join(f"({_pattern(part)})" for part in parts)
    try:
        regex = Regex(f"^{pattern}$", "i")
    except JsonataSyntaxError:  # well formed it is, so there must be too much of it
        raise memory_exceeded() from None
    run.spend(len(pattern))
    found = regex.search(text, 0, run.spend)
    if found is None:
        return None
    values: dict[str, int] = {}
    for part, group in zip(parts, found.groups, strict=True):
        if isinstance(part, Marker) and group is not None:
            value = _value(part, group)
            if value is not None:
                values[part.component] = value
    return _assembled(values, run) if values else None


def _pattern(part: Part) -> str:
    if isinstance(part, str):
        return re.sub(r"([.*+?^${}()|\[\]\\/])", r"\\\1", part)
    if part.component in ("Z", "z"):
        assert part.integer is not None, "zones are numbers"
        separator = re.escape(part.integer.separators[0][1]) if part.integer.regular else ""
        return ("GMT" if part.component == "z" else "") + "[-+][0-9]+" + (f"{separator}[0-9]+" if separator else "")
    if part.integer is not None:
        return _integer_pattern(part.integer)
    if part.component not in "MxFP":
        raise JsonataError("D3133", value=part.component)
    return "[a-zA-Z]+"


def _integer_pattern(form: IntegerPicture) -> str:
    if form.form == "sequence":
        raise JsonataError("D3130", value=form.token)
    if form.form == "letters":
        return "[A-Z]+" if form.case == "upper" else "[a-z]+"
    if form.form == "roman":
        return "[MDCLXVI]+" if form.case == "upper" else "[mdclxvi]+"
    if form.form == "words":
        return "(?:" + "|".join([*words.WORD_VALUES, "and", r"[\-, ]"]) + ")+"
    digits = "[0-9]+" if form.width is None else f"[0-9]{{{form.width}}}"
    return digits + ("(?:th|st|nd|rd)" if form.ordinal else "")


def _value(marker: Marker, text: str) -> int | None:
    component = marker.component
    if component in ("Z", "z"):
        return _zone_value(marker, text)
    if marker.integer is not None:
        return integer_picture.read(text, marker.integer)
    if component == "P":
        return {"am": 0, "pm": 1}.get(text.lower())
    names = MONTHS if component in ("M", "x") else DAYS
    cut = [name[: marker.width_max].lower() for name in names]
    return cut.index(text.lower()) + 1 if text.lower() in cut else None


def _zone_value(marker: Marker, text: str) -> int:
    digits = text[3:] if marker.component == "z" else text
    sign = -1 if digits[0] == "-" else 1
    assert marker.integer is not None, "zones are numbers"
    if marker.integer.regular:
        hours, _, minutes = digits[1:].partition(marker.integer.separators[0][1])
    elif len(digits) <= 3:
        hours, minutes = digits[1:], "0"
    else:
        hours, minutes = digits[1:3], digits[3:]
    return sign * (int(hours[:6]) * 60 + int(minutes[:6]))


def _assembled(values: dict[str, int], run: Run) -> int:
    date = _fitting(values, "YXMxWwdD", _DATES, "YMD")
    time = _fitting(values, "PHhmsf", _TIMES, "Hmsf")
    if date in ("YxwF", "XWF"):
        raise JsonataError("D3136")
    _completed(values, date + time, run)
    year, hour = values["Y"], values.get("H", 0)
    if date == "Yd":
        day = days.day_of(year, 1, values["d"])
    else:
        day = days.day_of(year, max(values["M"], 1), values["D"])
    if time == "Phmsf":
        hour = values["h"] % 12 + 12 * values["P"]
    ms = ((hour * 60 + values["m"]) * 60 + values["s"]) * 1000 + values["f"]
    return day * days.DAY_MS + ms - (values.get("Z", 0) or values.get("z", 0)) * 60_000


def _fitting(values: dict[str, int], order: str, sets: dict[str, int], default: str) -> str:
    """The set of components that those given belong to."""
    mask = 0
    for component in order:
        mask = mask << 1 | (component in values)
    return next((name for name, bits in sets.items() if mask & bits and not mask & ~bits), default)


def _completed(values: dict[str, int], components: str, run: Run) -> None:
    now = days.instant(run.moment.epoch_ms)
    started = ended = False
    for component in components:
        if component in values:
            started = True
            if ended:
                raise JsonataError("D3136")
        elif started:
            values[component] = 1 if component in "MDd" else 0
            ended = True
        else:
            values[component] = fragment(now, component)

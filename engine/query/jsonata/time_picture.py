"""Pictures of dates and times, `[Y0001]-[M01]-[D01]`, and times written in them.

XPath and XQuery Functions 3.1, section 9.8.4, in the reference implementation's reading.
"""

from dataclasses import dataclass
from functools import lru_cache

from engine.query.jsonata import calendar_days as days
from engine.query.jsonata import integer_picture
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.integer_picture import IntegerPicture

_REMEMBERED_CHARS = 200
ISO_8601 = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
MONTHS = ("January February March April May June July August September October November December").split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_NUMERIC = "YMDdFWwXxHhmsf"
_DEFAULTS = {
    "Y": "1", "M": "1", "D": "1", "d": "1", "F": "n", "W": "1", "w": "1", "X": "1", "x": "1", "H": "1", "h": "1",
    "P": "n", "m": "01", "s": "01", "f": "1", "Z": "01:01", "z": "01:01", "C": "n", "E": "n",
}  # fmt: skip


@dataclass(slots=True)
class Marker:
    """`[...]`: which component, and how it is written. `names` is lower, title or upper where it is a name."""

    component: str
    presentation: str
    second: str = ""
    width_max: int | None = None
    names: str | None = None
    integer: IntegerPicture | None = None
    year_digits: int = -1


Part = str | Marker


def read_picture(picture: str) -> tuple[Part, ...]:
    """Literals and markers. Raises JsonataError D3132 and D3135."""
    return _remembered(picture) if len(picture) <= _REMEMBERED_CHARS else _read(picture)


@lru_cache(maxsize=256)
def _remembered(picture: str) -> tuple[Part, ...]:
    return _read(picture)


def _read(picture: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    at = start = 0
    while at < len(picture):
        if picture[at] != "[":
            at += 1
            continue
        _literal(parts, picture[start:at])
        if picture[at + 1 : at + 2] == "[":
            parts.append("[")
            at = start = at + 2
            continue
        end = picture.find("]", at)
        if end < 0:
            raise JsonataError("D3135")
        marker = _marker("".join(picture[at + 1 : end].split()))
        before = parts[-1] if parts else None
        if marker.integer and isinstance(before, Marker) and before.integer and marker.component in _NUMERIC:
            before.integer.width = before.integer.mandatory  # nothing between them: its width has to be known
        parts.append(marker)
        at = start = end + 1
    _literal(parts, picture[start:])
    return tuple(parts)


def _literal(parts: list[Part], text: str) -> None:
    if text:
        parts.append(text.replace("]]", "]"))


def _marker(text: str) -> Marker:
    component, rest = text[:1], text[1:]
    presentation, comma, width = rest.rpartition(",")
    if not comma:
        presentation, width = rest, ""
    least, most = _widths(width)
    second = ""
    if len(presentation) > 1 and presentation[-1] in "atco":
        presentation, second = presentation[:-1], presentation[-1]
    presentation = presentation or _DEFAULTS.get(component, "")
    if not presentation:
        raise JsonataError("D3132", value=component)
    marker = Marker(component, presentation, second, most)
    if presentation[0] in "nN":
        upper = presentation[0] == "N"
        marker.names = ("title" if presentation[1:2] == "n" else "upper") if upper else "lower"
    elif component in _NUMERIC:
        _numeric(marker, least)
    if component in ("Z", "z"):
        marker.integer = integer_picture.read_picture(presentation)
    return marker


def _widths(width: str) -> tuple[int | None, int | None]:
    least, _, most = width.partition("-")
    found = [int(part) if part.isascii() and part.isdigit() and len(part) < 4 else None for part in (least, most)]
    return found[0], found[1]


def _numeric(marker: Marker, least: int | None) -> None:
    form = integer_picture.read_picture(marker.presentation + (f";{marker.second}" if marker.second else ""))
    marker.integer = form
    if least is not None:
        form.mandatory = max(form.mandatory, least)
    if marker.component == "Y":
        if marker.width_max is not None:
            marker.year_digits = form.mandatory = marker.width_max
        elif form.mandatory + form.optional >= 2:
            marker.year_digits = form.mandatory + form.optional


def fragment(when: days.Instant, component: str) -> int:
    """A component as a number."""
    year, month, day = when.date
    seconds = when.ms // 1000
    hour = seconds // 3600
    values = {
        "Y": lambda: year, "M": lambda: month, "D": lambda: day,
        "d": lambda: days.day_of_year(when.day), "F": lambda: when.weekday,
        "W": lambda: days.week_of_year(when.day), "w": lambda: days.week_of_month(when.day),
        "X": lambda: days.week_year(when.day), "x": lambda: days.week_month(when.day),
        "H": lambda: hour, "h": lambda: hour % 12 or 12, "P": lambda: int(hour >= 12),
        "m": lambda: seconds // 60 % 60, "s": lambda: seconds % 60, "f": lambda: when.ms % 1000,
    }  # fmt: skip
    found = values.get(component)
    if found is None:
        raise JsonataError("D3132", value=component)
    return found()


def format_time(epoch_ms: int, picture: str, offset_minutes: int) -> str:
    """A time in a picture, in the zone that is `offset_minutes` ahead of UTC."""
    when = days.instant(epoch_ms + offset_minutes * 60_000)
    return "".join(
        part if isinstance(part, str) else _component(when, part, offset_minutes) for part in read_picture(picture)
    )


def _component(when: days.Instant, marker: Marker, offset_minutes: int) -> str:
    component = marker.component
    if component in ("Z", "z"):
        return _zone(marker, offset_minutes)
    if component in ("C", "E"):
        return "ISO"
    value = fragment(when, component)
    if component == "P":
        return _cased("pm" if value else "am", marker.names)
    if marker.names is not None:
        return _name(marker, value)
    if component == "Y" and marker.year_digits != -1:
        value = abs(value) % 10**marker.year_digits * (1 if value >= 0 else -1)
    assert marker.integer is not None, "what is no name is a number"
    return integer_picture.write(value, marker.integer)


def _name(marker: Marker, value: int) -> str:
    if marker.component in ("M", "x"):
        name = MONTHS[value - 1]
    elif marker.component == "F":
        name = DAYS[value - 1]
    else:
        raise JsonataError("D3133", value=marker.component)
    return _cased(name, marker.names)[: marker.width_max]


def _cased(name: str, names: str | None) -> str:
    return name.upper() if names == "upper" else name.lower() if names == "lower" else name


def _zone(marker: Marker, offset_minutes: int) -> str:
    hours, minutes = divmod(abs(offset_minutes), 60)
    form = marker.integer
    assert form is not None, "zones are numbers"
    if offset_minutes == 0 and marker.second == "t":
        return "Z"
    if form.regular:
        text = integer_picture.write(hours * 100 + minutes, form)
    elif form.mandatory in (1, 2):
        text = integer_picture.write(hours, form) + (f":{minutes:02d}" if minutes else "")
    elif form.mandatory in (3, 4):
        text = integer_picture.write(hours * 100 + minutes, form)
    else:
        raise JsonataError("D3134", value=form.mandatory)
    return ("GMT" if marker.component == "z" else "") + ("-" if offset_minutes < 0 else "+") + text

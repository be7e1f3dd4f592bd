"""The library's functions on dates and times (docs.jsonata.org/date-time-functions)."""

import re
from typing import Any

from engine.query.jsonata import calendar_days as days
from engine.query.jsonata.calls import Call
from engine.query.jsonata.errors import JsonataError
from engine.query.jsonata.time_picture import ISO_8601, format_time
from engine.query.jsonata.time_reading import read_iso, read_time
from engine.query.jsonata.values import UNDEFINED, to_double

_ZONE = re.compile(r"\s*([+-]?)(\d{1,6})")


def now(call: Call, picture: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    return from_millis(call, call.run.moment.epoch_ms, picture, zone)


def from_millis(call: Call, millis: Any, picture: Any = UNDEFINED, zone: Any = UNDEFINED) -> Any:
    if millis is UNDEFINED:
        return UNDEFINED
    if not abs(to_double(millis)) <= days.EPOCH_MS_MAX:
        raise JsonataError("D1001", value=millis)
    form = ISO_8601 if picture is UNDEFINED else picture
    call.run.spend(len(form) + 20)
    return format_time(int(millis), form, _minutes(zone))


def _minutes(zone: Any) -> int:
    """`+0530` is 330, `-0500` is -300."""
    found = _ZONE.match(zone) if type(zone) is str else None
    if not found:
        return 0
    hours, minutes = divmod(int(found.group(2)), 100)
    return (-1 if found.group(1) == "-" else 1) * (hours * 60 + minutes)


def to_millis(call: Call, text: Any, picture: Any = UNDEFINED) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        found = read_iso(text)
        if found is None:
            raise JsonataError("D3110", value=text)
        return found
    call.run.spend(len(picture) * 4 + len(text) + 50)
    read = read_time(text, picture, call.run)
    return UNDEFINED if read is None else read

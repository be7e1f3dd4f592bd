"""Timestamps as Wait and Choice take them: ISO-8601 extended date-times with an offset, the profile of RFC 3339.

`2016-03-14T01:59:00Z`, `2016-03-14T01:59:00.123456789+05:30`. AWS reads them with Java's ISO_OFFSET_DATE_TIME: seconds
may be left out, `t` and `z` be small, a fraction has one to nine digits; a blank instead of the `T`, or no offset, is
refused.
"""

import re
from datetime import UTC, datetime

_TEXT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
    r"(?:[Zz]|([+-])(\d\d):(\d\d)(?::(\d\d))?)",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET_SECONDS_MAX = 18 * 3600


def parse_timestamp(text: str) -> int:
    """Epoch milliseconds; what is finer is cut off. Raises ValueError."""
    return parse_timestamp_ns(text) // 1_000_000


def parse_timestamp_ns(text: str) -> int:
    """Epoch nanoseconds, for comparisons. Raises ValueError."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"not an ISO-8601 extended offset date-time: {text[:100]!r}")
    year, month, day, hour, minute = map(int, found.group(1, 2, 3, 4, 5))
    second = int(found[6] or 0)
    elapsed = (
        datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _EPOCH
    )  # refuses a 13th month or a 61st second
    seconds = elapsed.days * 86_400 + elapsed.seconds - _offset_seconds(found)
    return seconds * 1_000_000_000 + int((found[7] or "").ljust(9, "0"))


def _offset_seconds(found: re.Match[str]) -> int:
    if found[8] is None:
        return 0
    hours, minutes, seconds = int(found[9]), int(found[10]), int(found[11] or 0)
    offset = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or offset > _OFFSET_SECONDS_MAX:
        raise ValueError(f"no such offset from UTC: {found[8]}{found[9]}:{found[10]}")
    return -offset if found[8] == "-" else offset

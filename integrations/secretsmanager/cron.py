"""cron() expressions of rotation schedules: parsed, and when they are due next. Pure; UTC.

    cron(Minutes Hours Day-of-month Month Day-of-week Year)

| field | values | wildcards |
|---|---|---|
| minutes | 0 | |
| hours | 0-23 | `, - * /` |
| day of month | 1-31 | `, - * ? / L` |
| month | 1-12, JAN-DEC | `, - * /` |
| day of week | 1-7, SUN-SAT | `, - * ? # L /` |
| year | * | |

Windows open on the hour, hence 0 minutes. One of the two days is `?`. Source: "Rotation schedules" of the user guide.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
MONTH_NAMES = {name.upper(): number for name, number in MONTHS.items()}
DAY_NAMES = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_PART = re.compile(r"(?P<first>\*|[0-9A-Z]+)(?:-(?P<last>[0-9A-Z]+))?(?:/(?P<step>[0-9]+))?")
_NTH = re.compile(r"(?P<day>[0-9A-Z]+)#(?P<nth>[1-5])")
_LAST = re.compile(r"(?P<day>[0-9A-Z]+)L")
YEARS_AHEAD = 9  # the 29th of February comes within eight years

DayRule = Callable[[date], bool]


class CronError(ValueError):
    """An expression that is none; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Cron:
    """The hours of the days that `on` holds for."""

    hours: tuple[int, ...]
    months: frozenset[int]
    on: DayRule

    def after(self, epoch_ms: int) -> int | None:
        """The first time after `epoch_ms` at which it is due; None: never."""
        return next(self.times(epoch_ms), None)

    def times(self, epoch_ms: int) -> Iterator[int]:
        """All times after `epoch_ms`, in order, for some years."""
        first = datetime.fromtimestamp(epoch_ms / 1000, UTC).date()
        for offset in range(YEARS_AHEAD * 366):
            day = first + timedelta(days=offset)
            if day.month in self.months and self.on(day):
                midnight_ms = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
                for hour in self.hours:
                    if (due_ms := midnight_ms + hour * 3_600_000) > epoch_ms:
                        yield due_ms


def parse_cron(text: str) -> Cron:
    """What stands in the parentheses of cron(). Raises CronError."""
    fields = text.split()
    if len(fields) != 6:
        raise CronError("a cron expression has six fields: minutes, hours, day of month, month, day of week, year")
    minutes, hours, days, months, weekdays, year = fields
    if minutes != "0":
        raise CronError("the minutes must be 0: rotation windows open on the hour")
    if year != "*":
        raise CronError("the year must be *")
    if (days == "?") == (weekdays == "?"):
        raise CronError("exactly one of day of month and day of week must be ?")
    rule = _days_of_month(days) if weekdays == "?" else _days_of_week(weekdays)
    return Cron(
        tuple(sorted(_numbers(hours, 0, 23, {}, "hours"))),
        frozenset(_numbers(months, 1, 12, MONTH_NAMES, "month")),
        rule,
    )


def _days_of_month(text: str) -> DayRule:
    parts = text.split(",")
    numbers = {n for part in parts if part != "L" for n in _numbers(part, 1, 31, {}, "day of month")}
    last = "L" in parts
    return lambda day: day.day in numbers or (last and day.day == _days_in(day))


def _days_of_week(text: str) -> DayRule:
    """1 is Sunday. `6L`: the last Friday of the month, `L`: Saturday, `SUN#1`: the first Sunday."""
    plain: set[int] = set()
    nths: set[tuple[int, int]] = set()
    lasts: set[int] = set()
    for part in text.split(","):
        if part == "L":
            plain.add(7)
        elif nth := _NTH.fullmatch(part):
            nths.add((_number(nth["day"], 1, 7, DAY_NAMES, "day of week"), int(nth["nth"])))
        elif last := _LAST.fullmatch(part):
            lasts.add(_number(last["day"], 1, 7, DAY_NAMES, "day of week"))
        else:
            plain |= _numbers(part, 1, 7, DAY_NAMES, "day of week")

    def rule(day: date) -> bool:
        weekday = day.isoweekday() % 7 + 1
        nth = (day.day - 1) // 7 + 1
        return weekday in plain or (weekday, nth) in nths or (weekday in lasts and day.day > _days_in(day) - 7)

    return rule


def _numbers(text: str, low: int, high: int, names: dict[str, int], field: str) -> set[int]:
    """The numbers of a list of values, ranges and steps."""
    found: set[int] = set()
    for part in text.split(","):
        matched = _PART.fullmatch(part)
        if matched is None or (matched["first"] == "*" and matched["last"] is not None):
            raise CronError(f"{part!r} is no {field}")
        first = low if matched["first"] == "*" else _number(matched["first"], low, high, names, field)
        last = first if matched["last"] is None else _number(matched["last"], low, high, names, field)
        if matched["last"] is None and (matched["first"] == "*" or matched["step"] is not None):
            last = high
        step = int(matched["step"] or 1)
        if not 1 <= step <= high or last < first:
            raise CronError(f"{part!r} is no {field}")
        found |= set(range(first, last + 1, step))
    return found


def _number(text: str, low: int, high: int, names: dict[str, int], field: str) -> int:
    number = names.get(text) or (int(text) if text.isdigit() else -1)
    if not low <= number <= high:
        raise CronError(f"{text!r} is no {field}: {low} to {high}")
    return number


def _days_in(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]

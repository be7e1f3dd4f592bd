"""Days and their parts, over all the years that JavaScript's dates have (Python's end at 9999).

ISO 8601 counts: weeks begin on Monday and belong to the year, or month, that has their Thursday.
"""

from dataclasses import dataclass

DAY_MS = 86_400_000
EPOCH_MS_MAX = 8_640_000_000_000_000
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Instant:
    """A time in UTC: `day` counts from 1970-01-01, `ms` from its midnight."""

    day: int
    ms: int

    @property
    def date(self) -> tuple[int, int, int]:
        return civil(self.day)

    @property
    def weekday(self) -> int:
        """1 is Monday."""
        return (self.day + 3) % _WEEK + 1


def instant(epoch_ms: int) -> Instant:
    return Instant(*divmod(epoch_ms, DAY_MS))


def civil(day: int) -> tuple[int, int, int]:
    """(year, month, day) of a day."""
    shifted = day + 719_468  # eras of 400 years begin on the first of March
    era, of_era = divmod(shifted, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    return (
        year + era * 400 + (month >= 10),
        month + 3 if month < 10 else month - 9,
        of_year - (153 * month + 2) // 5 + 1,
    )


def day_of(year: int, month: int, day: int) -> int:
    """The day of a date; months and days beyond theirs run over, as in JavaScript."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468 + day - 1


def _first_week(year: int, month: int) -> int:
    """The Monday of the first week of a month."""
    first = day_of(year, month, 1)
    weekday = (first + 3) % _WEEK + 1
    return first + 8 - weekday if weekday > 4 else first - (weekday - 1)


def day_of_year(day: int) -> int:
    return day - day_of(civil(day)[0], 1, 1) + 1


def week_year(day: int) -> int:
    year = civil(day)[0]
    if day < _first_week(year, 1):
        return year - 1
    return year + 1 if day >= _first_week(year + 1, 1) else year


def week_of_year(day: int) -> int:
    return (day - _first_week(week_year(day), 1)) // _WEEK + 1


def _week_month(day: int) -> tuple[int, int]:
    """(year, month) that the day's week belongs to."""
    year, month, _ = civil(day)
    if day < _first_week(year, month):
        return (year, month - 1) if month > 1 else (year - 1, 12)
    following = (year, month + 1) if month < 12 else (year + 1, 1)
    return following if day >= _first_week(*following) else (year, month)


def week_month(day: int) -> int:
    return _week_month(day)[1]


def week_of_month(day: int) -> int:
    return (day - _first_week(*_week_month(day))) // _WEEK + 1

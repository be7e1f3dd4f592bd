"""Rotation schedules: what RotationRules may be, and the window in which a secret is rotated next. Pure; UTC.

| RotationRules | windows open | and close, without Duration |
|---|---|---|
| AutomaticallyAfterDays, rate(N days) | at midnight, N days after the last rotation | at the end of the day |
| rate(N hours) | every N hours, counted from the midnight before the schedule was set | after an hour |
| cron() with several hours of a day | at its times | after an hour |
| cron() otherwise | at its times | at the end of the day |

AWS rotates at some time in the window; here it is when it opens.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import orjson

from integrations.secretsmanager.cron import Cron, CronError, parse_cron
from integrations.secretsmanager.errors import invalid_parameter

if TYPE_CHECKING:
    from integrations.secretsmanager.store import Secret

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
_RATE = re.compile(r"rate\(([1-9][0-9]{0,3}) (hours?|days?)\)")
_CRON = re.compile(r"cron\((.+)\)")
RATE_HOURS_MIN = 4
RATE_DAYS_MAX = 999
_GAPS_LOOKED_AT = 400  # windows of a cron schedule that are checked for their distance


@dataclass(frozen=True, slots=True)
class Window:
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """One of `days`, `hours` and `cron`."""

    days: int | None = None
    hours: int | None = None
    cron: Cron | None = None
    duration_hours: int | None = None


def check_rules(rules: dict[str, Any]) -> Schedule | None:
    """The schedule that RotationRules say; None: they say none. Raises InvalidParameterException."""
    days, expression, duration = (
        rules.get(key) for key in ("AutomaticallyAfterDays", "ScheduleExpression", "Duration")
    )
    if days is not None and expression is not None:
        raise invalid_parameter("You cannot specify both rotation frequency and schedule expression together.")
    hours = None if duration is None else int(duration[:-1])
    if days is None and expression is None:
        if hours is not None:
            raise invalid_parameter("A Duration in RotationRules means nothing without a rotation schedule.")
        return None
    schedule = Schedule(days=days, duration_hours=hours) if expression is None else _expression(expression, hours)
    if hours is not None:
        _check_duration(schedule, hours)
    return schedule


@lru_cache(maxsize=256)
def _expression(text: str, duration_hours: int | None) -> Schedule:
    if rate := _RATE.fullmatch(text):
        number = int(rate[1])
        if rate[2].startswith("day"):
            if number > RATE_DAYS_MAX:
                raise invalid_parameter(f"Invalid ScheduleExpression: a rate has {RATE_DAYS_MAX} days at most.")
            return Schedule(days=number, duration_hours=duration_hours)
        if number < RATE_HOURS_MIN:
            raise invalid_parameter(f"Invalid ScheduleExpression: a rate has {RATE_HOURS_MIN} hours at least.")
        return Schedule(hours=number, duration_hours=duration_hours)
    cron = _CRON.fullmatch(text)
    if cron is None:
        raise invalid_parameter("Invalid ScheduleExpression: it must be rate(...) or cron(...).")
    try:
        parsed = parse_cron(cron[1])
    except CronError as error:
        raise invalid_parameter(f"Invalid ScheduleExpression: {error}.") from None
    if parsed.after(0) is None:
        raise invalid_parameter("Invalid ScheduleExpression: it is never due.")
    if _smallest_gap_hours(parsed) < RATE_HOURS_MIN:
        raise invalid_parameter(f"Invalid ScheduleExpression: rotations must be {RATE_HOURS_MIN} hours apart at least.")
    return Schedule(cron=parsed, duration_hours=duration_hours)


def _check_duration(schedule: Schedule, hours: int) -> None:
    """A window must not reach into the next one, nor, unless it opens every few hours, into the next day."""
    if hours < 1:
        raise invalid_parameter("Invalid Duration: a rotation window is an hour long at least.")
    if schedule.cron is not None:
        room = min(24 - schedule.cron.hours[-1], _smallest_gap_hours(schedule.cron))
    else:
        room = min(schedule.hours or 24, 24)
    if hours > room:
        raise invalid_parameter(
            "Invalid Duration: the rotation window must not extend into the next UTC day or the next rotation window."
        )


def _smallest_gap_hours(cron: Cron) -> int:
    times = list(islice(cron.times(0), _GAPS_LOOKED_AT))
    return min(((later - earlier) // HOUR_MS for earlier, later in pairwise(times)), default=RATE_DAYS_MAX * 24)


def next_window(schedule: Schedule, now_ms: int, anchor_ms: int) -> Window:
    """The first window that opens after `now_ms`. `anchor_ms`: when the schedule was set."""
    if schedule.days is not None:
        return _window(schedule, now_ms // DAY_MS * DAY_MS + schedule.days * DAY_MS)
    if schedule.hours is not None:
        midnight, step = anchor_ms // DAY_MS * DAY_MS, schedule.hours * HOUR_MS
        return _window(schedule, midnight + ((now_ms - midnight) // step + 1) * step)
    assert schedule.cron is not None
    start_ms = schedule.cron.after(now_ms)
    assert start_ms is not None, "checked when it was set"
    return _window(schedule, start_ms)


def _window(schedule: Schedule, start_ms: int) -> Window:
    if schedule.duration_hours is not None:
        return Window(start_ms, start_ms + schedule.duration_hours * HOUR_MS)
    hourly = schedule.hours is not None or (schedule.cron is not None and len(schedule.cron.hours) > 1)
    return Window(start_ms, start_ms + HOUR_MS if hourly else start_ms // DAY_MS * DAY_MS + DAY_MS - 1000)


def days_between(schedule: Schedule, now_ms: int) -> int:
    """AutomaticallyAfterDays as DescribeSecret shows it: from one rotation to the next, in days and one at least."""
    if schedule.days is not None:
        return schedule.days
    if schedule.hours is not None:
        return max(round(schedule.hours / 24), 1)
    assert schedule.cron is not None
    first, second = islice(schedule.cron.times(now_ms), 2)
    return max(round((second - first) / DAY_MS), 1)


def stored_rules(rules: dict[str, Any], now_ms: int) -> str:
    """RotationRules as they are kept: with the time at which they were set."""
    return orjson.dumps({**rules, "set": now_ms}).decode()


def schedule_of(secret: "Secret") -> tuple[Schedule | None, dict[str, Any], int]:
    """The schedule of a secret, its rules as they were given, and when that was."""
    stored = orjson.loads(secret.rotation_rules or "{}")
    anchor_ms = stored.pop("set", secret.created_ms)
    return check_rules(stored), stored, anchor_ms


def next_window_of(secret: "Secret", now_ms: int, by_hand: bool = False) -> Window | None:
    """The next window of a secret that was rotated just now; None: it has no schedule.

    `by_hand`: its value was changed otherwise, which only postpones what counts days.
    """
    schedule, _, anchor_ms = schedule_of(secret)
    if schedule is None or (by_hand and schedule.days is None):
        return None
    return next_window(schedule, now_ms, anchor_ms)


def shown_rules(secret: "Secret", now_ms: int) -> dict[str, Any]:
    """RotationRules of DescribeSecret."""
    schedule, rules, _ = schedule_of(secret)
    return rules if schedule is None else {"AutomaticallyAfterDays": days_between(schedule, now_ms), **rules}

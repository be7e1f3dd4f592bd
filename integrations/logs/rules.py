"""The rules of CloudWatch Logs that need no store: names and ARNs, retention, and what a batch of events may be.

Source: the API pages of PutLogEvents, PutRetentionPolicy and DescribeLogGroups. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine import limits
from engine.contract import Caller
from integrations.logs.errors import invalid

# PutRetentionPolicy takes these and no others.
RETENTION_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)
DAY_MS = 86_400_000

Event = dict[str, Any]


def group_arn(caller: Caller, name: str) -> str:
    """Without the `:*` at its end, which DescribeLogGroups shows as `arn`."""
    return caller.arn("logs", f"log-group:{name}")


def name_in_arn(caller: Caller, arn: str) -> str | None:
    """The group that an ARN names, with or without `:*`; None where it is not one of the caller's groups."""
    parts = arn.split(":", 6)
    if len(parts) != 7 or parts[0] != "arn" or parts[2] != "logs" or parts[5] != "log-group":
        return None
    if (parts[3], parts[4]) != (caller.region, caller.account):
        return None
    return parts[6].removesuffix(":*")


def group_name(caller: Caller, request: dict[str, Any]) -> str:
    """The group that `logGroupName` or `logGroupIdentifier` names; exactly one of the two is given."""
    name, identifier = request.get("logGroupName"), request.get("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise invalid("Exactly one of logGroupName and logGroupIdentifier must be specified.")
    if name is not None:
        return str(name)
    return identified(caller, str(identifier))


def identified(caller: Caller, identifier: str) -> str:
    """The name in a `logGroupIdentifier`: a name or an ARN. One of another account or region names no group here."""
    if not identifier.startswith("arn:"):
        return identifier
    return name_in_arn(caller, identifier) or ""


def check_retention(days: int) -> None:
    if days not in RETENTION_DAYS:
        listed = ", ".join(str(day) for day in sorted(RETENTION_DAYS))
        raise invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{listed}]"
        )


def event_bytes(event: Event) -> int:
    """What an event counts in a batch."""
    message = event["message"]
    return limits.LOG_EVENT_OVERHEAD_BYTES + (len(message) if message.isascii() else len(message.encode()))


def batch_bytes(request: dict[str, Any]) -> int:
    return sum(map(event_bytes, request["logEvents"]))


@dataclass(frozen=True, slots=True)
class Batch:
    """What of a PutLogEvents is kept, and `rejectedLogEventsInfo`, empty where all is."""

    kept: Sequence[Event]
    rejected: dict[str, int]


def take_batch(events: Sequence[Event], now_ms: int, retention_days: int | None) -> Batch:
    """Check a batch as PutLogEvents does: it is refused for its size, order and span; single events for their time."""
    sizes = [event_bytes(event) for event in events]
    if sum(sizes) > limits.LOG_BATCH_BYTES_MAX:
        raise invalid(f"Upload too large: {sum(sizes)} bytes exceeds limit of {limits.LOG_BATCH_BYTES_MAX}")
    if max(sizes) > limits.LOG_EVENT_BYTES_MAX:
        raise invalid(f"Log event too large: {max(sizes)} bytes exceeds limit of {limits.LOG_EVENT_BYTES_MAX}")
    times = [event["timestamp"] for event in events]
    if any(later < earlier for earlier, later in pairwise(times)):
        raise invalid("Log events in a single PutLogEvents request must be in chronological order.")
    too_old = sum(time < now_ms - limits.LOG_AGE_MS_MAX for time in times)
    expired = sum(time < now_ms - retention_days * DAY_MS for time in times) if retention_days is not None else 0
    too_new = sum(time > now_ms + limits.LOG_FUTURE_MS_MAX for time in times)
    first, end = max(too_old, expired), len(times) - too_new
    if first < end and times[end - 1] - times[first] > limits.LOG_BATCH_SPAN_MS:
        raise invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    rejected = {}
    if too_new:
        rejected["tooNewLogEventStartIndex"] = end
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired > too_old:
        rejected["expiredLogEventEndIndex"] = expired
    return Batch(events[first:end], rejected)

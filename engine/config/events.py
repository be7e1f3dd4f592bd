"""`[events]`: where the status changes of executions are published, as EventBridge events.

[events]
target = "http://127.0.0.1:9000/changes"      each event as the body of a POST
target = "events"                             PutEvents, at the endpoint that [endpoints] has for `events`
bus = "orders"                                its event bus; else `default`
target = "arn:aws:sqs:us-east-1:000000000000:changes"   each event as a message of this queue, in the execution's commit
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.config.values import Kind, read_table, refuse_unless, text

BUS = "events"  # in place of a URL
_QUEUE = re.compile(r"arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?")


@dataclass(frozen=True, slots=True)
class EventSettings:
    """One of a queue's ARN, a URL, and an event bus behind the endpoint of `events`."""

    url: str | None
    bus: str = "default"
    queue_arn: str | None = None


def read_events(
    table: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]
) -> EventSettings | None:
    if not isinstance(table, dict):
        problems.append(f'{where}: expected a table with target = "http://..."')
        return None
    target = table.get("target")
    before = len(problems)
    values = read_table(table, _KEYS, where + ".", problems)
    if target is None:
        problems.append(f"{where}: target is missing")
    if "bus" in table and target != BUS:
        problems.append(f'{where}.bus: means nothing without target = "{BUS}"')
    if len(problems) > before:
        return None
    if _QUEUE.fullmatch(str(target)):
        return EventSettings(None, queue_arn=target)
    return EventSettings(None if target == BUS else target, values.get("bus", "default"))


def _read_target(value: Any) -> str:
    refuse_unless(isinstance(value, str))
    if value != BUS and not _QUEUE.fullmatch(value):
        parts = urlsplit(value)
        refuse_unless(parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    return str(value)


_KEYS: dict[str, Kind] = {
    "target": Kind(f'"http://host:port/path", "{BUS}", or the ARN of an SQS queue', _read_target),
    "bus": Kind("the name or ARN of an event bus", text(r"[/.\-_:A-Za-z0-9]{1,1600}")),
}

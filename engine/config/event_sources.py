"""`[[event_sources]]`: queues that feed functions or start executions.

[[event_sources]]
queue = "orders"                        its name, or its ARN (another account's or region's)
target = "charge"                       a function of [functions] or a Lambda ARN; else a state machine, by name or ARN
batch_size = 10                         messages of a batch at most; over 10 only with batching_window_seconds
batching_window_seconds = 0             how long a batch that is not full waits for more; not for FIFO queues
report_batch_item_failures = false      functions: only the messages that the answer names come back
maximum_concurrency = 5                 functions: batches under way at once
enabled = true
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import limits
from engine.config.values import BOOLEAN, Kind, read_table, text, whole

_QUEUE = r"(arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:)?[A-Za-z0-9_-]{1,80}(\.fifo)?"
_FUNCTION_ARN = r"arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9-_]{1,64}(:[A-Za-z0-9$_-]+)?"
_MACHINE_ARN = r"arn:[a-z-]+:states:[a-z0-9-]+:[0-9]{12}:stateMachine:[^:\s]{1,80}(:[^:\s]+)?"
_NAME = r"[A-Za-z0-9_.-]{1,80}"
_FOR_FUNCTIONS = ("report_batch_item_failures", "maximum_concurrency")
_FUNCTION = re.compile(_FUNCTION_ARN)


@dataclass(frozen=True, slots=True)
class EventSourceSettings:
    """`target`: an ARN or a name; `function`: it is one."""

    queue: str
    target: str
    function: bool
    batch_size: int = 10
    batching_window_seconds: int = 0
    report_batch_item_failures: bool = False
    maximum_concurrency: int = limits.EVENT_SOURCE_BATCHES_DEFAULT
    enabled: bool = True


_KEYS: dict[str, Kind] = {
    "queue": Kind("the name or ARN of an SQS queue", text(_QUEUE)),
    "target": Kind("a function or a state machine, by name or ARN", text(f"{_FUNCTION_ARN}|{_MACHINE_ARN}|{_NAME}")),
    "batch_size": whole(1, limits.EVENT_SOURCE_MESSAGES_MAX),
    "batching_window_seconds": whole(0, limits.EVENT_SOURCE_WINDOW_SECONDS_MAX),
    "report_batch_item_failures": BOOLEAN,
    "maximum_concurrency": whole(1, limits.EVENT_SOURCE_BATCHES_MAX),
    "enabled": BOOLEAN,
}


def read_event_sources(
    tables: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]
) -> tuple[dict[str, Any], ...]:
    """The tables, each value checked by itself; `event_sources` makes settings of them."""
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        problems.append(f"{where}: expected tables [[event_sources]]")
        return ()
    if len(tables) > limits.EVENT_SOURCES_MAX:
        problems.append(f"{where}: more than {limits.EVENT_SOURCES_MAX}")
        return ()
    found = []
    for number, table in enumerate(tables, 1):
        place = f"{where}[{number}]"
        values = read_table(table, _KEYS, f"{place}.", problems)
        problems += [f"{place}: {key} is missing" for key in ("queue", "target") if key not in table]
        found.append(values | {"where": place})
    return tuple(found)


def event_sources(
    tables: tuple[dict[str, Any], ...], functions: Mapping[str, Any], problems: list[str]
) -> tuple[EventSourceSettings, ...]:
    """What the tables mean beside the functions of the same file."""
    complete = [dict(table) for table in tables if "queue" in table and "target" in table]
    found = tuple(_event_source(values, values.pop("where"), functions, problems) for values in complete)
    if sum(one.maximum_concurrency for one in found) > limits.EVENT_SOURCE_WORKERS_MAX:
        problems.append(f"event_sources: maximum_concurrency of all together is over {limits.EVENT_SOURCE_WORKERS_MAX}")
    return found


def _event_source(
    values: dict[str, Any], where: str, functions: Mapping[str, Any], problems: list[str]
) -> EventSourceSettings:
    target = values["target"]
    function = target in functions or _FUNCTION.fullmatch(target) is not None
    if not function:
        given = [key for key in _FOR_FUNCTIONS if key in values]
        problems += [f"{where}.{key}: means nothing for a state machine, which {target} is" for key in given]
    window, fifo = values.get("batching_window_seconds", 0), values["queue"].endswith(".fifo")
    if window and fifo:
        problems.append(f"{where}.batching_window_seconds: means nothing for a FIFO queue")
    if values.get("batch_size", 0) > limits.EVENT_SOURCE_MESSAGES_AT_ONCE and not window:
        most = limits.EVENT_SOURCE_MESSAGES_AT_ONCE
        problems.append(f"{where}.batch_size: over {most} only with batching_window_seconds of 1 or more")
    return EventSourceSettings(function=function, **values)

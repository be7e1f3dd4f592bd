"""Executions' history events as CloudWatch Logs shows them. Pure.

    {"details": {"input": "{}", "inputDetails": {"truncated": false}, "name": "Pay"}, "redrive_count": "0",
     "id": "2", "type": "TaskStateEntered", "previous_event_id": "0", "event_timestamp": "1787541942901",
     "execution_arn": "arn:..."}

Numbers are strings and the members of `details` stand in the order of the alphabet, as in the logs of real AWS (August
2026). Source of the levels: Step Functions developer guide, "Log levels for Step Functions execution events".
"""

from typing import Any

import orjson

from engine import limits
from engine.contract import LogSettings, Recorded
from engine.moment import iso_time

Event = dict[str, Any]

_FATAL = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
# What ERROR has beside these: everything that went wrong, whatever became of it. EvaluationFailed and the MapRun events
# came after the table was written; they are told as the other failures are.
_ERROR = _FATAL | {
    "ActivityFailed",
    "ActivityScheduleFailed",
    "ActivityTimedOut",
    "EvaluationFailed",
    "FailStateEntered",
    "LambdaFunctionFailed",
    "LambdaFunctionScheduleFailed",
    "LambdaFunctionStartFailed",
    "LambdaFunctionTimedOut",
    "MapIterationAborted",
    "MapIterationFailed",
    "MapRunAborted",
    "MapRunFailed",
    "MapStateAborted",
    "MapStateFailed",
    "ParallelStateAborted",
    "ParallelStateFailed",
    "TaskFailed",
    "TaskStartFailed",
    "TaskStateAborted",
    "TaskSubmitFailed",
    "TaskTimedOut",
    "WaitStateAborted",
}
LEVELS: dict[str, frozenset[str] | None] = {"ALL": None, "ERROR": _ERROR, "FATAL": _FATAL}

_DATA = ("input", "output", "parameters", "assignedVariables")
_ABOUT_DATA = frozenset({"inputDetails", "outputDetails", "assignedVariablesDetails"})
_ENVELOPE = frozenset({"timestamp", "type", "id", "previousEventId"})


def stream_name(recorded: Recorded, now_ms: int) -> str:
    """`states/MACHINE/2026-08-24-03/00000000`: one for each machine and hour, shared by its executions."""
    machine = recorded.machine_arn.rpartition(":")[2]
    hour = iso_time(now_ms)[:13].replace("T", "-")
    return f"states/{machine}/{hour}/00000000"


def messages(recorded: Recorded, logging: LogSettings) -> list[tuple[int, str]]:
    """(time in ms, message) of the events that the level lets through."""
    wanted = LEVELS[logging.level]
    return [
        (round(event["timestamp"] * 1000), _message(event, recorded, logging.include_data))
        for event in recorded.events
        if wanted is None or event["type"] in wanted
    ]


def _message(event: Event, recorded: Recorded, with_data: bool) -> str:
    details: Event = next((event[name] for name in event if name not in _ENVELOPE), {})
    shown = {
        "details": _with_data(details) if with_data else _without_data(details),
        "redrive_count": str(recorded.redrive_count),
        "id": str(event["id"]),
        "type": event["type"],
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(round(event["timestamp"] * 1000)),
        "execution_arn": recorded.execution_arn,
    }
    return orjson.dumps(shown).decode()


def _without_data(details: Event) -> Event:
    return {name: details[name] for name in sorted(details) if name not in _ABOUT_DATA and name not in _DATA}


def _with_data(details: Event) -> Event:
    """The details with their data, which is cut where it is larger than AWS lets it be, and said to be."""
    shown = {name: details[name] for name in sorted(details)}
    for name in _DATA:
        text = shown.get(name)
        if isinstance(text, str) and len(text) > limits.EVENT_BYTES_MAX // 6:
            kept = fitting(text)
            if kept is not text:
                shown[name] = kept
                shown[f"{name}Details"] = {"truncated": True}
    return shown


def fitting(text: str) -> str:
    """The text, or as much of its beginning as takes no more than the bound when it is escaped."""
    if len(orjson.dumps(text)) - 2 <= limits.EVENT_BYTES_MAX:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if len(orjson.dumps(text[:middle])) - 2 <= limits.EVENT_BYTES_MAX:
            low = middle
        else:
            high = middle - 1
    return text[:low]
